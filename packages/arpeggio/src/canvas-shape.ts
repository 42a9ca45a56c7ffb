import { deeply, encodePayload, expressionsOf, levelsOf, partsOf, stepDefaults } from "@arpeggio/core";
import type { DeepCall, Expr, Graph, GraphNode, SignalNode } from "@arpeggio/core";

/** What can be told of a graph without running it. */
export interface CanvasShape {
  /** How many nodes there are, those inside of others included; those of a map's body or a loop's once. */
  readonly nodes: number;
  /** How many tasks follow each other at most; an item of a map, a round of a loop and the longest case count. */
  readonly depth: number;
  /** How many tasks may run side by side; of a map those of one item. */
  readonly width: number;
  /** The paths of the tasks that follow each other, where there are most of them; `map[0]/…` stands for any item. */
  readonly criticalPath: readonly string[];
  /** The queues that workers have to read. */
  readonly queues: readonly string[];
  /** The tasks that workers have to know, with the queues that they are sent to. */
  readonly tasks: readonly { readonly task: string; readonly queue: string }[];
  /** The signals that it may wait for, by their names. */
  readonly signals: readonly string[];
  /** What the constants in it take when they are encoded, in bytes. */
  readonly constantBytes: number;
}

/** Walks the graph once. */
export function shapeOf(graph: Graph): CanvasShape {
  const { depth, width, path } = deeply(measured(graph, ""));
  const nodes = nodesIn(graph);
  const tasks = new Map<string, { task: string; queue: string }>();
  for (const node of nodes) {
    if (node.kind !== "task") continue;
    const queue = node.options?.queue ?? stepDefaults.queue;
    tasks.set(`${node.task} ${queue}`, { task: node.task, queue });
  }
  const places = [...tasks.values()];
  return {
    nodes: nodes.length,
    depth,
    width,
    criticalPath: pathsIn(path),
    queues: [...new Set(places.map(({ queue }) => queue))],
    tasks: places,
    signals: [...new Set(signalNodesOf(graph).map(({ signal }) => signal))],
    constantBytes: nodes.flatMap(expressionsOf).reduce((bytes, expr) => bytes + constantBytesIn(expr), 0),
  };
}

/** Each place that waits for a signal; of a map's body or a loop's once. */
export function signalNodesOf(graph: Graph): readonly SignalNode[] {
  return nodesIn(graph).filter((node) => node.kind === "signal");
}

/**
 * The signals without which a run of this graph would stand still for ever, as far as the graph alone tells: there is no limit to the
 * waiting, and nothing decides whether it comes to it.
 */
export function signalsSurelyAwaited(graph: Graph): readonly string[] {
  const found = new Set<string>();
  const open: Graph[] = [graph];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    for (const node of level.nodes) {
      if (node.timing?.withinMs !== undefined) continue;
      if (node.kind === "signal") found.add(node.signal);
      else if (node.kind === "scope" || node.kind === "loop") open.push(node.body);
    }
  }
  return [...found];
}

function nodesIn(graph: Graph): readonly GraphNode[] {
  const found: GraphNode[] = [];
  const open: Graph[] = [graph];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    for (const node of level.nodes) {
      found.push(node);
      for (const [, inner] of levelsOf(node)) open.push(inner);
    }
  }
  return found;
}

/** A way through a level, or through what lies in a node. */
interface Way {
  /** How many tasks follow each other on it. */
  readonly depth: number;
  readonly path: Path;
}

/** A path of a task, or two lists of such one after the other: put together at each step of a chain, so nothing is copied. */
type Path = string | readonly [Path, Path] | undefined;

/** The longest way, and the most tasks that lie side by side. */
interface Measure extends Way {
  readonly width: number;
}

const NOTHING: Measure = { depth: 0, path: undefined, width: 0 };

function* measured({ nodes }: Graph, prefix: string): DeepCall<Measure> {
  const ends = new Map<string, { readonly way: Way; readonly place: number }>();
  const widths: number[] = [];
  let longest: Way = NOTHING;
  for (const node of nodes) {
    const own = (yield measuredNode(node, prefix + node.id)) as Measure;
    let before: Way = NOTHING;
    let place = 0;
    for (const need of node.needs) {
      const end = ends.get(need);
      if (end === undefined) continue;
      if (end.way.depth > before.depth) before = end.way;
      place = Math.max(place, end.place + 1);
    }
    const way = followed(before, own);
    ends.set(node.id, { way, place });
    if (way.depth > longest.depth) longest = way;
    widths[place] = (widths[place] ?? 0) + own.width;
  }
  return { ...longest, width: widths.reduce((most, width) => Math.max(most, width), 0) };
}

function* measuredNode(node: GraphNode, path: string): DeepCall<Measure> {
  switch (node.kind) {
    case "task":
      return { depth: 1, path, width: 1 };
    case "signal":
      return NOTHING;
    case "map":
    case "loop":
      return (yield measured(node.body, `${path}[0]/`)) as Measure;
    case "scope": {
      const body = (yield measured(node.body, `${path}/`)) as Measure;
      if (node.finally === undefined) return body;
      const last = (yield measured(node.finally, `${path}!finally/`)) as Measure;
      return { ...followed(body, last), width: Math.max(body.width, last.width) };
    }
    case "branches": {
      const { branches, keys } = node;
      let most = NOTHING;
      for (const [i, level] of branches.entries()) {
        const mark = keys === undefined ? `[${i}]` : `.${keys[i]}`;
        const one = (yield measured(level, `${path}${mark}/`)) as Measure;
        most = { ...longer(most, one), width: most.width + one.width };
      }
      return most;
    }
    case "choose": {
      const cases = Object.entries(node.cases).map(([key, level]): [string, Graph] => [`.${key}`, level]);
      if (node.otherwise !== undefined) cases.push(["!otherwise", node.otherwise]);
      let most = NOTHING;
      for (const [mark, level] of cases) {
        const one = (yield measured(level, `${path}${mark}/`)) as Measure;
        most = { ...longer(most, one), width: Math.max(most.width, one.width) };
      }
      return most;
    }
  }
}

function longer(one: Way, other: Way): Way {
  return other.depth > one.depth ? other : one;
}

function followed(first: Way, next: Way): Way {
  return { depth: first.depth + next.depth, path: [first.path, next.path] };
}

function pathsIn(path: Path): readonly string[] {
  const paths: string[] = [];
  const open: Path[] = [path];
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one === "string") paths.push(one);
    else if (one !== undefined) open.push(one[1], one[0]);
  }
  return paths;
}

function constantBytesIn(expr: Expr): number {
  let bytes = 0;
  const open: Expr[] = [expr];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if ("const" in one) bytes += encodePayload(one.const).length;
    else for (const part of partsOf(one)) open.push(part);
  }
  return bytes;
}

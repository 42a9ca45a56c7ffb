import { encodePayload, expressionsOf, levelsOf, partsOf, stepDefaults } from "@arpeggio/core";
import type { Expr, Graph, GraphNode } from "@arpeggio/core";

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
  /** What the constants in it take when they are encoded, in bytes. */
  readonly constantBytes: number;
}

/** Walks the graph once. */
export function shapeOf(graph: Graph): CanvasShape {
  const { depth, width, path } = measured(graph, "");
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
    criticalPath: path,
    queues: [...new Set(places.map(({ queue }) => queue))],
    tasks: places,
    constantBytes: nodes.flatMap(expressionsOf).reduce((bytes, expr) => bytes + constantBytesIn(expr), 0),
  };
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

interface Measure {
  readonly depth: number;
  readonly width: number;
  readonly path: readonly string[];
}

/** The longest way through a level, and the most tasks that lie side by side on it. */
function measured({ nodes }: Graph, prefix: string): Measure {
  const ends = new Map<string, { readonly depth: number; readonly path: readonly string[] }>();
  const widths: number[] = [];
  const places = new Map<string, number>();
  let longest: { readonly depth: number; readonly path: readonly string[] } = { depth: 0, path: [] };
  for (const node of nodes) {
    const own = measuredNode(node, prefix + node.id);
    const before = node.needs.reduce<typeof longest>(
      (best, need) => {
        const end = ends.get(need);
        return end !== undefined && end.depth > best.depth ? end : best;
      },
      { depth: 0, path: [] },
    );
    const end = { depth: before.depth + own.depth, path: [...before.path, ...own.path] };
    ends.set(node.id, end);
    if (end.depth > longest.depth) longest = end;
    const place = Math.max(-1, ...node.needs.map((need) => places.get(need) ?? -1)) + 1;
    places.set(node.id, place);
    widths[place] = (widths[place] ?? 0) + own.width;
  }
  return { ...longest, width: Math.max(0, ...widths) };
}

function measuredNode(node: GraphNode, path: string): Measure {
  switch (node.kind) {
    case "task":
      return { depth: 1, width: 1, path: [path] };
    case "signal":
      return { depth: 0, width: 0, path: [] };
    case "map":
    case "loop":
      return measured(node.body, `${path}[0]/`);
    case "scope": {
      const body = measured(node.body, `${path}/`);
      if (node.finally === undefined) return body;
      const last = measured(node.finally, `${path}!finally/`);
      return {
        depth: body.depth + last.depth,
        width: Math.max(body.width, last.width),
        path: [...body.path, ...last.path],
      };
    }
    case "branches": {
      const { branches, keys } = node;
      const each = branches.map((level, i) =>
        measured(level, `${path}${keys === undefined ? `[${i}]` : `.${keys[i]}`}/`),
      );
      return { ...longestOf(each), width: each.reduce((sum, { width }) => sum + width, 0) };
    }
    case "choose": {
      const cases = Object.entries(node.cases).map(([key, level]) => measured(level, `${path}.${key}/`));
      if (node.otherwise !== undefined) cases.push(measured(node.otherwise, `${path}!otherwise/`));
      return { ...longestOf(cases), width: Math.max(0, ...cases.map(({ width }) => width)) };
    }
  }
}

function longestOf(measures: readonly Measure[]): Measure {
  return measures.reduce((best, one) => (one.depth > best.depth ? one : best), { depth: 0, width: 0, path: [] });
}

function constantBytesIn(expr: Expr): number {
  let bytes = 0;
  const open: Expr[] = [expr];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if ("const" in one) bytes += encodePayload(one.const).length;
    else open.push(...partsOf(one));
  }
  return bytes;
}

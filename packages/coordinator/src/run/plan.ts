import { GraphInvalidError } from "@arpeggio/core";
import type { Graph, GraphNode, StepDefaults, WorkflowGraph } from "@arpeggio/core";
import { INPUT_SOURCE, planValue } from "./value-plan.ts";
import type { ValuePlan } from "./value-plan.ts";

/** A graph as the fold reads it: numbers instead of names, and everything worked out that can be beforehand. */
export interface Plan {
  readonly hash: string;
  readonly workflow: string;
  /** Every level; the first is the workflow's own, the others are bodies of maps. */
  readonly levels: readonly LevelPlan[];
  /** Every queue that a node names. */
  readonly queues: readonly string[];
}

/** The nodes that run together, once for each item of their scope. */
export interface LevelPlan {
  /** Its place in {@link Plan.levels}. */
  readonly index: number;
  readonly nodes: readonly NodePlan[];
  /** Indexes of the nodes that need nothing. */
  readonly entry: readonly number[];
  readonly output: ValuePlan;
  /** For each node, how many needs it has; a template that scopes copy. */
  readonly needCounts: readonly number[];
  /** For each node, how many of the other nodes and the output read its result. */
  readonly userCounts: readonly number[];
}

export interface NodePlan {
  readonly index: number;
  readonly id: string;
  readonly kind: "task" | "map";
  /** Of a task; empty for a map. */
  readonly task: string;
  readonly options: StepDefaults;
  readonly needs: readonly number[];
  /** The nodes that need this one. */
  readonly successors: readonly number[];
  /** A task's input, a map's list. */
  readonly input: ValuePlan;
  /** A map's body: its place in {@link Plan.levels}; -1 for a task. */
  readonly body: number;
  /** A map whose items' failures are outcomes. */
  readonly settle: boolean;
}

const NO_OPTIONS: StepDefaults = {};

/**
 * The plan of a graph.
 *
 * @throws {@link GraphInvalidError} where the graph has something that this version does not know, or does not hold together.
 */
export function planGraph(hash: string, graph: WorkflowGraph): Plan {
  const levels: LevelPlan[] = [];
  const queues = new Set<string>();
  const graphs: Graph[] = [graph];
  // Grows while it is walked: a body is planned after the level that it stands on, never by recursion.
  for (const [index, level] of graphs.entries()) levels.push(planLevel(level, index, graphs, queues));
  return { hash, workflow: graph.name, levels, queues: [...queues] };
}

function planLevel(level: Graph, index: number, graphs: Graph[], queues: Set<string>): LevelPlan {
  const indexes = new Map<string, number>();
  const successors: number[][] = level.nodes.map(() => []);
  const needCounts = new Array<number>(level.nodes.length).fill(0);
  const userCounts = new Array<number>(level.nodes.length).fill(0);
  const sourceOf = (ref: string): number => {
    if (ref === "$in") return INPUT_SOURCE;
    const source = indexes.get(ref);
    if (source === undefined) throw invalid(index, `refers to '${ref}', which is not before it on its level`);
    return source;
  };
  const use = (plan: ValuePlan): ValuePlan => {
    for (const source of plan.sources) if (source !== INPUT_SOURCE) userCounts[source] = (userCounts[source] ?? 0) + 1;
    return plan;
  };

  const nodes: NodePlan[] = [];
  for (const [place, node] of level.nodes.entries()) {
    if (node.kind !== "task" && node.kind !== "map") {
      throw invalid(index, `has a node of the unknown kind '${String((node as GraphNode).kind)}'`);
    }
    const needed = new Set(node.needs.map(sourceOf));
    const needs = [...needed];
    for (const need of needs) successors[need]?.push(place);
    needCounts[place] = needs.length;
    const input = use(planValue(node.kind === "task" ? node.input : node.over, sourceOf));
    for (const source of input.sources) {
      if (source !== INPUT_SOURCE && !needed.has(source)) {
        throw invalid(index, `has a node '${node.id}' that reads '${level.nodes[source]?.id}' without needing it`);
      }
    }
    const options = node.kind === "task" ? (node.options ?? NO_OPTIONS) : NO_OPTIONS;
    if (options.queue !== undefined) queues.add(options.queue);
    nodes.push({
      index: place,
      id: node.id,
      kind: node.kind,
      task: node.kind === "task" ? node.task : "",
      options,
      needs,
      successors: successors[place] as number[],
      input,
      body: node.kind === "map" ? graphs.push(node.body) - 1 : -1,
      settle: node.kind === "map" && node.settle === true,
    });
    if (indexes.has(node.id)) throw invalid(index, `has two nodes '${node.id}'`);
    indexes.set(node.id, place);
  }
  const entry = nodes.filter((node) => node.needs.length === 0).map((node) => node.index);
  return { index, nodes, entry, output: use(planValue(level.output, sourceOf)), needCounts, userCounts };
}

function invalid(level: number, message: string): GraphInvalidError {
  return new GraphInvalidError([{ path: "", message: `${level === 0 ? "" : `(body ${level}) `}${message}` }]);
}

import { GraphInvalidError, inputOf } from "@arpeggio/core";
import type { Expr, Graph, GraphNode, NodeTiming, StepDefaults, WorkflowGraph } from "@arpeggio/core";
import { planKind } from "./kind-plan.ts";
import type { KindPlan } from "./kind-plan.ts";
import { INPUT_SOURCE, planValue } from "./value-plan.ts";
import type { ValuePlan } from "./value-plan.ts";

/** A graph as the fold reads it: numbers instead of names, and everything worked out that can be beforehand. */
export interface Plan {
  readonly hash: string;
  readonly workflow: string;
  /** Every level; the first is the workflow's own, the others lie inside of nodes. */
  readonly levels: readonly LevelPlan[];
  /** Every queue that a node names. */
  readonly queues: readonly string[];
  /** Every signal that a node waits for. */
  readonly signals: ReadonlySet<string>;
  /** Whether any result is kept until the run ends. */
  readonly hasKeeps: boolean;
}

/** The nodes that run together, once for each item of their scope. */
export interface LevelPlan {
  /** The plan that it belongs to. */
  readonly plan: Plan;
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
  /** The highest of these counts. */
  readonly countMost: number;
  /** Indexes of the nodes whose results are kept until the run ends. */
  readonly keeps: readonly number[];
}

export interface NodePlan {
  readonly index: number;
  readonly id: string;
  readonly kind: GraphNode["kind"];
  /** Of a task; empty for every other kind. */
  readonly task: string;
  readonly options: StepDefaults;
  readonly needs: readonly number[];
  /** The nodes that need this one. */
  readonly successors: readonly number[];
  /** A task's input, a map's list, what `$in` is in a scope, branches, a choice or a loop. */
  readonly input: ValuePlan;
  /** Whose results it reads, `$in` excepted; one that it reads in two expressions stands here twice. */
  readonly reads: readonly number[];
  /** A map's body: its place in {@link Plan.levels}; -1 for every other kind. */
  readonly body: number;
  /** Failures of a map's items, or of a scope, are outcomes. */
  readonly settle: boolean;
  readonly each: boolean;
  readonly keep: boolean;
  readonly timing: NodeTiming | undefined;
  /** What only its kind has. */
  readonly own: KindPlan | undefined;
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
  const signals = new Set<string>();
  const plan: { -readonly [K in keyof Plan]: Plan[K] } = {
    hash,
    workflow: graph.name,
    levels,
    queues: [],
    signals,
    hasKeeps: false,
  };
  const graphs: Graph[] = [graph];
  // Grows while it is walked: an inner level is planned after the one that it stands on, never by recursion.
  for (const [index, level] of graphs.entries()) levels.push(new LevelPlanner(plan, level, index, graphs).level());
  for (const { nodes, keeps } of levels) {
    if (keeps.length > 0) plan.hasKeeps = true;
    for (const { options, own } of nodes) {
      if (options.queue !== undefined) queues.add(options.queue);
      if (own?.kind === "signal") signals.add(own.signal);
    }
  }
  plan.queues = [...queues];
  return plan;
}

class LevelPlanner {
  readonly #plan: Plan;
  readonly #graph: Graph;
  readonly #index: number;
  readonly #graphs: Graph[];
  readonly #indexes = new Map<string, number>();
  readonly #userCounts: number[];

  constructor(plan: Plan, graph: Graph, index: number, graphs: Graph[]) {
    this.#plan = plan;
    this.#graph = graph;
    this.#index = index;
    this.#graphs = graphs;
    this.#userCounts = new Array<number>(graph.nodes.length).fill(0);
  }

  level(): LevelPlan {
    const { nodes: stored, output } = this.#graph;
    const successors: number[][] = stored.map(() => []);
    const nodes: NodePlan[] = [];
    for (const [place, node] of stored.entries()) {
      const planned = this.#node(node, place, successors[place] as number[]);
      for (const need of planned.needs) successors[need]?.push(place);
      nodes.push(planned);
      if (this.#indexes.has(node.id)) throw invalid(this.#index, `has two nodes '${node.id}'`);
      this.#indexes.set(node.id, place);
    }
    const result = planValue(output, this.#sourceOf);
    this.#use(result);
    const keeps = nodes.filter(({ keep }) => keep).map(({ index }) => index);
    // Their last reader is the end of the run.
    for (const place of keeps) this.#userCounts[place] = (this.#userCounts[place] ?? 0) + 1;
    const needCounts = nodes.map(({ needs }) => needs.length);
    return {
      plan: this.#plan,
      index: this.#index,
      nodes,
      entry: nodes.filter((node) => node.needs.length === 0).map((node) => node.index),
      output: result,
      needCounts,
      userCounts: this.#userCounts,
      countMost: [needCounts, this.#userCounts].flat().reduce((most, count) => Math.max(most, count), 0),
      keeps,
    };
  }

  #node(node: GraphNode, index: number, successors: readonly number[]): NodePlan {
    const needed = new Set(node.needs.map(this.#sourceOf));
    const reads: number[] = [];
    const value = (expr: Expr): ValuePlan => {
      const plan = planValue(expr, this.#sourceOf);
      for (const source of this.#use(plan)) {
        if (!needed.has(source)) {
          const read = this.#graph.nodes[source]?.id;
          throw invalid(this.#index, `has a node '${node.id}' that reads '${read}' without needing it`);
        }
        reads.push(source);
      }
      return plan;
    };
    const own = planKind(node, {
      level: (graph) => this.#graphs.push(graph) - 1,
      value,
      invalid: (message) => invalid(this.#index, message),
    });
    const isTask = node.kind === "task";
    return {
      index,
      id: node.id,
      kind: node.kind,
      task: isTask ? node.task : "",
      options: isTask ? (node.options ?? NO_OPTIONS) : NO_OPTIONS,
      needs: [...needed],
      successors,
      input: value(inputOf(node)),
      reads,
      body: node.kind === "map" ? this.#graphs.push(node.body) - 1 : -1,
      settle: (node.kind === "map" || node.kind === "scope") && node.settle === true,
      each: isTask && node.each === true,
      keep: node.keep === true,
      timing: node.timing,
      own,
    };
  }

  readonly #sourceOf = (ref: string): number => {
    if (ref === "$in") return INPUT_SOURCE;
    const source = this.#indexes.get(ref);
    if (source === undefined) throw invalid(this.#index, `refers to '${ref}', which is not before it on its level`);
    return source;
  };

  /** Counts whoever reads; gives the nodes among the sources. */
  #use({ sources }: ValuePlan): readonly number[] {
    const nodes = sources.filter((source) => source !== INPUT_SOURCE);
    for (const source of nodes) this.#userCounts[source] = (this.#userCounts[source] ?? 0) + 1;
    return nodes;
  }
}

function invalid(level: number, message: string): GraphInvalidError {
  return new GraphInvalidError([{ path: "", message: `${level === 0 ? "" : `(body ${level}) `}${message}` }]);
}

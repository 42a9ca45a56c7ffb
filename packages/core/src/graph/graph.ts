import type { StepDefaults } from "../wire/step-defaults.ts";
import type { Expr } from "./expression.ts";

/**
 * What a canvas compiles to: plain data that can be stored, compared, checked and drawn.
 *
 * Nodes stand in an order in which each comes after all it needs, so one pass both checks and starts a graph.
 */
export interface WorkflowGraph extends Graph {
  /** Version of the format. */
  readonly canvas: 1;
  /** The workflow's name. */
  readonly name: string;
  /** JSON Schema of the input, where the workflow's schema can tell it. */
  readonly input?: Readonly<Record<string, unknown>>;
}

/** One level: the nodes of a workflow, or of a map's body. References reach the nodes of their own level only. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** The result of the level, made of its nodes' results. */
  readonly output: Expr;
}

export type GraphNode = TaskNode | MapNode;

interface NodeBase {
  /** Unique on its level: the step's explicit name, or its task's; `~2`, `~3` … from the second use on. */
  readonly id: string;
  /**
   * Nodes of this level that must have succeeded before this one starts: all that its input reads, and all of the step
   * before it in a chain. A node with several needs is a join. Each of the edges of the graph is one entry.
   */
  readonly needs: readonly string[];
}

/** Runs a task once. */
export interface TaskNode extends NodeBase {
  readonly kind: "task";
  /** The name by which workers know the code. */
  readonly task: string;
  /** The one value that the task gets; the list of its arguments for a `func`. */
  readonly input: Expr;
  readonly options?: NodeOptions;
}

/**
 * Runs its body once for each item of a list that is only known at run time; in the body, `$in` is the item. Its result is
 * the list of the bodies' results, in the order of the items. A body without nodes is done at once.
 */
export interface MapNode extends NodeBase {
  readonly kind: "map";
  /** The list. */
  readonly over: Expr;
  readonly body: Graph;
  /** An item's result is its outcome, `{ ok: true, value }` or `{ ok: false, error }`, and a failing item fails nothing. */
  readonly settle?: true;
}

/** How a node runs, durations in milliseconds. What is absent is left to the run's and then the engine's defaults. */
export type NodeOptions = StepDefaults;

/** What a node reads: the input of a task, the list of a map. */
export function inputOf(node: GraphNode): Expr {
  return node.kind === "task" ? node.input : node.over;
}

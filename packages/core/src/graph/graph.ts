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

export type GraphNode = TaskNode | MapNode | ScopeNode | BranchesNode | ChooseNode | LoopNode | SignalNode;

interface NodeBase {
  /** Unique on its level: the step's explicit name, or its task's; `~2`, `~3` … from the second use on. */
  readonly id: string;
  /**
   * Nodes of this level that must have succeeded before this one starts: all that its input reads, and all of the step
   * before it in a chain. A node with several needs is a join. Each of the edges of the graph is one entry.
   */
  readonly needs: readonly string[];
  readonly timing?: NodeTiming;
  /** The step has a name of its own: its result is kept until the run's is let go, and can be asked for by the name. */
  readonly keep?: true;
}

/** When a node begins and has to end. All of it counts from the moment in which its needs have ended. */
export interface NodeTiming {
  /** It begins this long after that, in milliseconds. */
  readonly delayMs?: number;
  /** It does not begin before this moment, in milliseconds since 1970. */
  readonly atMs?: number;
  /** It fails with `NODE_EXPIRED` if it has not begun this long after that, in milliseconds. */
  readonly expiresMs?: number;
  /** It fails with `NODE_TIMED_OUT` if it has not ended this long after that, all its attempts and parts included. */
  readonly withinMs?: number;
}

/** Runs a task once. */
export interface TaskNode extends NodeBase {
  readonly kind: "task";
  /** The name by which workers know the code. */
  readonly task: string;
  /** The one value that the task gets; the list of its arguments for a `func`. */
  readonly input: Expr;
  readonly options?: NodeOptions;
  /** The input is a list: the handler runs for one item after another, in one attempt, and the result is the list of results. */
  readonly each?: true;
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
  /** Of a settling map: it fails with `TOO_MANY_FAILURES` as soon as more items than this have failed. */
  readonly maxFailures?: FailureLimit;
  /** No more items than this are under way at a time. */
  readonly concurrency?: number;
}

/** How many parts may fail: so many, or this share of all. */
export type FailureLimit = { readonly count: number } | { readonly share: number };

/**
 * A part of the graph with a life of its own: it can be waited for, cancelled and timed as a whole, and what is to happen
 * when it fails belongs to it. Its result is that of its body; a body without nodes is done at once.
 */
export interface ScopeNode extends NodeBase {
  readonly kind: "scope";
  /** What `$in` is in the body. */
  readonly input: Expr;
  readonly body: Graph;
  /** Runs once when the body has failed, with `{ input, error, failures, partial }`; then the scope fails. */
  readonly onError?: Graph;
  /** The same, but its result takes the place of the body's. */
  readonly recover?: Graph;
  /** Runs once when the body has ended: with `{ input, ok: true, value }` or `{ input, ok: false, error }`. */
  readonly finally?: Graph;
  /** Runs when the body has succeeded and something around the scope fails later: with `{ input, output, error }`. */
  readonly undo?: Graph;
  /** The result is the outcome, `{ ok: true, value }` or `{ ok: false, error }`, and the scope does not fail. */
  readonly settle?: true;
}

/** Runs several bodies side by side, each with the same `$in`, and ends by what `until` says; what is under way then is cancelled. */
export interface BranchesNode extends NodeBase {
  readonly kind: "branches";
  readonly input: Expr;
  readonly branches: readonly Graph[];
  /** What the branches are called, where the result of `all` is an object; else it is a list. */
  readonly keys?: readonly string[];
  /**
   * - `ended`: the first to end decides, well or badly; its result is the node's.
   * - `succeeded`: the first to succeed decides; the node fails with `ALL_BRANCHES_FAILED`.
   * - `quorum`: `count` successes; the result is the list of their values in the order of the branches. It fails with
   *   `QUORUM_NOT_REACHED` as soon as too many have failed.
   * - `all`: all have ended; the result is the list or object of their outcomes, `{ ok: true, value }` or `{ ok: false, error }`.
   */
  readonly until: "ended" | "succeeded" | "quorum" | "all";
  /** Of `quorum`. */
  readonly count?: number;
  /** Of `all`: it fails with `TOO_MANY_FAILURES` as soon as more branches than this have failed. */
  readonly maxFailures?: FailureLimit;
}

/** Runs one of several bodies: the case that `on` names. */
export interface ChooseNode extends NodeBase {
  readonly kind: "choose";
  readonly input: Expr;
  /** A text, number, boolean or null; as a text it is the key of the case. */
  readonly on: Expr;
  readonly cases: Readonly<Record<string, Graph>>;
  /** Where no case is meant; without it the node fails with `CASE_MISSING`. */
  readonly otherwise?: Graph;
}

/** Runs its body again and again, each time with its last result, until `until` is true of it. */
export interface LoopNode extends NodeBase {
  readonly kind: "loop";
  readonly input: Expr;
  readonly body: Graph;
  /** Over `$in`, the body's last result. */
  readonly until: Expr;
  /** It fails with `LOOP_MAX_REACHED` when the body has run so often and `until` is still not true. */
  readonly max: number;
  /** How long to wait before the body runs again, in milliseconds. */
  readonly everyMs?: number;
}

/** Waits for a signal from outside; its result is the signal's payload. */
export interface SignalNode extends NodeBase {
  readonly kind: "signal";
  readonly signal: string;
  /** JSON Schema of the payload. */
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** How a node runs, durations in milliseconds. What is absent is left to the run's and then the engine's defaults. */
export type NodeOptions = StepDefaults;

/** What a node reads: the input of a task, the list of a map. */
export function inputOf(node: GraphNode): Expr {
  if (node.kind === "map") return node.over;
  return node.kind === "signal" ? NOTHING : node.input;
}

const NOTHING: Expr = { const: null };

/** Every expression that a node has; all but a loop's `until` read nodes of its own level. */
export function expressionsOf(node: GraphNode): readonly Expr[] {
  if (node.kind === "choose") return [node.input, node.on];
  return node.kind === "loop" ? [node.input, node.until] : [inputOf(node)];
}

/** The expressions that read results of other nodes of the level. */
export function readsOf(node: GraphNode): readonly Expr[] {
  return node.kind === "choose" ? [node.input, node.on] : [inputOf(node)];
}

/** The levels directly inside a node, each with the part of the document's path that leads to it. */
export function levelsOf(node: GraphNode): readonly (readonly [place: string, level: Graph])[] {
  switch (node.kind) {
    case "task":
    case "signal":
      return [];
    case "map":
    case "loop":
      return [["body", node.body]];
    case "scope":
      return SCOPE_LEVELS.flatMap((place) => {
        const level = node[place];
        return level === undefined ? [] : [[place, level] as const];
      });
    case "branches":
      return node.branches.map((level, i) => [`branches/${i}`, level] as const);
    case "choose":
      return [
        ...Object.entries(node.cases).map(([key, level]) => [`cases/${key}`, level] as const),
        ...(node.otherwise === undefined ? [] : [["otherwise", node.otherwise] as const]),
      ];
    default:
      // A kind of a release to come: whoever checks graphs says so.
      return [];
  }
}

const SCOPE_LEVELS = ["body", "onError", "recover", "finally", "undo"] as const;

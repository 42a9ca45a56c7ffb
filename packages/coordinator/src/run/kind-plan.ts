import type { Expr, FailureLimit, Graph, GraphNode } from "@arpeggio/core";
import { INPUT_SOURCE, planValue } from "./value-plan.ts";
import type { ValuePlan } from "./value-plan.ts";

/** What only nodes of one kind have. Levels are given by their places in `Plan.levels`; -1 where there is none. */
export type KindPlan = MapPlan | ScopePlan | BranchesPlan | ChoosePlan | LoopPlan | SignalPlan;

/** Of a map that bounds its items; the others have none. */
export interface MapPlan {
  readonly kind: "map";
  readonly maxFailures: FailureLimit | undefined;
  readonly concurrency: number;
}
export interface ScopePlan {
  readonly kind: "scope";
  readonly body: number;
  readonly onError: number;
  readonly recover: number;
  readonly finally: number;
  readonly undo: number;
  /** Something happens here when the body fails, so that the failure does not just go up. */
  readonly isBoundary: boolean;
}
export interface BranchesPlan {
  readonly kind: "branches";
  readonly levels: readonly number[];
  readonly keys: readonly string[] | undefined;
  readonly until: "ended" | "succeeded" | "quorum" | "all";
  readonly count: number;
  readonly maxFailures: FailureLimit | undefined;
}
export interface ChoosePlan {
  readonly kind: "choose";
  readonly on: ValuePlan;
  readonly cases: ReadonlyMap<string, number>;
  readonly otherwise: number;
}
export interface LoopPlan {
  readonly kind: "loop";
  readonly body: number;
  readonly until: ValuePlan;
  readonly max: number;
  readonly everyMs: number;
}
export interface SignalPlan {
  readonly kind: "signal";
  readonly signal: string;
}

/** What the planner of a level lends to that of a kind. */
export interface KindPlanner {
  /** Has a level planned; gives its place. */
  readonly level: (graph: Graph) => number;
  /** The plan of an expression over results of the node's own level. */
  readonly value: (expr: Expr) => ValuePlan;
  readonly invalid: (message: string) => Error;
}

/** The part of a node's plan that its kind alone has; undefined where there is nothing to add. */
export function planKind(node: GraphNode, planner: KindPlanner): KindPlan | undefined {
  const { level, value, invalid } = planner;
  const maybe = (graph: Graph | undefined) => (graph === undefined ? -1 : level(graph));
  switch (node.kind) {
    case "task":
      return undefined;
    case "map": {
      const { kind, maxFailures, concurrency = Infinity } = node;
      return maxFailures === undefined && concurrency === Infinity ? undefined : { kind, maxFailures, concurrency };
    }
    case "scope": {
      const { kind, settle, onError, recover, finally: last, undo } = node;
      const isBoundary = settle === true || onError !== undefined || recover !== undefined || last !== undefined;
      return {
        kind,
        body: level(node.body),
        onError: maybe(onError),
        recover: maybe(recover),
        finally: maybe(last),
        undo: maybe(undo),
        isBoundary,
      };
    }
    case "branches": {
      const { kind, branches, keys, until, count = 0, maxFailures } = node;
      return { kind, levels: branches.map(level), keys, until, count, maxFailures };
    }
    case "choose": {
      const cases = new Map(Object.entries(node.cases).map(([key, graph]) => [key, level(graph)]));
      return { kind: node.kind, on: value(node.on), cases, otherwise: maybe(node.otherwise) };
    }
    case "loop": {
      const inputOnly = (ref: string) => {
        if (ref === "$in") return INPUT_SOURCE;
        throw invalid(`has a loop '${node.id}' whose end depends on '${ref}' and not on its body's result alone`);
      };
      const { kind, max, everyMs = 0 } = node;
      return { kind, body: level(node.body), until: planValue(node.until, inputOnly), max, everyMs };
    }
    case "signal":
      return { kind: node.kind, signal: node.signal };
    default:
      throw invalid(`has a node of the unknown kind '${String((node as GraphNode).kind)}'`);
  }
}

/** Whether so many failures of so many parts are too many. */
export function exceeds(limit: FailureLimit, failed: number, total: number): boolean {
  return "count" in limit ? failed > limit.count : failed > limit.share * total;
}

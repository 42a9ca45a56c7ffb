import { decodeKept } from "@arpeggio/core";
import type { Payload } from "@arpeggio/core";
import type { FoldContext } from "./fold-context.ts";
import { itemPathOf, nodePathOf } from "../run/node-path.ts";
import type { NodePlan } from "../run/plan.ts";
import { extrasOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import type { Scope } from "../run/scope.ts";
import { kept as copied, UNKNOWN } from "../run/value.ts";
import type { Value } from "../run/value.ts";

/** Notes what an earlier run has done, before the start is folded. @throws {@link RecordUndecodableError} */
export function keepFrom(run: RunState, blob: Payload): void {
  const nodes = decodeKept(blob).map(({ node, value }) => [node, value && copied(value)] as const);
  extrasOf(run).kept = new Map(nodes);
}

/** What an earlier run has to give for a node; undefined if it has to run. */
function keptValue(run: RunState, node: number, plan: NodePlan): Value | undefined {
  const { extras } = run;
  // What undoes a scope needs the scope's input, so the scope begins, and looks then.
  if (extras?.kept === undefined || hasUndo(plan)) return undefined;
  return taken(extras.kept, nodePathOf(run, node));
}

/** The same for a scope with an undo that has begun. */
export function keptScopeValue(run: RunState, node: number, plan: NodePlan): Value | undefined {
  if (run.extras?.kept === undefined || !hasUndo(plan)) return undefined;
  return taken(run.extras.kept, nodePathOf(run, node));
}

/** What an earlier run has to give for an item or part. */
export function keptItem(run: RunState, scope: Scope, item: number): Value | undefined {
  if (run.extras?.kept === undefined || (scope.part !== undefined && scope.part.role !== "branch")) return undefined;
  return taken(run.extras.kept, itemPathOf(run, scope, item));
}

/** Whoever has planned the redrive leaves a result out where nobody that runs again reads it. */
function taken(kept: Map<string, Value | undefined>, path: string): Value | undefined {
  if (!kept.has(path)) return undefined;
  const value = kept.get(path) ?? UNKNOWN;
  kept.delete(path);
  return value;
}

/** A node that was done before succeeds without having begun; false if it was not. */
export function succeedKept(context: FoldContext, node: number, plan: NodePlan): boolean {
  const value = keptValue(context.run, node, plan);
  if (value === undefined) return false;
  // On the agenda, because a long chain of them would call itself once for each.
  context.agenda.push({ todo: "succeed", node, value });
  return true;
}

function hasUndo({ own }: NodePlan): boolean {
  return own?.kind === "scope" && own.undo >= 0;
}

import { DispatchCommand } from "./commands.ts";
import { failNode } from "./fail.ts";
import type { FoldContext } from "./fold-context.ts";
import { hasBegun } from "../run/has-begun.ts";
import { hasEnded, nodeCode } from "../run/node-table.ts";
import { nodePlanOf, scopeOf, stepNode } from "../run/run-state.ts";

/** The delay before a node begins is over. */
export function beginDelayed(context: FoldContext, node: number): void {
  const { run } = context;
  if (run.states[node] !== nodeCode.waiting) return;
  if (nodePlanOf(scopeOf(run, node), node).kind !== "task") {
    if (stepNode(run, node, "open")) context.agenda.push({ todo: "open", node });
  } else if (stepNode(run, node, "wake")) context.commands.push(new DispatchCommand(node, 1));
}

/** A node should have begun by now. */
export function expire(context: FoldContext, node: number): void {
  const { run } = context;
  if (hasEnded(run.states[node] as number) || hasBegun(run, node)) return;
  const { expiresMs } = nodePlanOf(scopeOf(run, node), node).timing ?? {};
  failNode(context, node, { code: "NODE_EXPIRED", message: `it did not begin within ${expiresMs} ms` });
}

/** A node should have ended by now. */
export function timeOut(context: FoldContext, node: number): void {
  const { run } = context;
  if (hasEnded(run.states[node] as number)) return;
  const { withinMs } = nodePlanOf(scopeOf(run, node), node).timing ?? {};
  failNode(context, node, { code: "NODE_TIMED_OUT", message: `it did not end within ${withinMs} ms` });
}

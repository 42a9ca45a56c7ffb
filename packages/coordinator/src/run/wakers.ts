import { nodeTarget, overTarget } from "./evaluation-target.ts";
import { nodeCode } from "./node-table.ts";
import type { NodePlan } from "./plan.ts";
import { attemptOf, compositeOf, isAttempted } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import { beginTimer, retryTimer, roundTimer } from "./timer-ids.ts";

/** Whether the state says what a node that is under way waits for; that it will come is another matter. */
export function hasWaker(run: RunState, plan: NodePlan, node: number): boolean {
  const state = run.states[node];
  if (state === nodeCode.waiting) {
    return isTimed(run, beginTimer(node)) || isTimed(run, retryTimer(node, attemptOf(run, node)));
  }
  if (isAttempted(run, plan, node)) return true;
  if (plan.own?.kind === "signal") return run.extras?.waiters?.get(plan.own.signal)?.includes(node) === true;
  if (plan.kind === "map") return run.opened?.has(node) === true || run.evaluations?.has(overTarget(node)) === true;
  if ((compositeOf(run, node)?.parts.size ?? 0) > 0 || isTimed(run, roundTimer(node))) return true;
  return (["input", "on", "until"] as const).some((what) => run.evaluations?.has(nodeTarget(what, node)) === true);
}

/** Whether a timer will fire, or has fired and its work waits for the run to be resumed. */
function isTimed(run: RunState, timer: string): boolean {
  return run.timers?.has(timer) === true || run.extras?.held?.has(timer) === true;
}

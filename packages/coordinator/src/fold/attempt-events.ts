import type { AttemptFailed, AttemptStarted, AttemptSucceeded } from "@arpeggio/core";
import { closeItem } from "./close.ts";
import { endPart } from "./end-part.ts";
import { failTask } from "./fail.ts";
import type { FoldContext } from "./fold-context.ts";
import { retryDelayMs, retryPolicyOf } from "./retry-policy.ts";
import { succeed } from "./succeed.ts";
import { arm } from "./timing.ts";
import { retryTimer } from "../run/timer-ids.ts";
import { nodeCode } from "../run/node-table.ts";
import { attemptOf, hasNode, isAttempted, nodePlanOf, scopeOf, stepNode } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { itemOf, itemState } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";
import { kept } from "../run/value.ts";

export function attemptStarted(context: FoldContext, event: AttemptStarted): void {
  if (isCurrent(context.run, event)) stepNode(context.run, event.node, "start");
}

export function attemptSucceeded(context: FoldContext, event: AttemptSucceeded): void {
  const { run } = context;
  const { node, result, ends } = event;
  if (!isCurrent(run, event)) return;
  if (ends === undefined) return succeed(context, node, result);
  const root = run.scopes[0] as Scope;
  // Where the run has failed already and is being undone, nobody can make it succeed any more.
  const isRun = ends === "run" && root.itemStates[0] !== itemState.failed;
  const scope = isRun ? root : scopeOf(run, node);
  const item = isRun ? 0 : itemOf(scope, node);
  run.archive?.enders.add(node);
  succeed(context, node, result);
  // What the end of the node has released is cut off again, and was never sent.
  closeItem(context, scope, item, "skip", false);
  const value = kept(result);
  if (scope.parentNode >= 0) endPart(context, scope, item, { kind: "value", value });
  else endPart(context, scope, item, { kind: "run", state: "succeeded", value });
}

/** Another attempt if the node's policy has one, otherwise the end of the node. */
export function attemptFailed(context: FoldContext, event: AttemptFailed): void {
  const { run } = context;
  if (!isCurrent(run, event)) return;
  const { node, attempt, failure } = event;
  const policy = retryPolicyOf(nodePlanOf(scopeOf(run, node), node).options, run.start.defaults);
  const delayMs = retryDelayMs(policy, { run: run.start.run, node, attempt, failure });
  if (delayMs === undefined) {
    failTask(context, node, { code: failure.code, message: failure.error.message, cause: failure.error });
    return;
  }
  stepNode(run, node, "retry");
  arm(context, retryTimer(node, attempt), context.timestampMs + delayMs);
}

interface AttemptEvent {
  readonly node: number;
  readonly attempt: number;
}

/** Whether an event is about the attempt that its node is at: anything else was delivered again or given up on. */
export function isCurrent(run: RunState, { node, attempt }: AttemptEvent): boolean {
  if (!hasNode(run, node)) return false;
  const state = run.states[node] as number;
  if (state !== nodeCode.queued && state !== nodeCode.running) return false;
  return attemptOf(run, node) === attempt && isAttempted(run, nodePlanOf(scopeOf(run, node), node), node);
}

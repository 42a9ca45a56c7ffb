import type { AttemptFailed, AttemptStarted, AttemptSucceeded } from "@arpeggio/core";
import { failNode } from "./fail.ts";
import type { FoldContext } from "./fold-context.ts";
import { retryDelayMs, retryPolicyOf } from "./retry-policy.ts";
import { succeed } from "./succeed.ts";
import { retryTimer } from "../run/timer-ids.ts";
import { nodeCode } from "../run/node-table.ts";
import { attemptOf, hasNode, nodePlanOf, scopeOf, stepNode } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";

export function attemptStarted(context: FoldContext, event: AttemptStarted): void {
  if (isCurrent(context.run, event)) stepNode(context.run, event.node, "start");
}

export function attemptSucceeded(context: FoldContext, event: AttemptSucceeded): void {
  if (isCurrent(context.run, event)) succeed(context, event.node, event.result);
}

/** Another attempt if the node's policy has one, otherwise the end of the node. */
export function attemptFailed(context: FoldContext, event: AttemptFailed): void {
  const { run } = context;
  if (!isCurrent(run, event)) return;
  const { node, attempt, failure } = event;
  const policy = retryPolicyOf(nodePlanOf(scopeOf(run, node), node).options, run.start.defaults);
  const delayMs = retryDelayMs(policy, { run: run.start.run, node, attempt, failure });
  if (delayMs === undefined) {
    failNode(context, node, { code: failure.code, message: failure.error.message, cause: failure.error });
    return;
  }
  const timer = retryTimer(node, attempt);
  const dueAtMs = context.timestampMs + delayMs;
  stepNode(run, node, "retry");
  run.timers ??= new Map();
  run.timers.set(timer, dueAtMs);
  context.commands.push({ type: "arm", timer, dueAtMs });
}

interface AttemptEvent {
  readonly node: number;
  readonly attempt: number;
}

/** Whether an event is about the attempt that its node is at: anything else was delivered again or given up on. */
function isCurrent(run: RunState, { node, attempt }: AttemptEvent): boolean {
  if (!hasNode(run, node)) return false;
  const state = run.states[node] as number;
  if (state !== nodeCode.queued && state !== nodeCode.running) return false;
  return attemptOf(run, node) === attempt && nodePlanOf(scopeOf(run, node), node).kind === "task";
}

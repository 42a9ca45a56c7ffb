import type { ExpressionEvaluated, RunCancelRequested, TimerFired } from "@arpeggio/core";
import { closeItem } from "./close.ts";
import { endItemWith } from "./end-item.ts";
import { parseTarget } from "../run/evaluation-target.ts";
import type { EvaluationTarget } from "../run/evaluation-target.ts";
import { failItem, failNode } from "./fail.ts";
import { finish } from "./finish.ts";
import type { FoldContext } from "./fold-context.ts";
import { openMapWithPayload } from "./open-map.ts";
import { release } from "./release.ts";
import { nodeOfRetryTimer, TIMEOUT_TIMER } from "../run/timer-ids.ts";
import { itemPathOf } from "../run/node-path.ts";
import type { NodePlan } from "../run/plan.ts";
import { nextRunLife } from "../run/run-machine.ts";
import { attemptOf, stepNode } from "../run/run-state.ts";
import type { Scope } from "../run/scope.ts";
import { kept } from "../run/value.ts";

/** A run begins; a start that comes again finds it begun and changes nothing. */
export function runStarted(context: FoldContext): void {
  const { run } = context;
  if (run.life !== "scheduled") return;
  run.life = nextRunLife(run.life, "start");
  const root = run.scopes[0] as Scope;
  root.begun = 1;
  if (run.start.timeoutMs !== undefined) {
    const dueAtMs = run.startedAtMs + run.start.timeoutMs;
    run.timers = new Map([[TIMEOUT_TIMER, dueAtMs]]);
    context.commands.push({ type: "arm", timer: TIMEOUT_TIMER, dueAtMs });
  }
  for (const entry of root.level.entry) release(context, entry, root.level.nodes[entry] as NodePlan);
  if (root.level.nodes.length === 0) context.agenda.push({ todo: "end-item", scope: root, item: 0 });
}

/** A timer is due; one that was given up on meanwhile changes nothing. */
export function timerFired(context: FoldContext, event: TimerFired): void {
  const { run } = context;
  if (run.timers?.delete(event.timer) !== true) return;
  if (event.timer === TIMEOUT_TIMER) {
    const message = `the run did not end within ${run.start.timeoutMs} ms`;
    closeItem(context, run.scopes[0] as Scope, 0, "cancel");
    finish(context, "failed", { failure: { code: "RUN_TIMED_OUT", message, failures: run.failures } });
    return;
  }
  const node = nodeOfRetryTimer(event.timer);
  if (node === undefined || !stepNode(run, node, "wake")) return;
  const attempt = attemptOf(run, node) + 1;
  run.attempts ??= new Map();
  run.attempts.set(node, attempt);
  context.commands.push({ type: "dispatch", node, attempt });
}

/** Nothing more of the run starts, and it ends at once: what its workers still report changes nothing. */
export function runCancelRequested(context: FoldContext, event: RunCancelRequested): void {
  const { run } = context;
  closeItem(context, run.scopes[0] as Scope, 0, "cancel");
  const message = event.reason === "" ? "the run was cancelled" : event.reason;
  finish(context, "cancelled", { failure: { code: "RUN_CANCELLED", message, failures: run.failures } });
}

/** The value of an expression has come; one that nobody waits for any more changes nothing. */
export function expressionEvaluated(context: FoldContext, event: ExpressionEvaluated): void {
  const target = parseTarget(event.target);
  if (target === undefined || context.run.evaluations?.delete(event.target) !== true) return;
  if (event.value === undefined) evaluationFailed(context, target, event);
  else if (target.what === "over") openMapWithPayload(context, target.node, kept(event.value));
  else endItemWith(context, context.run.scopes[target.scope] as Scope, target.item, kept(event.value));
}

function evaluationFailed(context: FoldContext, target: EvaluationTarget, { error }: ExpressionEvaluated): void {
  const message = error?.message ?? "an expression could not be evaluated";
  const reason = {
    code: error?.code ?? "EXPRESSION_FAILED",
    message,
    ...(error === undefined ? {} : { cause: error }),
  };
  if (target.what === "over") return failNode(context, target.node, reason);
  const scope = context.run.scopes[target.scope] as Scope;
  const node = itemPathOf(context.run, scope, target.item) || "output";
  failItem(context, scope, target.item, { ...reason, node, attempt: 1 });
}

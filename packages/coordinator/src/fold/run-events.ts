import type { ExpressionEvaluated } from "@arpeggio/core";
import { choose } from "./composites/choose.ts";
import { roundDecided } from "./composites/loop.ts";
import { openMapWithPayload } from "./composites/open-map.ts";
import { endItemWith } from "./end-item.ts";
import { parseTarget } from "../run/evaluation-target.ts";
import type { EvaluationTarget } from "../run/evaluation-target.ts";
import { failItem, failNode } from "./fail.ts";
import type { FoldContext } from "./fold-context.ts";
import { openWith } from "./open-node.ts";
import { recordFailure } from "./record-failure.ts";
import { release } from "./release.ts";
import { arm } from "./timing.ts";
import { TIMEOUT_TIMER } from "../run/timer-ids.ts";
import { itemPathOf } from "../run/node-path.ts";
import type { NodePlan } from "../run/plan.ts";
import { ownName } from "../run/round-names.ts";
import { nextRunLife } from "../run/run-machine.ts";
import { BLOBS_NOTED_MAX } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import type { Scope } from "../run/scope.ts";
import { kept } from "../run/value.ts";

/** A run begins; a start that comes again finds it begun and changes nothing. */
export function runStarted(context: FoldContext): void {
  const { run } = context;
  if (run.life !== "scheduled") return;
  run.life = nextRunLife(run.life, "start");
  const root = run.scopes[0] as Scope;
  root.begun = 1;
  if (run.start.timeoutMs !== undefined) arm(context, TIMEOUT_TIMER, run.startedAtMs + run.start.timeoutMs);
  for (const entry of root.level.entry) release(context, entry, root.level.nodes[entry] as NodePlan);
  if (root.level.nodes.length === 0) context.agenda.push({ todo: "end-item", scope: root, item: 0 });
}

/** The value of an expression has come; one that nobody waits for any more changes nothing. */
export function expressionEvaluated(context: FoldContext, event: ExpressionEvaluated): void {
  const { run } = context;
  const name = ownName(run, event.target);
  const target = name === undefined ? undefined : parseTarget(name);
  if (name === undefined || target === undefined || run.evaluations?.delete(name) !== true) return;
  if (event.value === undefined) return evaluationFailed(context, target, event);
  if (event.blob !== undefined) noteBlob(context.run, event.blob);
  const value = kept(event.value);
  switch (target.what) {
    case "over":
      return openMapWithPayload(context, target.node, value);
    case "input":
      return openWith(context, target.node, value);
    case "on":
      return choose(context, target.node, value);
    case "until":
      return roundDecided(context, target.node, value);
    case "output":
      return endItemWith(context, context.run.scopes[target.scope] as Scope, target.item, value);
  }
}

function noteBlob(run: RunState, key: string): void {
  run.blobs ??= [];
  if (run.blobs.length < BLOBS_NOTED_MAX) run.blobs.push(key);
}

function evaluationFailed(context: FoldContext, target: EvaluationTarget, { error }: ExpressionEvaluated): void {
  const message = error?.message ?? "an expression could not be evaluated";
  const reason = {
    code: error?.code ?? "EXPRESSION_FAILED",
    message,
    ...(error === undefined ? {} : { cause: error }),
  };
  if (target.what !== "output") return failNode(context, target.node, reason);
  const scope = context.run.scopes[target.scope] as Scope;
  const node = itemPathOf(context.run, scope, target.item) || "output";
  const failure = { ...reason, node, attempt: 1 };
  recordFailure(context.run, failure);
  failItem(context, scope, target.item, failure);
}

import type { ErrorInfo, NodeFailure } from "@arpeggio/core";
import { closeItem, closeScope } from "./close.ts";
import { endItemWithFailure, settles } from "./end-item.ts";
import { finish, runFailureOf } from "./finish.ts";
import type { FoldContext } from "./fold-context.ts";
import { nodePathOf } from "../run/node-path.ts";
import { attemptOf, CAUSES_KEPT_MAX, FAILURES_KEPT_MAX, nodePlanOf, scopeOf, stepNode } from "../run/run-state.ts";
import { itemOf } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";

/** Why a node ends badly. */
export interface FailureReason {
  readonly code: string;
  readonly message: string;
  readonly cause?: ErrorInfo;
}

/** A node has failed for good. */
export function failNode(context: FoldContext, node: number, reason: FailureReason): void {
  const { run } = context;
  const scope = scopeOf(run, node);
  const plan = nodePlanOf(scope, node);
  const failure: NodeFailure = {
    code: reason.code,
    message: reason.message,
    node: nodePathOf(run, node),
    ...(plan.kind === "task" ? { task: plan.task } : {}),
    attempt: attemptOf(run, node),
    ...(reason.cause === undefined ? {} : { cause: reason.cause }),
  };
  if (!stepNode(run, node, "fail")) return;
  if (plan.kind === "task") run.inFlight--;
  failItem(context, scope, itemOf(scope, node), failure);
}

/**
 * An item has failed: nothing more of it starts. Where its map settles, that is the item's value; otherwise the failure goes
 * up, map by map, and at the top it is the run's.
 */
export function failItem(context: FoldContext, scope: Scope, item: number, failure: NodeFailure): void {
  const { run } = context;
  record(context, failure);
  let at = scope;
  let place = item;
  for (;;) {
    closeItem(context, at, place, "skip");
    if (at.parentNode < 0) {
      finish(context, "failed", { failure: runFailureOf(run, failure) });
      return;
    }
    if (settles(context, at)) {
      endItemWithFailure(context, at, place, failure);
      return;
    }
    closeScope(context, at, "skip");
    stepNode(run, at.parentNode, "fail");
    const parent = run.scopes[at.parentScope] as Scope;
    place = itemOf(parent, at.parentNode);
    at = parent;
  }
}

function record(context: FoldContext, failure: NodeFailure): void {
  const { run } = context;
  run.failureCount++;
  if (run.failures.length >= FAILURES_KEPT_MAX) return;
  const { cause: _cause, ...bare } = failure;
  run.failures.push(run.failures.length < CAUSES_KEPT_MAX ? failure : bare);
}

import type { ErrorInfo, NodeFailure } from "@arpeggio/core";
import { closeItem, closeNode } from "./close.ts";
import { endPart } from "./end-part.ts";
import type { FoldContext } from "./fold-context.ts";
import { partialOf } from "./handler-input.ts";
import { recordFailure } from "./record-failure.ts";
import { dropTiming } from "./timing.ts";
import { nodePathOf } from "../run/node-path.ts";
import { hasEnded, nodeCode } from "../run/node-table.ts";
import type { NodePlan } from "../run/plan.ts";
import { attemptOf, nodePlanOf, scopeOf, stepNode } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { itemOf } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";

/** Why a node ends badly. */
export interface FailureReason {
  readonly code: string;
  readonly message: string;
  readonly cause?: ErrorInfo;
}

/** A node has failed for good; what of it is under way is cut off. */
export function failNode(context: FoldContext, node: number, reason: FailureReason): void {
  const { run } = context;
  if (hasEnded(run.states[node] as number)) return;
  const scope = scopeOf(run, node);
  const plan = nodePlanOf(scope, node);
  const failure = failureOf(run, plan, node, reason);
  endNode(context, plan, node, "fail");
  recordFailure(run, failure);
  failItem(context, scope, itemOf(scope, node), failure);
}

/** The same for a task whose attempt is over. */
export function failTask(context: FoldContext, node: number, reason: FailureReason): void {
  const { run } = context;
  const scope = scopeOf(run, node);
  const plan = nodePlanOf(scope, node);
  const failure = failureOf(run, plan, node, reason);
  if (!stepNode(run, node, "fail")) return;
  run.inFlight--;
  if (plan.timing !== undefined) dropTiming(run, node);
  recordFailure(run, failure);
  failItem(context, scope, itemOf(scope, node), failure);
}

/** Somebody wants a node ended: what it belongs to fails with that, unless something there deals with it. */
export function cancelNode(context: FoldContext, node: number, message: string): void {
  const { run } = context;
  if (hasEnded(run.states[node] as number)) return;
  const scope = scopeOf(run, node);
  const plan = nodePlanOf(scope, node);
  const failure = failureOf(run, plan, node, { code: "NODE_CANCELLED", message });
  endNode(context, plan, node, "cancel");
  recordFailure(run, failure);
  failItem(context, scope, itemOf(scope, node), failure);
}

function failureOf(run: RunState, plan: NodePlan, node: number, { code, message, cause }: FailureReason): NodeFailure {
  return {
    code,
    message,
    node: nodePathOf(run, node),
    ...(plan.kind === "task" ? { task: plan.task } : {}),
    attempt: attemptOf(run, node),
    ...(cause === undefined ? {} : { cause }),
  };
}

function endNode(context: FoldContext, plan: NodePlan, node: number, step: "fail" | "cancel"): void {
  if (context.run.states[node] !== nodeCode.blocked) closeNode(context, plan, node, "skip");
  stepNode(context.run, node, step);
}

/**
 * An item has failed: nothing more of it starts. Somewhere above it is a node that deals with that (it settles, or has
 * alternatives, or something of its own to do), or else the run: so far the failure goes up, node by node.
 */
export function failItem(context: FoldContext, scope: Scope, item: number, failure: NodeFailure): void {
  const { run } = context;
  let at = scope;
  let place = item;
  for (;;) {
    const isTold = isBoundary(run, at);
    const partial = isTold ? partialOf(run, at, place) : undefined;
    closeItem(context, at, place, "skip");
    if (isTold) return endPart(context, at, place, { kind: "failed", failure, partial });
    const parent = run.scopes[at.parentScope] as Scope;
    closeNode(context, nodePlanOf(parent, at.parentNode), at.parentNode, "skip");
    stepNode(run, at.parentNode, "fail");
    place = itemOf(parent, at.parentNode);
    at = parent;
  }
}

/** Whether the failure of a scope's item does not just go up. */
function isBoundary(run: RunState, { parentNode, parentScope, part }: Scope): boolean {
  if (parentNode < 0) return true;
  const { settle, own } = nodePlanOf(run.scopes[parentScope] as Scope, parentNode);
  switch (part?.role) {
    case undefined:
      return settle;
    case "branch":
      return own?.kind === "branches" && own.until !== "ended";
    case "body":
      return own?.kind === "scope" && own.isBoundary;
    case "onError":
    case "recover":
    case "finally":
    case "undo":
      return true;
    case "case":
    case "round":
    case "replacement":
      return false;
  }
}

/** What a failure that follows from another one says of its cause. */
export function causeOf({ code, message, cause }: NodeFailure): Pick<NodeFailure, "cause"> {
  return { cause: cause ?? { name: code, message, code } };
}

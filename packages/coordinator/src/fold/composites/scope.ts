import type { NodeFailure, Payload } from "@arpeggio/core";
import { undoEnded } from "../compensate.ts";
import { failItem, failNode } from "../fail.ts";
import type { FoldContext } from "../fold-context.ts";
import { failureInput, lastInput } from "../handler-input.ts";
import { keptScopeValue } from "../kept.ts";
import { noteUndo } from "../leftovers.ts";
import { openPart } from "../open-part.ts";
import { outcomeOfFailure, successOf } from "../outcome-value.ts";
import { recordFailure } from "../record-failure.ts";
import { dropTiming } from "../timing.ts";
import type { Composite, Phase } from "../../run/extras.ts";
import type { ScopePlan } from "../../run/kind-plan.ts";
import { nodePathOf } from "../../run/node-path.ts";
import { compositeOf, extrasOf, nodePlanOf, scopeOf, stepNode } from "../../run/run-state.ts";
import { itemOf } from "../../run/scope.ts";
import type { Value } from "../../run/value.ts";

/** The needs of a scope have ended: its body begins. */
export function openScope(context: FoldContext, node: number, own: ScopePlan, input: Value): void {
  const { run } = context;
  const composite = compositeOf(run, node) as Composite;
  if (own.finally >= 0) composite.order = extrasOf(run).undoCount++;
  const kept = keptScopeValue(run, node, nodePlanOf(scopeOf(run, node), node));
  if (kept !== undefined) {
    if (own.undo >= 0) noteUndo(run, node, input, kept);
    context.agenda.push({ todo: "succeed", node, value: kept });
  } else openPhase(context, node, "body", own.body, input);
}

export function scopePartSucceeded(context: FoldContext, node: number, phase: Phase, value: Value): void {
  const { own, composite } = stateOf(context, node);
  if (composite.compensation !== undefined) return undoEnded(context, node, composite.compensation);
  if (phase === "body" || phase === "recover") {
    composite.value = value;
    composite.failure = undefined;
    last(context, node, own, composite);
  } else if (phase === "onError") afterOnError(context, node, own, composite);
  else end(context, node, own, composite);
}

/** A part that deals with a failure and fails itself is told beside it, and does not hide it. */
export function scopePartFailed(
  context: FoldContext,
  node: number,
  phase: Phase,
  { failure, partial }: { readonly failure: NodeFailure; readonly partial: Payload | undefined },
): void {
  const { own, composite } = stateOf(context, node);
  if (composite.compensation !== undefined) return undoEnded(context, node, composite.compensation);
  if (phase === "body") {
    composite.failure = failure;
    composite.partial = partial;
    if (own.onError >= 0) handle(context, node, "onError", own, composite);
    else afterOnError(context, node, own, composite);
  } else if (phase === "onError") afterOnError(context, node, own, composite);
  else if (phase === "recover") last(context, node, own, composite);
  else {
    composite.failure ??= failure;
    end(context, node, own, composite);
  }
}

function afterOnError(context: FoldContext, node: number, own: ScopePlan, composite: Composite): void {
  if (own.recover >= 0) handle(context, node, "recover", own, composite);
  else last(context, node, own, composite);
}

function handle(
  context: FoldContext,
  node: number,
  phase: "onError" | "recover",
  own: ScopePlan,
  composite: Composite,
): void {
  const input = failureInput(context.run, node, composite, composite.failure as NodeFailure);
  openPhase(context, node, phase, own[phase], input);
}

function last(context: FoldContext, node: number, own: ScopePlan, composite: Composite): void {
  if (own.finally >= 0) openPhase(context, node, "finally", own.finally, lastInput(composite));
  else end(context, node, own, composite);
}

function end(context: FoldContext, node: number, own: ScopePlan, composite: Composite): void {
  const { run, agenda } = context;
  const scope = scopeOf(run, node);
  const { settle, timing } = nodePlanOf(scope, node);
  const { failure, value = [], input } = composite;
  if (failure === undefined) {
    if (own.undo >= 0 && input !== undefined) noteUndo(run, node, input, value);
    agenda.push({ todo: "succeed", node, value: settle ? successOf(value) : value });
  } else if (settle) agenda.push({ todo: "succeed", node, value: outcomeOfFailure(failure) });
  else {
    run.extras?.composites.delete(node);
    if (timing !== undefined) dropTiming(run, node);
    // It has failed with what its body failed with, which is told already.
    if (stepNode(run, node, "fail")) failItem(context, scope, itemOf(scope, node), failure);
  }
}

function openPhase(context: FoldContext, node: number, phase: Phase, level: number, input: Value): void {
  const composite = compositeOf(context.run, node) as Composite;
  composite.phase = phase;
  const refusal = openPart(context, node, { role: phase, place: 0, name: undefined }, level, input);
  if (refusal === undefined) return;
  if (phase === "body") return failNode(context, node, refusal);
  const failure: NodeFailure = { ...refusal, node: `${nodePathOf(context.run, node)}!${phase}`, attempt: 1 };
  recordFailure(context.run, failure);
  scopePartFailed(context, node, phase, { failure, partial: undefined });
}

function stateOf({ run }: FoldContext, node: number): { own: ScopePlan; composite: Composite } {
  const { own } = nodePlanOf(scopeOf(run, node), node);
  const composite = compositeOf(run, node);
  if (own?.kind !== "scope" || composite === undefined) throw new TypeError(`node ${node} is no scope at work`);
  return { own, composite };
}

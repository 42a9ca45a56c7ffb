import { encodePayload, joined, mapHeader } from "@arpeggio/core";
import type { NodeFailure } from "@arpeggio/core";
import { outputTarget } from "../run/evaluation-target.ts";
import { finish } from "./finish.ts";
import type { FoldContext } from "./fold-context.ts";
import { requestEvaluation } from "./request-evaluation.ts";
import { nodePlanOf, sourceValue } from "../run/run-state.ts";
import { dropInput, firstNodeOf, itemState, setOutput } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";
import { payloadOf, splice } from "../run/value.ts";
import type { Value } from "../run/value.ts";

/** All nodes of an item have ended well: works out what it came to. */
export function endItem(context: FoldContext, scope: Scope, item: number): void {
  const { output } = scope.level;
  if (output.kind === "expression") {
    scope.itemStates[item] = itemState.evaluating;
    requestEvaluation(context, outputTarget(scope.index, item));
    return;
  }
  endItemWith(
    context,
    scope,
    item,
    splice(output, (source) => sourceValue(context.run, scope, item, source)),
  );
}

/** An item has come to a value. */
export function endItemWith(context: FoldContext, scope: Scope, item: number, value: Value): void {
  const { run } = context;
  scope.itemStates[item] = itemState.succeeded;
  dropInput(scope, item);
  const first = firstNodeOf(scope, item);
  for (let i = 0; i < scope.level.nodes.length; i++) run.results[first + i] = undefined;
  if (scope.parentNode < 0) finish(context, "succeeded", { value });
  else putOutput(context, scope, item, settles(context, scope) ? successOf(value) : value);
}

/** An item of a settling map has failed: that is its value. */
export function endItemWithFailure(context: FoldContext, scope: Scope, item: number, failure: NodeFailure): void {
  putOutput(context, scope, item, encodePayload({ ok: false, error: failure }));
}

/** Whether a failing item of the scope is a value rather than the failure of the map. */
export function settles(context: FoldContext, scope: Scope): boolean {
  if (scope.parentNode < 0) return false;
  return nodePlanOf(context.run.scopes[scope.parentScope] as Scope, scope.parentNode).settle;
}

function putOutput(context: FoldContext, scope: Scope, item: number, value: Value): void {
  setOutput(scope, item, value);
  scope.itemsLeft--;
  if (scope.itemsLeft > 0) return;
  context.agenda.push({ todo: "succeed", node: scope.parentNode, value: scope.outputs as Value });
  // The list is the map's result from here on; what else was kept for the items has served.
  scope.outputs = [];
  scope.inputs = [];
  scope.open = [];
}

const SUCCESS = joined([mapHeader(2), encodePayload("ok"), encodePayload(true), encodePayload("value")]);

function successOf(value: Value): Value {
  return joined([SUCCESS, payloadOf(value)]);
}

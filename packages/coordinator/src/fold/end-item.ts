import { outputTarget } from "../run/evaluation-target.ts";
import { finish } from "./finish.ts";
import type { FoldContext } from "./fold-context.ts";
import { passUndosOn } from "./leftovers.ts";
import { requestEvaluation } from "./request-evaluation.ts";
import { successOf } from "./outcome-value.ts";
import { putItem } from "./put-item.ts";
import { keepsResults } from "../run/named-results.ts";
import { nodePlanOf, setResult, sourceValue } from "../run/run-state.ts";
import { dropInput, firstNodeOf, itemState } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";
import { splice } from "../run/value.ts";
import type { Value } from "../run/value.ts";

/** All nodes of an item have ended well: works out what it came to. */
export function endItem(context: FoldContext, scope: Scope, item: number): void {
  if (scope.itemStates[item] !== itemState.open) return;
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
  const first = firstNodeOf(scope, item);
  const { nodes } = scope.level;
  dropInput(scope, item);
  const keeps = keepsResults(scope);
  for (let i = 0; i < nodes.length; i++) {
    if (!keeps || nodes[i]?.keep !== true) setResult(run, first + i, undefined);
  }
  if (scope.parentNode < 0) return finish(context, "succeeded", { value });
  if (run.extras?.undos !== undefined) passUndosOn(run, scope, item);
  if (scope.part !== undefined) {
    run.archive?.addPart(scope.index, value);
    context.agenda.push({ todo: "part-value", scope, value });
  } else putItem(context, scope, item, settles(context, scope) ? successOf(value) : value);
}

function settles(context: FoldContext, scope: Scope): boolean {
  return nodePlanOf(context.run.scopes[scope.parentScope] as Scope, scope.parentNode).settle;
}

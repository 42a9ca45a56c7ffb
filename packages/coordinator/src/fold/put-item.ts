import type { FoldContext } from "./fold-context.ts";
import { canBegin, noteUnbegun } from "../run/item-window.ts";
import { setOutput } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";
import type { Value } from "../run/value.ts";

/** An item of a map has come to a value: the last of them makes the map's. */
export function putItem(context: FoldContext, scope: Scope, item: number, value: Value): void {
  setOutput(scope, item, value);
  scope.itemsLeft--;
  if (scope.itemsLeft > 0) {
    // Only a map that bounds its items may have some that have waited for just this one.
    if (scope.begun < scope.width && context.run.extras !== undefined && canBegin(context.run, scope)) {
      noteUnbegun(context.run, scope);
    }
    return;
  }
  context.agenda.push({ todo: "succeed", node: scope.parentNode, value: scope.outputs as Value });
  // The list is the map's result from here on; what else was kept for the items has served.
  scope.outputs = [];
  scope.inputs = [];
  scope.open = [];
}

import { compositeOf, nodePlanOf } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import type { Scope } from "./scope.ts";

/** Whether an item of the scope waits only for room in its run, not for others of its map to end. */
export function canBegin(run: RunState, scope: Scope): boolean {
  if (scope.begun === scope.width) return false;
  return run.extras === undefined || scope.part !== undefined || isBelowBound(run, scope);
}

function isBelowBound(run: RunState, scope: Scope): boolean {
  // Only a map that bounds its items is a composite.
  if (scope.parentNode < 0 || compositeOf(run, scope.parentNode) === undefined) return true;
  const { own } = nodePlanOf(run.scopes[scope.parentScope] as Scope, scope.parentNode);
  const underWay = scope.begun - (scope.width - scope.itemsLeft);
  return own?.kind !== "map" || underWay < own.concurrency;
}

/** Notes that items of a scope wait for room, in the order in which scopes opened. */
export function noteUnbegun(run: RunState, scope: Scope): void {
  const unbegun = (run.unbegun ??= []);
  let at = unbegun.length;
  while (at > 0 && (unbegun[at - 1] as number) > scope.index) at--;
  if (unbegun[at - 1] !== scope.index) unbegun.splice(at, 0, scope.index);
}

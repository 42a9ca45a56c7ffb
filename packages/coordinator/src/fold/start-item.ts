import { closeItem } from "./close.ts";
import { endItem, endItemWith } from "./end-item.ts";
import type { FoldContext } from "./fold-context.ts";
import { keptItem } from "./kept.ts";
import { release } from "./release.ts";
import type { NodePlan } from "../run/plan.ts";
import { firstNodeOf, itemState } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";

/** Begins a part, which nobody may have cut off in the meantime. */
export function beginPart(context: FoldContext, scope: Scope): void {
  if (scope.itemStates[0] === itemState.open) startItem(context, scope, 0);
}

/** Starts the nodes of an item that need nothing; ends it if there is nothing to do. */
export function startItem(context: FoldContext, scope: Scope, item: number): void {
  const { level } = scope;
  const kept = keptItem(context.run, scope, item);
  if (kept !== undefined) {
    closeItem(context, scope, item, "skip", false);
    return endItemWith(context, scope, item, kept);
  }
  if (level.nodes.length === 0) return endItem(context, scope, item);
  const first = firstNodeOf(scope, item);
  for (const entry of level.entry) release(context, first + entry, level.nodes[entry] as NodePlan);
}

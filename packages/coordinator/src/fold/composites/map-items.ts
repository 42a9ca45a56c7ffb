import type { NodeFailure } from "@arpeggio/core";
import { causeOf, failNode } from "../fail.ts";
import type { FoldContext } from "../fold-context.ts";
import { outcomeOfFailure } from "../outcome-value.ts";
import { putItem } from "../put-item.ts";
import { exceeds } from "../../run/kind-plan.ts";
import { compositeOf, nodePlanOf } from "../../run/run-state.ts";
import type { Scope } from "../../run/scope.ts";

/** An item of a settling map has failed: that is its value, unless too many have. */
export function itemFailed(context: FoldContext, scope: Scope, item: number, failure: NodeFailure): void {
  const { run } = context;
  const { parentNode: node, width } = scope;
  const composite = compositeOf(run, node);
  const { own } = nodePlanOf(run.scopes[scope.parentScope] as Scope, node);
  if (composite !== undefined && own?.kind === "map" && own.maxFailures !== undefined) {
    composite.failed++;
    if (exceeds(own.maxFailures, composite.failed, width)) {
      const message = `${composite.failed} of ${width} items have failed, the last one with ${failure.code}: ${failure.message}`;
      return failNode(context, node, { code: "TOO_MANY_FAILURES", message, ...causeOf(failure) });
    }
  }
  putItem(context, scope, item, outcomeOfFailure(failure));
}

import type { RunCancelRequested } from "@arpeggio/core";
import { closeItem } from "./close.ts";
import { endPart } from "./end-part.ts";
import { finish } from "./finish.ts";
import type { FoldContext } from "./fold-context.ts";
import { partialOf } from "./handler-input.ts";
import { partKey } from "../run/extras.ts";
import type { RunExtras } from "../run/extras.ts";
import { itemState } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";

/**
 * Ends the run for a reason that is none of its nodes': nothing more of it starts, and what its workers still report
 * changes nothing. With `compensates`, what has succeeded is undone first, where it can be.
 */
export function endRun(
  context: FoldContext,
  state: "failed" | "cancelled",
  { code, message }: { readonly code: string; readonly message: string },
  { compensates }: { readonly compensates: boolean },
): void {
  const { run } = context;
  const root = run.scopes[0] as Scope;
  const isUndoing = run.extras?.compensations?.has(partKey(0, 0)) === true;
  if (isUndoing && compensates) return;
  const partial = isUndoing ? undefined : partialOf(run, root, 0);
  const failure = { code, message, failures: run.failures, ...(partial === undefined ? {} : { partial }) };
  closeItem(context, root, 0, "cancel");
  if (compensates) return endPart(context, root, 0, { kind: "run", state, failure });
  if (run.extras !== undefined) stopUndoing(context, run.extras);
  // What has begun to be undone is nothing to go on with.
  if (isUndoing) context.cutOff = undefined;
  finish(context, state, { failure });
}

export function runCancelRequested(context: FoldContext, event: RunCancelRequested): void {
  const message = event.reason === "" ? "the run was cancelled" : event.reason;
  endRun(context, "cancelled", { code: "RUN_CANCELLED", message }, { compensates: event.compensate === true });
}

/** Ends everything in the run that has not ended, and undoes nothing of it; the run itself is left to the caller. */
export function cutOffRun(context: FoldContext): void {
  const { run } = context;
  closeItem(context, run.scopes[0] as Scope, 0, "cancel");
  if (run.extras !== undefined) stopUndoing(context, run.extras);
  context.leftovers = undefined;
}

/** Cuts off what runs on behalf of nodes that have ended. */
function stopUndoing(context: FoldContext, extras: RunExtras): void {
  context.leftovers = undefined;
  extras.compensations = undefined;
  for (const composite of extras.composites.values()) {
    for (const index of composite.parts) {
      const scope = context.run.scopes[index] as Scope;
      if ((scope.itemStates[0] as number) <= itemState.evaluating) closeItem(context, scope, 0, "cancel");
    }
  }
  extras.composites.clear();
  context.leftovers = undefined;
}

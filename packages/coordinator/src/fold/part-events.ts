import type { NodeFailure, Payload } from "@arpeggio/core";
import { branchFailed, branchSucceeded } from "./composites/branches.ts";
import { roundSucceeded } from "./composites/loop.ts";
import { itemFailed } from "./composites/map-items.ts";
import { scopePartFailed, scopePartSucceeded } from "./composites/scope.ts";
import { endItemWith } from "./end-item.ts";
import { finish, finishFailed } from "./finish.ts";
import type { FoldContext } from "./fold-context.ts";
import { hasEnded } from "../run/node-table.ts";
import type { PartEnd } from "../run/part-end.ts";
import { compositeOf } from "../run/run-state.ts";
import type { Scope } from "../run/scope.ts";
import type { Value } from "../run/value.ts";

/** A part of a node has come to a value. */
export function partSucceeded(context: FoldContext, scope: Scope, value: Value): void {
  const { part, parentNode: node, index } = scope;
  scope.itemsLeft = 0;
  const composite = compositeOf(context.run, node);
  if (composite === undefined || part === undefined) return;
  composite.parts.delete(index);
  switch (part.role) {
    case "case":
    case "replacement":
      context.agenda.push({ todo: "succeed", node, value });
      break;
    case "branch":
      branchSucceeded(context, scope, part.place, value);
      break;
    case "round":
      roundSucceeded(context, node, value);
      break;
    case "body":
    case "onError":
    case "recover":
    case "finally":
    case "undo":
      scopePartSucceeded(context, node, part.role, value);
      break;
  }
}

/** An item has ended before its time, and what had to be undone in it is. */
export function partEnded(context: FoldContext, scope: Scope, item: number, end: PartEnd): void {
  const { run } = context;
  const { parentNode: node } = scope;
  if (end.kind === "run") {
    const { state, value, failure } = end;
    return finish(context, state, {
      ...(value === undefined ? {} : { value }),
      ...(failure === undefined ? {} : { failure: { ...failure, failures: run.failures } }),
    });
  }
  // Whatever it was a part of may have been cut off by the same event.
  const isUndo = compositeOf(run, node)?.compensation !== undefined;
  if (node >= 0 && hasEnded(run.states[node] as number) && !isUndo) return;
  if (end.kind === "node") context.agenda.push({ todo: "succeed", node, value: end.value });
  else if (end.kind === "value") endItemWith(context, scope, item, end.value);
  else if (node < 0) finishFailed(context, end.failure, end.partial);
  else if (scope.part === undefined) itemFailed(context, scope, item, end.failure);
  else partFailed(context, scope, end.failure, end.partial);
}

function partFailed(context: FoldContext, scope: Scope, failure: NodeFailure, partial: Payload | undefined): void {
  const { part, parentNode: node, index } = scope;
  const composite = compositeOf(context.run, node);
  if (composite === undefined || part === undefined) return;
  composite.parts.delete(index);
  switch (part.role) {
    case "branch":
      branchFailed(context, scope, part.place, failure);
      break;
    case "body":
    case "onError":
    case "recover":
    case "finally":
    case "undo":
      scopePartFailed(context, node, part.role, { failure, partial });
      break;
    case "case":
    case "round":
    case "replacement":
      throw new TypeError(`the failure of a ${part.role} goes up and is not told`);
  }
}

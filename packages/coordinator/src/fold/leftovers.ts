import type { FoldContext, Leftovers } from "./fold-context.ts";
import { createExtras, partKey } from "../run/extras.ts";
import type { Composite, RunExtras, Undo } from "../run/extras.ts";
import type { NodePlan } from "../run/plan.ts";
import { itemOf } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";
import type { RunState } from "../run/run-state.ts";
import { scopeOf } from "../run/run-state.ts";
import type { Value } from "../run/value.ts";

/** A scope with an undo has succeeded: should what it lies in fail, the undo runs. */
export function noteUndo(run: RunState, node: number, input: Value, output: Value): void {
  const extras = (run.extras ??= createExtras());
  const scope = scopeOf(run, node);
  addUndos(extras, partKey(scope.index, itemOf(scope, node)), [
    { kind: "undo", node, order: extras.undoCount++, input, output },
  ]);
}

/** An item has succeeded: what is to be undone in it belongs to what it is a part of from now on. */
export function passUndosOn(run: RunState, scope: Scope, item: number): void {
  const { extras } = run;
  const key = partKey(scope.index, item);
  const undos = extras?.undos?.get(key);
  if (extras?.undos === undefined || undos === undefined) return;
  extras.undos.delete(key);
  const role = scope.part?.role;
  // What was done because something failed, or is over, is not undone again.
  if (scope.parentNode < 0 || role === "undo" || role === "finally" || role === "onError") return;
  const parent = run.scopes[scope.parentScope] as Scope;
  addUndos(extras, partKey(parent.index, itemOf(parent, scope.parentNode)), undos);
}

function addUndos(extras: RunExtras, key: string, more: Undo[]): void {
  const undos = (extras.undos ??= new Map<string, Undo[]>());
  const known = undos.get(key);
  // The shorter goes to the longer, so that passing on step by step costs no more than once for each.
  if (known === undefined) undos.set(key, more);
  else if (known.length >= more.length) for (const one of more) known.push(one);
  else {
    for (const one of known) more.push(one);
    undos.set(key, more);
  }
}

/** An item is cut off or has failed: what succeeded in it has to be undone. */
export function takeUndos(context: FoldContext, scope: Scope, item: number): void {
  const undos = context.run.extras?.undos;
  if (undos === undefined || undos.size === 0) return;
  const key = partKey(scope.index, item);
  const found = undos.get(key);
  if (found === undefined) return;
  undos.delete(key);
  const { left } = leftoversOf(context);
  for (const one of found) left.push(one);
}

/** What has ended is cut off while it is undone: that goes on, on behalf of what it belonged to. */
export function takeCompensation(context: FoldContext, scope: Scope, item: number): void {
  const { extras } = context.run;
  if (extras?.compensations === undefined) return;
  const key = partKey(scope.index, item);
  const found = extras.compensations.get(key);
  if (found === undefined) return;
  extras.compensations.delete(key);
  const leftovers = leftoversOf(context);
  for (const one of found.left) leftovers.left.push(one);
  for (const node of found.running) leftovers.running.push(node);
}

/**
 * A scope is cut off. One with a last part still gets it, once: if it is under way already, it goes on, and true is given.
 */
export function leaveUndone(context: FoldContext, plan: NodePlan, node: number, composite: Composite): boolean {
  const { own } = plan;
  if (own?.kind !== "scope" || own.finally < 0) return false;
  // It has ended by this very event, which has not come to what follows.
  if (composite.phase === "finally" && composite.parts.size === 0) return false;
  const leftovers = leftoversOf(context);
  if (composite.phase === "finally") {
    leftovers.running.push(node);
    return true;
  }
  const { input } = composite;
  if (input !== undefined) {
    leftovers.left.push({ kind: "finally", node, order: composite.order, input, output: undefined });
  }
  return false;
}

function leftoversOf(context: FoldContext): Leftovers {
  return (context.leftovers ??= { left: [], running: [] });
}

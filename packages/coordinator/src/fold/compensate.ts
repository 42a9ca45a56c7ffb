import type { FoldContext } from "./fold-context.ts";
import { cutOffInput, undoInput } from "./handler-input.ts";
import { openPart } from "./open-part.ts";
import { recordFailure } from "./record-failure.ts";
import { createComposite } from "../run/extras.ts";
import type { Undo } from "../run/extras.ts";
import { nodePathOf } from "../run/node-path.ts";
import type { PartEnd } from "../run/part-end.ts";
import { extrasOf, nodePlanOf, scopeOf } from "../run/run-state.ts";
import type { Scope } from "../run/scope.ts";

/** Begins the next thing that is to be undone in a part, or tells of the part's end if there is nothing left. */
export function undoNext(context: FoldContext, key: string): void {
  const { run } = context;
  const compensation = run.extras?.compensations?.get(key);
  if (compensation === undefined || compensation.running.length > 0) return;
  const next = compensation.left.pop();
  if (next === undefined) {
    run.extras?.compensations?.delete(key);
    const { item, end } = compensation;
    context.agenda.push({ todo: "part-end", scope: run.scopes[compensation.scope] as Scope, item, end });
    return;
  }
  compensation.running.push(next.node);
  beginUndo(context, next, key, compensation.end);
}

/** The undoing of a node has come to its end, well or badly. */
export function undoEnded(context: FoldContext, node: number, key: string): void {
  const { extras } = context.run;
  extras?.composites.delete(node);
  const running = extras?.compensations?.get(key)?.running;
  const at = running?.indexOf(node) ?? -1;
  if (at >= 0) running?.splice(at, 1);
  context.agenda.push({ todo: "undo", part: key });
}

function beginUndo(context: FoldContext, undo: Undo, key: string, end: PartEnd): void {
  const { run } = context;
  const { kind, node } = undo;
  const { own } = nodePlanOf(scopeOf(run, node), node);
  if (own?.kind !== "scope") throw new TypeError(`${nodePathOf(run, node)} has nothing that undoes it`);
  const composite = createComposite(undo.input);
  composite.phase = kind;
  composite.compensation = key;
  extrasOf(run).composites.set(node, composite);
  const input = kind === "undo" ? undoInput(run, undo, end) : cutOffInput(run, undo);
  const refusal = openPart(context, node, { role: kind, place: 0, name: undefined }, own[kind], input);
  if (refusal === undefined) return;
  recordFailure(run, { ...refusal, node: `${nodePathOf(run, node)}!${kind}`, attempt: 1 });
  undoEnded(context, node, key);
}

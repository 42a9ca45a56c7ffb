import type { FoldContext } from "./fold-context.ts";
import { partKey } from "../run/extras.ts";
import type { PartEnd } from "../run/part-end.ts";
import { compositeOf, extrasOf } from "../run/run-state.ts";
import type { Scope } from "../run/scope.ts";

/** An item has ended like this. What is left over has to be undone first, the latest before the earlier. */
export function endPart(context: FoldContext, scope: Scope, item: number, end: PartEnd): void {
  const { leftovers, run } = context;
  context.leftovers = undefined;
  // Whoever ends well by its own will takes nothing back; what was cut off for that is still put in order.
  const left = leftovers?.left.filter(({ kind }) => kind === "finally" || !isOwnEnd(end)) ?? [];
  const running = leftovers?.running ?? [];
  if (left.length === 0 && running.length === 0) {
    context.agenda.push({ todo: "part-end", scope, item, end });
    return;
  }
  const extras = extrasOf(run);
  const key = partKey(scope.index, item);
  left.sort((a, b) => a.order - b.order);
  extras.compensations ??= new Map();
  extras.compensations.set(key, { scope: scope.index, item, left, running, end });
  for (const node of running) {
    const composite = compositeOf(run, node);
    if (composite !== undefined) composite.compensation = key;
  }
  context.agenda.push({ todo: "undo", part: key });
}

function isOwnEnd(end: PartEnd): boolean {
  return end.kind === "value" || (end.kind === "run" && end.state === "succeeded");
}

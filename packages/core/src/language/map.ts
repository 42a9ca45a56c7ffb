import type { NodeFailure } from "../errors/failure.ts";
import type { AnyCanvas, In, NameOf, Out } from "./any-canvas.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue, formOf } from "./canvas-value.ts";
import { mapForm } from "./form.ts";

/**
 * Runs `body` once for each item of a list that is known only at run time. The result is the list of the results, in the
 * order of the items; for an empty list it is the empty list, and nothing runs. If one item fails, the map fails.
 *
 * ```ts
 * listPages.pipe(map(chain(extract, clean, load))).pipe(report);
 * ```
 *
 * @throws CanvasExpectedError if `body` is no canvas.
 */
export function map<const C extends AnyCanvas>(body: C): Canvas<readonly In<C>[], Out<C>[], `map(${NameOf<C>})`> {
  return asCanvas(new CanvasValue(mapForm(formOf(body, "the body of map()"), false)));
}

/** What became of one item of {@link mapSettled}. */
export type ItemOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: NodeFailure };

/**
 * Like {@link map}, but an item that fails gives its failure in its place and the others go on: the map itself does not fail.
 *
 * ```ts
 * listPages.pipe(mapSettled(extract)); // → ({ ok: true; value: Row[] } | { ok: false; error: NodeFailure })[]
 * ```
 */
export function mapSettled<const C extends AnyCanvas>(
  body: C,
): Canvas<readonly In<C>[], ItemOutcome<Out<C>>[], `mapSettled(${NameOf<C>})`> {
  return asCanvas(new CanvasValue(mapForm(formOf(body, "the body of mapSettled()"), true)));
}

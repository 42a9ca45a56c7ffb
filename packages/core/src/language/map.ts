import type { AnyCanvas, In, NameOf, Out } from "./any-canvas.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue } from "./canvas-value.ts";
import { chunkedForm } from "./chunks.ts";
import type { OneTask } from "./chunks.ts";
import { failureLimit } from "./failures-allowed.ts";
import type { FailuresAllowed } from "./failures-allowed.ts";
import { formOf } from "./canvas-form.ts";
import { mapForm } from "./form.ts";
import { checkedOptions } from "./option-check.ts";
import type { ItemOutcome } from "./outcome.ts";
import { concurrencyOption } from "./step-options.ts";

/** Options of every map. */
export interface MapOptions {
  /** No more items (chunks, where there are some) than this are under way at a time. No limit by default. */
  readonly concurrency?: number;
}

/** Options of {@link map} over `C`. */
export interface ChunkedMapOptions<C> extends MapOptions {
  /**
   * So many items are one attempt of the task, whose handler runs for one after another: worth it where an item takes less than
   * some milliseconds. A chunk fails, and is tried again, as a whole. Only where the body is a single task.
   */
  readonly chunk?: C extends OneTask<C, "map with chunk"> ? number : OneTask<C, "map with chunk">;
}

/**
 * Runs `body` once for each item of a list that is known only at run time. The result is the list of the results, in the
 * order of the items; for an empty list it is the empty list, and nothing runs. If one item fails, the map fails.
 *
 * ```ts
 * listPages.pipe(map(chain(extract, clean, load), { concurrency: 8 })).pipe(report);
 * ```
 *
 * @throws CanvasExpectedError if `body` is no canvas, OptionInvalidError.
 */
export function map<const C extends AnyCanvas>(
  body: C,
  options: ChunkedMapOptions<C> = {},
): Canvas<readonly In<C>[], Out<C>[], `map(${NameOf<C>})`> {
  const { concurrency, chunk } = checkedOptions("the options of map()", options, ["concurrency", "chunk"]);
  const form = formOf(body, "the body of map()");
  const window = windowOf(concurrency);
  if (chunk !== undefined) return asCanvas(new CanvasValue(chunkedForm("map", form, chunk, { ...window, flat: true })));
  return asCanvas(new CanvasValue(mapForm("map", form, { ...window, settle: false })));
}

/** Options of {@link mapSettled}. */
export interface MapSettledOptions extends MapOptions {
  /**
   * As soon as more items than this have failed, the map fails with `TOO_MANY_FAILURES` and the others are cancelled. No limit
   * by default.
   */
  readonly maxFailures?: FailuresAllowed;
}

/**
 * Like {@link map}, but an item that fails gives its failure in its place and the others go on: the map itself does not fail.
 *
 * ```ts
 * listPages.pipe(mapSettled(extract)); // → ({ ok: true; value: Row[] } | { ok: false; error: NodeFailure })[]
 * ```
 *
 * @throws CanvasExpectedError if `body` is no canvas, OptionInvalidError.
 */
export function mapSettled<const C extends AnyCanvas>(
  body: C,
  options: MapSettledOptions = {},
): Canvas<readonly In<C>[], ItemOutcome<Out<C>>[], `mapSettled(${NameOf<C>})`> {
  const { concurrency, maxFailures } = checkedOptions("the options of mapSettled()", options, [
    "concurrency",
    "maxFailures",
  ]);
  const form = formOf(body, "the body of mapSettled()");
  const limit = maxFailures === undefined ? {} : { maxFailures: failureLimit(maxFailures) };
  return asCanvas(new CanvasValue(mapForm("mapSettled", form, { ...windowOf(concurrency), ...limit, settle: true })));
}

function windowOf(concurrency: number | undefined): MapOptions {
  return concurrency === undefined ? {} : { concurrency: concurrencyOption(concurrency) };
}

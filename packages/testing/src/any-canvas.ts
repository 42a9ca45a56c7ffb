import { workflow } from "@arpeggio/core";
import type { AnyCanvas } from "@arpeggio/core";
import fc from "fast-check";
import type { CanvasMeaning } from "./canvas-ends.ts";
import {
  chained,
  chorded,
  grouped,
  ignoring,
  keyed,
  list,
  mapped,
  pickedFrom,
  piped,
  selected,
  settledItems,
  steps,
  withArguments,
  withFields,
} from "./canvas-parts.ts";
import type { Any, Part } from "./canvas-parts.ts";

/** A canvas, and what it means. */
export interface CanvasWithMeaning {
  readonly canvas: AnyCanvas;
  /**
   * What a run of the canvas may come to, worked out by plain calls of functions that know nothing of graphs and engines. In
   * the outcome of a settled part that fails, `error` is a stand-in for what the engine gives.
   *
   * @throws TooManyEndsError for a canvas that leaves more to chance than can be listed.
   */
  readonly meaning: CanvasMeaning;
}

/** Any value that a run may be started with: what JSON has. */
export const anyInput: fc.Arbitrary<unknown> = fc
  .jsonValue({ maxDepth: 2, noUnicodeString: false })
  .map((value): unknown => JSON.parse(JSON.stringify(value)))
  // A field of this name is none that the engine takes.
  .filter((value) => !JSON.stringify(value).includes("__proto__"));

/** Bound fields and arguments. */
const bound: fc.Arbitrary<Part> = fc.oneof(
  fc.dictionary(fc.constantFrom("n", "extra"), fc.integer()).map(withFields),
  fc.integer().chain((n) => fc.constantFrom(...withArguments(n))),
);

/**
 * Canvases of every kind that the language has, nested in each other, each with its meaning. Some fail for some inputs.
 * Every {@link anyInput} will do.
 */
export const anyCanvas: fc.Arbitrary<CanvasWithMeaning> = fc.letrec<{ part: Part }>((tie) => {
  const part = tie("part");
  const parts = fc.array(part, { maxLength: 3 });
  return {
    part: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { arbitrary: fc.constantFrom(...steps), weight: 6 },
      { arbitrary: bound, weight: 2 },
      { arbitrary: fc.tuple(part, parts).map(([first, rest]) => chained(first, ...rest)), weight: 3 },
      { arbitrary: fc.tuple(part, part).map(([first, second]) => piped(first, second)), weight: 1 },
      { arbitrary: parts.map(grouped), weight: 2 },
      { arbitrary: fc.dictionary(fc.constantFrom("a", "b", "constructor"), part).map(keyed), weight: 2 },
      { arbitrary: fc.tuple(parts, part).map(([header, body]) => chorded(header, body)), weight: 3 },
      { arbitrary: part.map((body) => chained(list, mapped(body))), weight: 3 },
      { arbitrary: part.map((body) => chained(list, settledItems(body))), weight: 2 },
      { arbitrary: part.map(selected), weight: 1 },
      { arbitrary: part.map(pickedFrom), weight: 1 },
      { arbitrary: fc.tuple(part, anyInput).map(([body, value]) => ignoring(body, value)), weight: 1 },
      { arbitrary: part.map((body) => ({ ...body, canvas: workflow("any.inner", body.canvas) as Any })), weight: 1 },
      { arbitrary: part.map((body) => ({ ...body, canvas: body.canvas.with({ priority: 3 }) })), weight: 1 },
    ),
  };
}).part;

import { workflow } from "@arpeggio/core";
import type { AnyCanvas } from "@arpeggio/core";
import fc from "fast-check";
import { endsOf, tooMany } from "./canvas-ends.ts";
import type { CanvasEnd } from "./canvas-ends.ts";
import {
  chosen,
  finisher,
  firstSuccess,
  flowing,
  named,
  quorumOf,
  raced,
  repeated,
  replaced,
  settledAlone,
  settledMembers,
  settledWithin,
  signalled,
  sleeping,
  tested,
  timed,
} from "./canvas-composites.ts";
import { recovered, undoable, withErrorHandler, withLastStep } from "./canvas-handlers.ts";
import { batched, inChunks, inFlatChunks, skipping, spread, windowed } from "./canvas-items.ts";
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
   * the outcome of a settled part that fails, `error` is a stand-in for what the engine gives. Undefined for a canvas that
   * leaves more to chance than can be listed.
   */
  readonly meaning: (input: unknown) => readonly CanvasEnd[] | undefined;
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

type Weighted = { readonly arbitrary: fc.Arbitrary<Part>; readonly weight: number };

/** Whose number of nodes is known beforehand, and maps: what needs no decisions while it runs. */
function plainKinds(part: fc.Arbitrary<Part>): readonly Weighted[] {
  const parts = fc.array(part, { maxLength: 3 });
  return [
    { arbitrary: fc.constantFrom(...steps), weight: 8 },
    { arbitrary: bound, weight: 2 },
    { arbitrary: fc.tuple(part, parts).map(([first, rest]) => chained(first, ...rest)), weight: 4 },
    { arbitrary: fc.tuple(part, part).map(([first, second]) => piped(first, second)), weight: 1 },
    { arbitrary: parts.map(grouped), weight: 3 },
    { arbitrary: fc.dictionary(fc.constantFrom("a", "b", "constructor"), part).map(keyed), weight: 2 },
    { arbitrary: fc.tuple(parts, part).map(([header, body]) => chorded(header, body)), weight: 3 },
    { arbitrary: part.map((body) => chained(list, mapped(body))), weight: 3 },
    { arbitrary: part.map((body) => chained(list, settledItems(body))), weight: 2 },
    { arbitrary: part.map(selected), weight: 1 },
    { arbitrary: part.map(pickedFrom), weight: 1 },
    { arbitrary: fc.tuple(part, anyInput).map(([body, value]) => ignoring(body, value)), weight: 1 },
    { arbitrary: part.map((body) => ({ ...body, canvas: workflow("any.inner", body.canvas) as Any })), weight: 1 },
    { arbitrary: part.map((body) => ({ ...body, canvas: body.canvas.with({ priority: 3 }) })), weight: 1 },
    { arbitrary: fc.constantFrom(inChunks, inFlatChunks, spread), weight: 1 },
    { arbitrary: part.map((body) => chained(list, batched(body))), weight: 1 },
    { arbitrary: part.map((body) => chained(list, windowed(body, 1))), weight: 1 },
    { arbitrary: fc.tuple(part, part, part).map(([a, b, c]) => flowing(a, b, c)), weight: 2 },
  ];
}

/** What decides while it runs. */
function decidingKinds(part: fc.Arbitrary<Part>): readonly Weighted[] {
  const some = fc.array(part, { minLength: 1, maxLength: 3 });
  const handler = fc.constantFrom(...steps);
  const count = fc.integer({ min: 0, max: 2 });
  return [
    { arbitrary: some.map(raced), weight: 1 },
    { arbitrary: some.map(firstSuccess), weight: 2 },
    { arbitrary: fc.tuple(count, some).map(([n, members]) => quorumOf(n + 1, members)), weight: 1 },
    { arbitrary: some.map((members) => settledMembers(members)), weight: 1 },
    {
      arbitrary: fc.tuple(count, some).map(([n, members]) => settledMembers(members, Math.min(n, members.length))),
      weight: 1,
    },
    { arbitrary: fc.tuple(part, count).map(([body, n]) => chained(list, settledWithin(body, n))), weight: 1 },
    { arbitrary: part.map(settledAlone), weight: 1 },
    { arbitrary: fc.tuple(part, part).map(([a, b]) => chosen(a, b)), weight: 1 },
    { arbitrary: fc.tuple(part, part, part).map(([a, b, c]) => chosen(a, b, c)), weight: 1 },
    { arbitrary: part.map((yes) => tested(yes)), weight: 1 },
    { arbitrary: fc.tuple(part, part).map(([yes, no]) => tested(yes, no)), weight: 1 },
    { arbitrary: fc.tuple(part, fc.constantFrom(undefined, 3)).map(([body, ms]) => repeated(body, ms)), weight: 2 },
    { arbitrary: fc.tuple(part, part).map(([body, instead]) => recovered(body, instead)), weight: 2 },
    { arbitrary: fc.tuple(part, handler).map(([body, h]) => withErrorHandler(body, h)), weight: 2 },
    { arbitrary: fc.tuple(part, handler).map(([body, h]) => withLastStep(body, h)), weight: 2 },
    { arbitrary: fc.tuple(part, handler).map(([body, h]) => undoable(body, h)), weight: 2 },
    { arbitrary: part.map((body) => sleeping(body, 3)), weight: 1 },
    { arbitrary: part.map((body) => timed(body, { delay: 2, expires: "1d", within: "1d" })), weight: 1 },
    { arbitrary: fc.tuple(part, number31).map(([body, n]) => named(body, `part-${n}`)), weight: 2 },
    { arbitrary: fc.tuple(part, part).map(([before, after]) => skipping(before, after)), weight: 1 },
    { arbitrary: fc.constantFrom(replaced, replaced, finisher), weight: 2 },
  ];
}

/** Different ones almost always: a level has one node of a name. */
const number31 = fc.noBias(fc.integer({ min: 0, max: 2 ** 31 - 1 }));

function canvases(kinds: (part: fc.Arbitrary<Part>) => readonly Weighted[]): fc.Arbitrary<CanvasWithMeaning> {
  const { part } = fc.letrec<{ part: Part }>((tie) => ({
    part: fc.oneof({ depthSize: "small", withCrossShrink: true }, ...kinds(tie("part"))),
  }));
  return part.map(withMeaning);
}

/** A part that is a canvas of its own. */
export function withMeaning({ canvas, meaning }: Part): CanvasWithMeaning {
  return { canvas, meaning: (input) => endsOf(meaning, input) };
}

/** A canvas that becomes a part of another one. */
export function asPart({ canvas, meaning }: CanvasWithMeaning): Part {
  return { canvas: canvas as Any, meaning: (input) => meaning(input) ?? tooMany() };
}

/**
 * Canvases of every kind that the language has but signals, nested in each other, each with its meaning. Some fail for some
 * inputs. Every {@link anyInput} will do.
 */
export const anyCanvas: fc.Arbitrary<CanvasWithMeaning> = canvases((part) => [
  ...plainKinds(part),
  ...decidingKinds(part),
]);

/** The same with signals: somebody has to send `any.go` as often as it is waited for. */
export const signalledCanvas: fc.Arbitrary<CanvasWithMeaning> = canvases((part) => [
  ...plainKinds(part),
  ...decidingKinds(part),
  { arbitrary: fc.constant(signalled), weight: 2 },
]);

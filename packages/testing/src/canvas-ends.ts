/** One way in which a run of a canvas may end: with a value, by failing, or finished early by a handler (`ctx.finish`). */
export type CanvasEnd = { readonly value: unknown } | { readonly failed: true } | { readonly finished: unknown };

/**
 * Every way in which a canvas may end for an input. One, but where the canvas leaves it to chance: which of two branches is
 * faster, or which of two failures comes first.
 */
export type CanvasMeaning = (input: unknown) => readonly CanvasEnd[];

/** More ways than these are too many to tell: whoever asks then knows nothing of the canvas. */
const ENDS_MAX = 300;

const TOO_MANY = new Error(`a canvas may end in more than ${ENDS_MAX} ways`);

/** Every way in which a canvas may end; undefined where it leaves more to chance than can be listed. */
export function endsOf(meaning: CanvasMeaning, input: unknown): readonly CanvasEnd[] | undefined {
  try {
    return meaning(input);
  } catch (error) {
    if (error === TOO_MANY) return undefined;
    throw error;
  }
}

/** Says so, to who asks {@link endsOf}. */
export function tooMany(): never {
  throw TOO_MANY;
}

const FAILED: readonly CanvasEnd[] = [{ failed: true }];

export function succeeds(value: unknown): readonly CanvasEnd[] {
  return [{ value: value ?? null }];
}

export function fails(): readonly CanvasEnd[] {
  return FAILED;
}

/** What comes of a value if `next` goes on with it; every other end stays. */
export function goingOn(
  ends: readonly CanvasEnd[],
  next: (value: unknown) => readonly CanvasEnd[],
): readonly CanvasEnd[] {
  return different(ends.flatMap((end) => ("value" in end ? next(end.value) : [end])));
}

/** What comes of a failure if `next` takes its place; every other end stays. */
export function instead(ends: readonly CanvasEnd[], next: () => readonly CanvasEnd[]): readonly CanvasEnd[] {
  return different(ends.flatMap((end) => ("failed" in end ? next() : [end])));
}

/** The ends of parts that run side by side, by what `ending` makes of each combination of theirs. */
export function together(
  parts: readonly (readonly CanvasEnd[])[],
  ending: (ends: readonly CanvasEnd[]) => readonly CanvasEnd[],
): readonly CanvasEnd[] {
  let combinations: (readonly CanvasEnd[])[] = [[]];
  for (const part of parts) {
    combinations = combinations.flatMap((before) => part.map((end) => [...before, end]));
    if (combinations.length > ENDS_MAX) tooMany();
  }
  return different(combinations.flatMap(ending));
}

/** Members of a group, items of a map: all values, or the first end that is none, whichever that is. */
export function allOf(
  parts: readonly (readonly CanvasEnd[])[],
  result: (values: readonly unknown[]) => unknown = (values) => values,
): readonly CanvasEnd[] {
  return together(parts, (ends) => {
    const others = ends.filter((end) => !("value" in end));
    return others.length > 0 ? others : [{ value: result(ends.map(valueIn)) }];
  });
}

/** Members of a settled group, items of a settling map: their outcomes; nothing but an early finish comes in between. */
export function outcomesOf(
  parts: readonly (readonly CanvasEnd[])[],
  result: (outcomes: readonly unknown[]) => unknown = (outcomes) => outcomes,
): readonly CanvasEnd[] {
  return together(parts, (ends) => {
    const finished = ends.filter((end) => "finished" in end);
    if (finished.length > 0) return finished;
    const outcomes = ends.map((end) => ("value" in end ? { ok: true, value: end.value } : { ok: false, error: "" }));
    return [{ value: result(outcomes) }];
  });
}

export function valueIn(end: CanvasEnd): unknown {
  return "value" in end ? end.value : undefined;
}

/** Whether `end` is one of `ends`, which any is of undefined; what is said about the errors of settled parts is not compared. */
export function isAmong(ends: readonly CanvasEnd[] | undefined, end: CanvasEnd): boolean {
  if (ends === undefined) return true;
  const text = textOf(end);
  return ends.some((one) => textOf(one) === text);
}

function different(ends: readonly CanvasEnd[]): readonly CanvasEnd[] {
  if (ends.length < 2) return ends;
  const found = new Map(ends.map((end) => [`${Object.keys(end).join()} ${textOf(end)}`, end] as const));
  if (found.size > ENDS_MAX) tooMany();
  return [...found.values()];
}

/** Equal for equal ends. A run that a handler has finished has succeeded, and nobody sees the difference. */
function textOf(end: CanvasEnd): string {
  if ("failed" in end) return "failed";
  return JSON.stringify(inOrder("value" in end ? end.value : end.finished)) ?? "null";
}

/** A value as JSON has it, without errors, and with the fields of objects in one order. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== "error");
  return { fields: entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, inOrder(inner)]) };
}

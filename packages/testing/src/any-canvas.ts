import { chain, chord, func, group, map, mapSettled, PermanentTaskError, task, workflow } from "@arpeggio/core";
import type { AnyCanvas, Canvas } from "@arpeggio/core";
import fc from "fast-check";

/** Its types are not known to the compiler: the tasks take whatever comes. */
type Any = Canvas<unknown, unknown>;

/** A canvas, and what it means. */
export interface CanvasWithMeaning {
  readonly canvas: AnyCanvas;
  /**
   * What a run of the canvas must come to, worked out by plain calls of functions; throws where the run must fail. A settled
   * item that fails gives `{ ok: false, error: "…" }`, where the engine gives more about the error.
   */
  readonly meaning: (input: unknown) => unknown;
}

interface Part {
  readonly canvas: Any;
  readonly meaning: (input: unknown) => unknown;
}

/** A number that depends on the whole value, but for the errors in it: what an error carries beside its code may differ. */
function digest(value: unknown): number {
  const text = JSON.stringify(value, (key, inner: unknown) => (key === "error" ? undefined : inner)) ?? "";
  let sum = 7;
  for (const char of text) sum = (sum * 31 + char.charCodeAt(0)) % 1_009;
  return sum;
}

/** A task and its meaning from one function: what it returns is stored, so that nothing is `null`. */
function step(name: string, run: (value: unknown) => unknown): Part {
  return { canvas: task(name, run), meaning: (input) => run(input) ?? null };
}

const list = step("any.list", (value) =>
  Array.from({ length: digest(value) % 4 }, (_, i) => ({ i, of: digest(value) })),
);
const box = task("any.box", (value: unknown) => ({ n: digest(value), deep: { list: [digest(value), "x"] } }));
const boxed: Part = {
  canvas: box as never,
  meaning: (value) => ({ n: digest(value), deep: { list: [digest(value), "x"] } }),
};
const pass = step("any.pass", (value) => value);
const number = step("any.number", digest);
const steps: readonly Part[] = [
  pass,
  number,
  boxed,
  list,
  step("any.none", () => undefined),
  step("any.text", (value) => "x".repeat((digest(value) * 7) % 900)),
  step("any.picky", (value) => {
    if (digest(value) % 4 === 0) throw new Error(`refused ${digest(value)}`);
    return digest(value);
  }),
  step("any.strict", (value) => {
    if (digest(value) % 5 === 0) throw new PermanentTaskError(`never takes ${digest(value)}`);
    return digest(value);
  }),
];

const fields = task("any.fields", (value: unknown) => ({ seen: value })) as unknown as { s(given: object): Any };
const add = func("any.add", (a: unknown, b: unknown) => digest([a, b]));
const three = func("any.three", (a: unknown, b: unknown, c: unknown) => digest([a, b, c]));
const pair = group([pass.canvas, number.canvas]) as Any;

function chained(...parts: readonly Part[]): Part {
  return {
    canvas: chain(...(parts.map(({ canvas }) => canvas) as [Any])) as Any,
    meaning: (input) => parts.reduce((value, part) => part.meaning(value), input),
  };
}

function grouped(members: readonly Part[]): Part {
  return {
    canvas: group(members.map(({ canvas }) => canvas)) as Any,
    meaning: (input) => members.map((member) => member.meaning(input)),
  };
}

function keyed(members: Readonly<Record<string, Part>>): Part {
  const entries = Object.entries(members);
  const canvases = Object.fromEntries(entries.map(([key, { canvas }]) => [key, canvas]));
  return {
    canvas: group(canvases) as Any,
    meaning: (input) => Object.fromEntries(entries.map(([key, { meaning }]) => [key, meaning(input)])),
  };
}

function mapped(body: Part): Part {
  return {
    canvas: map(body.canvas) as never,
    meaning: (items) => (items as readonly unknown[]).map((item) => body.meaning(item)),
  };
}

function settled(body: Part): Part {
  const outcome = (item: unknown) => {
    try {
      return { ok: true, value: body.meaning(item) };
    } catch (error) {
      return { ok: false, error: String(error) };
    }
  };
  return { canvas: mapSettled(body.canvas) as never, meaning: (items) => (items as readonly unknown[]).map(outcome) };
}

/** Any value that a run may be started with. */
export const anyInput: fc.Arbitrary<unknown> = fc
  .jsonValue({ maxDepth: 2 })
  // A field of this name is none that the engine takes.
  .filter((value) => !JSON.stringify(value).includes('"__proto__"'));

/** Bound fields and arguments. */
const bound: fc.Arbitrary<Part> = fc.oneof(
  fc.dictionary(fc.constantFrom("n", "extra"), fc.integer()).map((given) => ({
    canvas: fields.s(given),
    meaning: (input: unknown) => ({ seen: { ...(isObject(input) ? input : {}), ...given } }),
  })),
  fc.integer().map((n) => ({ canvas: add.s(n) as Any, meaning: (input: unknown) => digest([input, n]) })),
  fc.integer().map((n) => ({ canvas: add.s(n, 1) as Any, meaning: () => digest([n, 1]) })),
  fc.integer().map((n) => ({
    canvas: chain(pair as never, three.s(n) as never) as Any,
    meaning: (input: unknown) => digest([input, digest(input), n]),
  })),
  fc.constant({
    canvas: chain(pair as never, add as never) as Any,
    meaning: (input: unknown) => digest([input, digest(input)]),
  }),
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
      { arbitrary: parts.map(grouped), weight: 2 },
      { arbitrary: fc.dictionary(fc.constantFrom("a", "b", "c"), part).map(keyed), weight: 2 },
      { arbitrary: fc.tuple(parts, part).map(([header, body]) => chorded(header, body)), weight: 3 },
      { arbitrary: part.map((body) => chained(list, mapped(body))), weight: 3 },
      { arbitrary: part.map((body) => chained(list, settled(body))), weight: 2 },
      { arbitrary: part.map(selected), weight: 1 },
      { arbitrary: part.map(pickedFrom), weight: 1 },
      {
        arbitrary: fc.tuple(part, anyInput).map(([body, value]) => ignoring(body, value)),
        weight: 1,
      },
      { arbitrary: part.map((body) => ({ ...body, canvas: workflow("any.inner", body.canvas) as Any })), weight: 1 },
      { arbitrary: part.map((body) => ({ ...body, canvas: body.canvas.with({ priority: 3 }) })), weight: 1 },
    ),
  };
}).part;

function chorded(header: readonly Part[], body: Part): Part {
  const members = grouped(header);
  return {
    canvas: chord(members.canvas as never, body.canvas) as Any,
    meaning: (input) => body.meaning(members.meaning(input)),
  };
}

function selected(body: Part): Part {
  return {
    canvas: body.canvas.select((x) => ({ whole: x, fixed: [1] })) as Any,
    meaning: (input) => ({ whole: body.meaning(input), fixed: [1] }),
  };
}

/** A step whose input is put together from parts of the value before. */
function pickedFrom(next: Part): Part {
  return {
    canvas: box.pipe(next.canvas, (x) => [x.deep.list[0], { n: x.n, gone: (x as never)["gone"] }]) as Any,
    meaning: (input) => next.meaning([digest(input), { n: digest(input) }]),
  };
}

function ignoring(body: Part, value: unknown): Part {
  return { canvas: body.canvas.ignoreInput(value), meaning: () => body.meaning(value) };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

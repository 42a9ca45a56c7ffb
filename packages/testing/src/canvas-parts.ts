import { chain, chord, func, group, map, mapSettled, PermanentTaskError, task } from "@arpeggio/core";
import type { Canvas } from "@arpeggio/core";
import { allOf, fails, goingOn, outcomesOf, succeeds } from "./canvas-ends.ts";
import type { CanvasMeaning } from "./canvas-ends.ts";

/** Its types are not known to the compiler: the tasks take whatever comes. */
export type Any = Canvas<unknown, unknown>;

/** A canvas, and what it means. */
export interface Part {
  readonly canvas: Any;
  readonly meaning: CanvasMeaning;
}

/** A number that depends on the whole value, but for the errors in it: what an error carries beside its code may differ. */
export function digest(value: unknown): number {
  const text = JSON.stringify(value, (key, inner: unknown) => (key === "error" ? undefined : inner)) ?? "";
  let sum = 7;
  for (const char of text) sum = (sum * 31 + char.charCodeAt(0)) % 1_009;
  return sum;
}

/** A task and its meaning from one function: what it throws fails it. */
export function step(name: string, run: (value: unknown) => unknown): Part {
  return {
    canvas: task(name, run),
    meaning: (input) => {
      try {
        return succeeds(run(input));
      } catch {
        return fails();
      }
    },
  };
}

export const pass = step("any.pass", (value) => value);
export const number = step("any.number", digest);
export const list = step("any.list", (value) =>
  Array.from({ length: digest(value) % 4 }, (_, i) => ({ i, of: digest(value) })),
);
export const boxOf = (value: unknown) => ({ n: digest(value), deep: { list: [digest(value), "x"] } });
export const box = task("any.box", boxOf);
export const picky = step("any.picky", (value) => {
  if (digest(value) % 4 === 0) throw new Error(`refused ${digest(value)}`);
  return digest(value);
});
/** Fails for every input. */
export const refused = step("any.refused", (value) => {
  throw new PermanentTaskError(`refused ${digest(value)}`);
});
const one = func("any.one", (a: unknown) => [a]);

/** Single tasks that take whatever comes; some fail for some inputs. */
export const steps: readonly Part[] = [
  pass,
  number,
  { canvas: box as never, meaning: (value) => succeeds(boxOf(value)) },
  list,
  picky,
  step("any.none", () => undefined),
  step("any.text", (value) => "x".repeat((digest(value) * 7) % 900)),
  step("any.strict", (value) => {
    if (digest(value) % 5 === 0) throw new PermanentTaskError(`never takes ${digest(value)}`);
    return digest(value);
  }),
  { canvas: one as never, meaning: (value) => succeeds([value]) },
];

export function chained(...parts: readonly Part[]): Part {
  return {
    canvas: chain(...(parts.map(({ canvas }) => canvas) as [Any])) as Any,
    meaning: (input) => inTurn(parts, input),
  };
}

export function piped(first: Part, second: Part): Part {
  return {
    canvas: first.canvas.pipe(second.canvas) as Any,
    meaning: (input) => inTurn([first, second], input),
  };
}

function inTurn(parts: readonly Part[], input: unknown) {
  return parts.reduce((ends, part) => goingOn(ends, part.meaning), succeeds(input));
}

export function grouped(members: readonly Part[]): Part {
  return {
    canvas: group(members.map(({ canvas }) => canvas)) as Any,
    meaning: (input) => allOf(members.map((member) => member.meaning(input))),
  };
}

export function keyed(members: Readonly<Record<string, Part>>): Part {
  const entries = Object.entries(members);
  const canvases = Object.fromEntries(entries.map(([key, { canvas }]) => [key, canvas]));
  return {
    canvas: group(canvases) as Any,
    meaning: (input) =>
      allOf(
        entries.map(([, { meaning }]) => meaning(input)),
        (values) => Object.fromEntries(entries.map(([key], i) => [key, values[i]])),
      ),
  };
}

export function mapped(body: Part): Part {
  return {
    canvas: map(body.canvas) as never,
    meaning: (items) => allOf((items as readonly unknown[]).map(body.meaning)),
  };
}

export function settledItems(body: Part): Part {
  return {
    canvas: mapSettled(body.canvas) as never,
    meaning: (items) => outcomesOf((items as readonly unknown[]).map(body.meaning)),
  };
}

export function chorded(header: readonly Part[], body: Part): Part {
  const members = grouped(header);
  return {
    canvas: chord(members.canvas as never, body.canvas) as Any,
    meaning: (input) => inTurn([members, body], input),
  };
}

export function selected(body: Part): Part {
  return {
    canvas: body.canvas.select((x) => ({ whole: x, fixed: [1] })) as Any,
    meaning: (input) => goingOn(body.meaning(input), (whole) => succeeds({ whole, fixed: [1] })),
  };
}

/** A step whose input is put together from parts of the value before. */
export function pickedFrom(next: Part): Part {
  return {
    canvas: box.pipe(next.canvas, (x) => [x.deep.list[0], { n: x.n, gone: (x as never)["gone"] }]) as Any,
    meaning: (input) => next.meaning([digest(input), { n: digest(input) }]),
  };
}

export function ignoring(body: Part, value: unknown): Part {
  return { canvas: body.canvas.ignoreInput(value), meaning: () => body.meaning(value) };
}

const fields = task("any.fields", (value: unknown) => ({ seen: value })) as unknown as { s(given: object): Any };
const add = func("any.add", (a: unknown, b: unknown) => digest([a, b]));
const three = func("any.three", (a: unknown, b: unknown, c: unknown) => digest([a, b, c]));
const pair = group([pass.canvas, number.canvas]) as Any;

/** A task with some of its fields given. */
export function withFields(given: Readonly<Record<string, number>>): Part {
  return {
    canvas: fields.s(given),
    meaning: (input) => succeeds({ seen: { ...(isObject(input) ? input : {}), ...given } }),
  };
}

/** Functions with the last, with all and with none of their arguments given. */
export function withArguments(n: number): readonly Part[] {
  return [
    { canvas: add.s(n) as Any, meaning: (input) => succeeds(digest([input, n])) },
    { canvas: add.s(n, 1) as Any, meaning: () => succeeds(digest([n, 1])) },
    {
      canvas: chain(pair as never, three.s(n) as never) as Any,
      meaning: (input) => succeeds(digest([input, digest(input), n])),
    },
    { canvas: chain(pair as never, add as never) as Any, meaning: (input) => succeeds(digest([input, digest(input)])) },
  ];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

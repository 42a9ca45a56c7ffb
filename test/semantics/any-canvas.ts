import fc from "fast-check";
import { chain, chord, func, group, map, mapSettled, task, workflow } from "@arpeggio/core";
import type { Canvas } from "@arpeggio/core";

/** Its types are not known to the compiler: the tasks take whatever comes. */
type Any = Canvas<unknown, unknown>;

/** What JSON has. No property may be called `__proto__`, and -0 is stored as 0. */
export const anyJson = fc
  .jsonValue({ maxDepth: 2, noUnicodeString: false })
  .map((value): unknown => JSON.parse(JSON.stringify(value)))
  .filter((value) => !JSON.stringify(value).includes("__proto__"));

/** A number that depends on the whole value, but for the errors in it: what an error carries beside its code may differ. */
function digest(value: unknown): number {
  const text = JSON.stringify(value, (key, inner: unknown) => (key === "error" ? undefined : inner)) ?? "";
  let sum = 7;
  for (const char of text) sum = (sum * 31 + char.charCodeAt(0)) % 1_009;
  return sum;
}

const pass = task("law.pass", (value: unknown) => value);
const number = task("law.number", (value: unknown) => digest(value));
const box = task("law.box", (value: unknown) => ({ n: digest(value), deep: { list: [digest(value), "x"] } }));
const list = task("law.list", (value: unknown) =>
  Array.from({ length: digest(value) % 4 }, (_, i) => ({ i, of: digest(value) })),
);
const none = task("law.none", (value: unknown) => void value);
const picky = task("law.picky", (value: unknown) => {
  if (digest(value) % 4 === 0) throw new Error(`refused ${digest(value)}`);
  return digest(value);
});
const fields = task("law.fields", (value: unknown) => ({ seen: value })) as unknown as {
  s(given: object): Any;
};
const add = func("law.add", (a: unknown, b: unknown) => digest([a, b]));
const one = func("law.one", (a: unknown) => [a]);
const three = func("law.three", (a: unknown, b: unknown, c: unknown) => digest([a, b, c]));

const chainOf = (...steps: readonly Any[]): Any => chain(...(steps as [Any])) as Any;

/** Canvases of every kind that the language has, nested in each other; those with `picky` fail for some inputs. */
export const anyCanvas: fc.Arbitrary<Any> = fc.letrec<{ canvas: Any }>((tie) => {
  const part = tie("canvas");
  const parts = fc.array(part, { maxLength: 3 });
  const step = fc.constantFrom<Any[]>(pass, number, box, list, none, picky, one as never);
  const bound = fc.oneof(
    fc.dictionary(fc.constantFrom("n", "extra"), fc.integer()).map((given) => fields.s(given)),
    fc.integer().map((n) => add.s(n) as Any),
    fc.integer().map((n) => add.s(n, 1) as Any),
    fc.integer().map((n) => chainOf(group([pass, number]) as Any, three.s(n) as never)),
    fc.constant(chainOf(group([pass, number]) as Any, add as never)),
  );
  return {
    canvas: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { arbitrary: step, weight: 5 },
      { arbitrary: bound, weight: 2 },
      { arbitrary: fc.tuple(part, parts).map(([first, rest]) => chainOf(first, ...rest)), weight: 3 },
      { arbitrary: fc.tuple(part, part).map(([a, b]) => a.pipe(b) as Any), weight: 2 },
      { arbitrary: parts.map((members) => group(members) as Any), weight: 2 },
      {
        arbitrary: fc
          .dictionary(fc.constantFrom("a", "b", "constructor"), part)
          .map((members) => group(members) as Any),
        weight: 2,
      },
      {
        arbitrary: fc.tuple(parts, part).map(([members, body]) => chord(group(members) as Any, body) as Any),
        weight: 2,
      },
      { arbitrary: part.map((body) => chainOf(list, map(body) as never)), weight: 2 },
      { arbitrary: part.map((body) => chainOf(list, mapSettled(body) as never)), weight: 2 },
      { arbitrary: part.map((body) => body.select((x) => ({ whole: x, fixed: [1] })) as Any), weight: 1 },
      {
        arbitrary: part.map(
          (next) => box.pipe(next, (x) => [x.deep.list[0], { n: x.n, gone: (x as never)["gone"] }]) as Any,
        ),
        weight: 1,
      },
      {
        arbitrary: fc.tuple(part, anyJson).map(([body, value]) => body.ignoreInput(value)),
        weight: 1,
      },
      { arbitrary: part.map((body) => workflow("law.inner", body) as Any), weight: 1 },
      { arbitrary: part.map((body) => body.with({ priority: 3 })), weight: 1 },
    ),
  };
}).canvas;

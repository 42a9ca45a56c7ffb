import { describe, expect, test } from "vitest";
import { at, compile, eq, group, gt, task } from "../index.ts";
import type { Expr, Ref } from "../index.ts";
import { constantExpr } from "./constant.ts";
import { mappingTemplate } from "./reference.ts";

const IN = { ref: "$in" };
const template = (mapping: (x: never) => unknown): Expr => mappingTemplate(mapping, "'b' after 'a'");
interface Box {
  readonly a: { readonly b: number };
  readonly list: readonly { readonly c: string }[];
}

describe("a mapping becomes data", () => {
  test.each<[string, (x: Box) => unknown, unknown]>([
    ["the value itself", (x) => x, IN],
    ["a field of a field", (x) => x.a.b, { ref: "$in", path: ["a", "b"] }],
    ["an item of a list", (x) => x.list[3]?.c, { ref: "$in", path: ["list", 3, "c"] }],
    ["an object", (x) => ({ n: x.a, k: 1 }), { object: { n: { ref: "$in", path: ["a"] }, k: { const: 1 } } }],
    ["a list", (x) => [x.a, [1, 2]], { array: [{ ref: "$in", path: ["a"] }, { const: [1, 2] }] }],
    ["a constant", () => ({ a: [1, { b: null }] }), { const: { a: [1, { b: null }] } }],
    ["undefined fields are left out", (x) => ({ a: undefined, b: x }), { object: { b: IN } }],
    ["nothing is null", () => undefined, { const: null }],
    ["constants of other kinds", () => new Date(0), { const: new Date(0) }],
    ["a key that is no name", (x) => ({ ["a b.c"]: x }), { object: { "a b.c": IN } }],
  ])("%s", (_, mapping, expected) => {
    expect(template(mapping as (x: never) => unknown)).toEqual(expected);
  });

  test("fields named then and toJSON are reached by at()", () => {
    const odd = task("odd", () => JSON.parse('{"then":1}') as { then: number });
    const select = odd.select((x) => ({ next: at(x, "then") }));
    expect(compile(select).graph.output).toEqual({ object: { next: { ref: "odd", path: ["then"] } } });
    expect(() => at({} as never, "x" as never)).toThrow(expect.objectContaining({ code: "MAPPING_INVALID" }));
  });

  test("it is laid over what is known already, so that no node is needed", () => {
    const a = task("a", (n: number) => ({ n }));
    const c = group({ x: a, y: a }).select((both) => [both.y.n, both.x]);
    expect(compile(c).graph.output).toEqual({ array: [{ ref: "a~2", path: ["n"] }, { ref: "a" }] });
  });
});

describe("a mapping that needs the value is refused, with its place", () => {
  type Any = { n: number; s: string };
  test.each<[string, (x: Any) => unknown, string]>([
    ["comparing", (x) => (x.n > 3 ? 1 : 2), "uses 'x.n' as a string, a number or in a comparison"],
    ["adding", (x) => x.n + 1, "uses 'x.n'"],
    ["a template string", (x) => `${x.s}!`, "uses 'x.s'"],
    ["String()", (x) => String(x.s), "uses 'x.s'"],
    ["Number()", (x) => Number(x.n), "uses 'x.n'"],
    ["spreading an object", (x) => ({ ...x }), "spreads 'x'"],
    ["spreading a list", (x) => [...(x as never as number[])], "goes through 'x'"],
    ["destructuring a list", (x) => (([first]: readonly unknown[]) => first)(x as never), "goes through 'x'"],
    ["in", (x) => "n" in x, "asks whether 'x' has 'n'"],
    ["Object.keys", (x) => Object.keys(x), "spreads 'x'"],
    ["JSON.stringify", (x) => JSON.stringify(x), "spreads 'x'"],
    ["changing it", (x) => (x.n = 3), "changes 'x'"],
    ["deleting from it", (x) => delete (x as Partial<Any>).n, "changes 'x'"],
    ["a promise", async (x) => x, "gives a promise"],
    ["a condition", (x) => (x.s ? x.n : 0), "reads 'x.s' and does not use it"],
    ["equality", (x) => ({ same: x.s === "a" }), "reads 'x.s' and does not use it"],
    ["a negation", (x) => ({ isNot: !x.s }), "reads 'x.s' and does not use it"],
    ["a condition of operators", (x) => (eq(x.s, "a") ? 1 : 2), "computes 'eq(…)' and does not use it"],
    ["&& of operators", (x) => eq(x.s, "a") && gt(x.n, 3), "computes 'eq(…)' and does not use it"],
    ["a canvas", () => [task("a", () => 1)], "gives a canvas, and not what one comes to"],
    ["a field that would be a prototype", (x) => ({ a: { ["__proto__"]: x.n } }), "gives a field '__proto__'"],
  ])("%s", (_, mapping, message) => {
    expect(() => template(mapping as (x: never) => unknown)).toThrow(
      expect.objectContaining({
        code: "MAPPING_INVALID",
        message: expect.stringContaining(`the mapping of 'b' after 'a' ${message}`),
      }),
    );
  });

  test("the hint says what to do instead", () => {
    expect(() => template((x: Any) => x.n > 3)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("Compare with eq(), lt(), and() …; compute in a task") }),
    );
  });

  test("what was read to read more of it, to compute or to make another value of it, is used", () => {
    const used = (x: Ref<{ a: { b: number; then: number }; s: string }>) => [
      x.a.b,
      at(x.a, "then"),
      eq(x.s, ""),
      { s: x.s },
    ];
    expect(() => template(used)).not.toThrow();
    // It may be given a value and take no notice of it.
    expect(() => template(() => 1)).not.toThrow();
  });

  test("a reference that is used outside of its mapping", () => {
    let leaked: unknown;
    template((x) => (leaked = x));
    expect(() => template(() => ({ a: leaked }))).toThrow(
      expect.objectContaining({
        code: "MAPPING_INVALID",
        message: "the mapping of 'b' after 'a' reads a reference of the mapping of 'b' after 'a'",
      }),
    );
  });

  test("what cannot be stored is named by its path", () => {
    expect(() => template(() => ({ f: () => 1 }))).toThrow(expect.objectContaining({ code: "CONSTANT_INVALID" }));
  });

  test("the place is that of the step", () => {
    const a = task("a.first", () => ({ n: 1 }));
    const b = task("b.second", (n: number) => n);
    expect(() => a.pipe(b, (x) => Number(x.n) as never)).toThrow("the mapping of 'b.second' after 'a.first' uses");
    expect(() => a.select((x) => `${x.n as unknown as number}`)).toThrow(
      "the mapping of the select after 'a.first' uses",
    );
    expect(() => a.pipe(b, 3 as never)).toThrow("is not a function");
  });
});

describe("constants", () => {
  test("are copied, and hold JSON, bytes, dates and bigints", () => {
    const value = { a: [1, "x", null, true], bytes: Buffer.from([1, 2]), at: new Date(5), n: 7n, gone: undefined };
    const copy = constantExpr(value, "here").const as typeof value;
    expect(copy).toEqual({ a: [1, "x", null, true], bytes: new Uint8Array([1, 2]), at: new Date(5), n: 7n });
    expect(Object.hasOwn(copy, "gone")).toBe(false);
    expect(copy.bytes.constructor).toBe(Uint8Array);
    value.bytes[0] = 9;
    expect(copy.bytes[0]).toBe(1);
  });

  class Point {
    readonly x = 1;
  }
  const circle: { self?: unknown } = {};
  circle.self = circle;
  test.each<[unknown, string]>([
    [{ a: [() => 1] }, "the value.a[0] is a function"],
    [Symbol("s"), "the value is a symbol"],
    [{ a: Infinity }, "the value.a is Infinity"],
    [{ a: new Map() }, "the value.a is an object of the class Map"],
    [[new Point()], "the value[0] is an object of the class Point"],
    [new Date(Number.NaN), "the value is an invalid Date"],
    [circle, "nested deeper than 1200 levels, or contains itself"],
  ])("%# is refused", (value, message) => {
    expect(() => constantExpr(value, "here")).toThrow(
      expect.objectContaining({ code: "CONSTANT_INVALID", message: expect.stringContaining(message) }),
    );
  });
});

import { describe, expect, test } from "vitest";
import { evaluate } from "./evaluate.ts";
import type { Expr } from "./expression.ts";

const values: Readonly<Record<string, unknown>> = {
  a: { n: 1, list: [{ u: "x" }, null], nothing: null, text: "abc", at: new Date(0), bytes: new Uint8Array([7]) },
  b: [1, 2, 3],
  c: "text",
  0: "text",
  "0:fetch.page~2": "text",
  odd: JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as unknown,
  none: undefined,
};
const value = (expr: Expr): unknown => evaluate(expr, (ref) => values[ref]);

test("an expression of any depth needs no stack", () => {
  let deep: Expr = { ref: "c" };
  for (let i = 0; i < 100_000; i++) deep = { array: [deep] };
  let list = value(deep);
  for (let i = 0; i < 100_000; i++) [list] = list as [unknown];
  expect(list).toBe("text");
});

test("an operator may have more arguments than a call, and be asked of long lists", () => {
  const args = Array.from({ length: 200_000 }, (): Expr => ({ ref: "c" }));
  expect(value({ op: "eq", args })).toBe(true);
  const long = { const: Array.from({ length: 200_000 }, (_, i) => i) };
  expect(value({ op: "eq", args: [long, { const: long.const.slice() }] })).toBe(true);
  expect(value({ op: "and", args: args.map((one): Expr => ({ op: "exists", args: [one] })) })).toBe(true);
});

describe("each kind of expression", () => {
  test.each<[string, Expr, unknown]>([
    ["const", { const: { a: [1n] } }, { a: [1n] }],
    ["ref", { ref: "b" }, [1, 2, 3]],
    ["ref with a path", { ref: "a", path: ["list", 0, "u"] }, "x"],
    ["array", { array: [{ ref: "c" }, { const: 1 }] }, ["text", 1]],
    ["object", { object: { x: { ref: "c" }, y: { const: null } } }, { x: "text", y: null }],
    ["merge, the later over the earlier", { merge: [{ const: { a: 1, b: 1 } }, { const: { b: 2 } }] }, { a: 1, b: 2 }],
    [
      "merge of what has no fields",
      { merge: [{ ref: "c" }, { ref: "b" }, { const: null }, { const: { b: 2 } }] },
      { b: 2 },
    ],
    ["concat", { concat: [{ ref: "b" }, { const: [[4]] }] }, [1, 2, 3, [4]]],
    ["get", { get: { merge: [{ ref: "a" }] }, path: ["n"] }, 1],
  ])("%s", (_, expr, expected) => {
    expect(value(expr)).toEqual(expected);
  });
});

describe("what is not there", () => {
  test.each<[string, Expr, unknown]>([
    ["a missing field is null as the whole value", { ref: "a", path: ["gone"] }, null],
    ["inside what is missing, too", { ref: "a", path: ["gone", "x", 3] }, null],
    ["inside null", { ref: "a", path: ["nothing", "x"] }, null],
    ["beyond the end of a list", { ref: "b", path: [9] }, null],
    ["before its beginning", { ref: "b", path: [-1] }, null],
    ["left out of objects", { object: { x: { ref: "a", path: ["gone"] }, y: { const: 1 } } }, { y: 1 }],
    ["null in lists", { array: [{ ref: "none" }] }, [null]],
    ["null as a result", { ref: "none" }, null],
  ])("%s", (_, expr, expected) => {
    expect(value(expr)).toStrictEqual(expected);
  });
});

describe("only data can be reached", () => {
  test.each<[string, Expr, unknown]>([
    ["__proto__ of an object", { ref: "a", path: ["__proto__"] }, null],
    ["constructor of an object", { ref: "a", path: ["constructor", "name"] }, null],
    [
      "own fields of these names",
      {
        array: [
          { ref: "odd", path: ["__proto__", "x"] },
          { ref: "odd", path: ["constructor"] },
        ],
      },
      [1, 2],
    ],
  ])("%s", (_, expr, expected) => {
    expect(value(expr)).toStrictEqual(expected);
  });

  test("fields named __proto__ are made as fields", () => {
    const fields = JSON.parse('{"__proto__": {"const": {"x": 1}}}') as Record<string, Expr>;
    for (const made of [value({ object: fields }), value({ merge: [{ ref: "odd" }] })]) {
      expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
      expect(Object.hasOwn(made as object, "__proto__")).toBe(true);
    }
  });
});

describe("failures say what was found where", () => {
  test.each<[string, Expr, string]>([
    [
      "a field of a string",
      { ref: "a", path: ["text", "length"] },
      "'a.text' is a string (\"abc\"), which has no 'length'",
    ],
    ["a field of a list", { ref: "b", path: ["length"] }, "'b' is a list, which has no 'length'"],
    ["a field of a Date", { ref: "a", path: ["at", "x"] }, "'a.at' is a Date"],
    ["an index of bytes", { ref: "a", path: ["bytes", 0] }, "'a.bytes' is binary data"],
    ["a field of a number", { get: { const: 3 }, path: ["x"] }, "'value' is a number (3)"],
    ["a value that has a number only", { ref: "0", path: ["x"] }, "'value' is a string"],
    ["a value with a number and a name", { ref: "0:fetch.page~2", path: ["x"] }, "'fetch.page~2' is a string"],
    ["concat of a number", { concat: [{ const: 3 }] }, "must come as a list, but a number (3) came"],
    ["concat of nothing", { concat: [{ ref: "none" }] }, "but undefined came"],
  ])("%s", (_, expr, message) => {
    expect(() => value(expr)).toThrow(
      expect.objectContaining({ code: "EXPRESSION_FAILED", message: expect.stringContaining(message) }),
    );
  });
});

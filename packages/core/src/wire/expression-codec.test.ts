import { expect, test } from "vitest";
import type { Expr } from "../graph/expression.ts";
import { decodeExpression, encodeExpression } from "./expression-codec.ts";
import { RecordUndecodableError } from "./frame.ts";
import { encodePayload } from "./payload.ts";

const ref: Expr = { ref: "0:a", path: ["b", 0] };
const sound: readonly Expr[] = [
  { const: { ref: 7, args: null } },
  ref,
  { array: [ref, { object: { constructor: ref } }] },
  { merge: [ref, { get: ref, path: ["a"] }] },
  { concat: [] },
  { op: "eq", args: [ref, { const: null }] },
];

test.each(sound)("an expression is the same after a round trip: %j", (expr) => {
  expect(decodeExpression(encodeExpression(expr))).toEqual(expr);
});

const unsound: readonly unknown[] = [
  null,
  "ref",
  [],
  {},
  { ref: 1 },
  { ref: "0", path: "a" },
  { ref: "0", path: [null] },
  { array: { 0: ref } },
  { array: [ref, 1] },
  { object: [ref] },
  { object: { a: {} } },
  { get: ref },
  { op: "constructor", args: [] },
  { op: "eq" },
  { array: [ref], get: ref, path: [] },
  { const: 1, ref: "0" },
];

test.each(unsound)("what is no expression is refused: %j", (value) => {
  expect(() => decodeExpression(encodePayload(value))).toThrow(RecordUndecodableError);
});

import type { Expr, Operator } from "@arpeggio/core";
import { everyValue } from "./parts.ts";

const first: Expr = { ref: "0:a" };
const second: Expr = { ref: "1:b", path: ["size"] };

/** An expression with each of the operators, over two arguments. */
export const operators: { readonly [K in Operator]: Expr } = {
  eq: { op: "eq", args: [first, { const: [1, "two", [3], { four: 4 }] }] },
  ne: { op: "ne", args: [first, second] },
  lt: { op: "lt", args: [second, { const: 4 }] },
  le: { op: "le", args: [second, { const: 4n }] },
  gt: { op: "gt", args: [second, { const: 2.5 }] },
  ge: { op: "ge", args: [{ const: "b" }, { const: "a" }] },
  and: { op: "and", args: [{ const: true }, { op: "exists", args: [second] }] },
  or: { op: "or", args: [{ const: false }, { op: "lt", args: [second, { const: 4 }] }] },
  not: { op: "not", args: [{ op: "exists", args: [{ ref: "1:b", path: ["nothing", 0] }] }] },
  exists: { op: "exists", args: [{ get: { ref: "1:b" }, path: ["kind"] }] },
  size: { op: "size", args: [first] },
  chunk: { op: "chunk", args: [first, { const: 2 }] },
  flat: { op: "flat", args: [{ array: [first, { const: [1] }] }] },
};

type ExprForm = Expr extends infer E ? (E extends E ? Exclude<keyof E, "path" | "args"> : never) : never;

/** An expression of each form. */
export const forms: { readonly [K in ExprForm]: Expr } = {
  const: { const: { ...everyValue, nan: null, infinities: null } },
  ref: second,
  array: { array: [first, second, { const: null }] },
  object: { object: { a: first, constructor: second } },
  merge: { merge: [{ ref: "1:b" }, { object: { b: first } }] },
  concat: { concat: [first, { array: [second] }] },
  get: { get: { merge: [{ ref: "1:b" }] }, path: ["kind"] },
  op: operators.size,
};

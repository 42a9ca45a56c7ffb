import { deeply } from "../collections/deep-call.ts";
import type { DeepCall } from "../collections/deep-call.ts";
import { refName } from "./argument-ref.ts";
import { partsOf } from "./expression.ts";
import type { ConstExpr, Expr, Path, RefExpr } from "./expression.ts";
import { shown } from "../language/shown.ts";
import { ExpressionFailedError } from "./graph-errors.ts";
import { operate } from "./operators.ts";

/**
 * The value of an expression, on decoded values. Pure and deterministic. `lookup` gives the value of a reference
 * (`$in` or a node's id; in attempts, an `argumentRef`); it is asked once for each time the reference stands in the expression.
 *
 * What is not there reads as it does in JavaScript with `?.`: a missing field, an index beyond the end and anything
 * inside `null` or `undefined` are undefined. Undefined itself is then left out of objects and becomes `null` in lists and as
 * the whole value, as in JSON. Only own fields of plain objects and items of lists can be reached.
 *
 * The value shares parts with what `lookup` gave: do not change it.
 *
 * @throws {@link ExpressionFailedError} for a path into a string, number, Date, bytes …, and for `concat` of what is not a list.
 */
export function evaluate(expr: Expr, lookup: (ref: string) => unknown): unknown {
  return (isLeaf(expr) ? leafValue(expr, lookup) : deeply(valueOf(expr, lookup))) ?? null;
}

type Lookup = (ref: string) => unknown;
type Leaf = ConstExpr | RefExpr;

function isLeaf(expr: Expr): expr is Leaf {
  return "const" in expr || "ref" in expr;
}

function leafValue(expr: Leaf, lookup: Lookup): unknown {
  if ("const" in expr) return expr.const;
  const value = lookup(expr.ref);
  return expr.path === undefined ? value : followed(value, expr.path, refName(expr.ref));
}

function* valueOf(expr: Exclude<Expr, Leaf>, lookup: Lookup): DeepCall<unknown> {
  const isChoice = "op" in expr && (expr.op === "and" || expr.op === "or");
  const values: unknown[] = [];
  for (const part of partsOf(expr)) {
    const value = isLeaf(part) ? leafValue(part, lookup) : yield valueOf(part, lookup);
    // Stops where it is decided, so that a condition may stand behind the one that makes it safe.
    if (isChoice && operate(expr.op, [value]) === (expr.op === "or")) return expr.op === "or";
    values.push(value);
  }
  if ("get" in expr) return followed(values[0], expr.path, "value");
  if ("array" in expr) return values.map((value) => value ?? null);
  // fromEntries defines the fields, so a key named __proto__ is a field like any other.
  if ("object" in expr) {
    const entries = Object.keys(expr.object).map((key, i) => [key, values[i]] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
  // Only objects have fields to give: a step whose fields are all bound may follow one that gives a number or null.
  if ("merge" in expr) return Object.fromEntries(values.filter(isPlainObject).flatMap((one) => Object.entries(one)));
  return "op" in expr ? operate(expr.op, values) : values.flatMap(argumentsIn);
}

function argumentsIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new ExpressionFailedError(`the arguments of a func must come as a list, but ${kindOf(value)} came`);
}

function followed(value: unknown, path: Path, name: string): unknown {
  let at = value;
  for (const [i, key] of path.entries()) {
    if (at === undefined || at === null) return undefined;
    if (Array.isArray(at) && typeof key === "number") at = at[key];
    else if (isPlainObject(at)) at = Object.hasOwn(at, key) ? at[key] : undefined;
    else {
      throw new ExpressionFailedError(
        `'${[name, ...path.slice(0, i)].join(".")}' is ${kindOf(at)}, which has no '${key}'`,
      );
    }
  }
  return at;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a Date";
  if (value instanceof Uint8Array) return "binary data";
  return typeof value === "object" ? "an object" : `a ${typeof value} (${shown(value)})`;
}

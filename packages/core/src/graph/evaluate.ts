import { refName } from "./argument-ref.ts";
import type { Expr, Path } from "./expression.ts";
import { shown } from "../language/shown.ts";
import { ExpressionFailedError } from "./graph-errors.ts";
import { operate } from "./operators.ts";

/** Half of what a graph may nest (`GRAPH_DEPTH_MAX`), as every level of an expression is an object and a list in it. */
const DEPTH_MAX = 1_000;

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
  return valueOf(expr, lookup, 0) ?? null;
}

function valueOf(expr: Expr, lookup: (ref: string) => unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) {
    throw new ExpressionFailedError(`an expression nests deeper than ${DEPTH_MAX} levels`);
  }
  if ("const" in expr) return expr.const;
  if ("ref" in expr) {
    const value = lookup(expr.ref);
    return expr.path === undefined ? value : followed(value, expr.path, refName(expr.ref));
  }
  if ("array" in expr) {
    const items: unknown[] = [];
    // A loop, not map(): it would double the stack that a deep expression takes.
    for (const item of expr.array) items.push(valueOf(item, lookup, depth + 1) ?? null);
    return items;
  }
  if ("object" in expr) {
    const entries: [string, unknown][] = [];
    for (const [key, item] of Object.entries(expr.object)) {
      const value = valueOf(item, lookup, depth + 1);
      if (value !== undefined) entries.push([key, value]);
    }
    // fromEntries defines the fields, so a key named __proto__ is a field like any other.
    return Object.fromEntries(entries);
  }
  if ("merge" in expr) {
    // Only objects have fields to give: a step whose fields are all bound may follow one that gives a number or null.
    const objects = expr.merge.map((part) => valueOf(part, lookup, depth + 1)).filter(isPlainObject);
    return Object.fromEntries(objects.flatMap((one) => Object.entries(one)));
  }
  if ("concat" in expr) {
    return expr.concat.flatMap((part) => {
      const value = valueOf(part, lookup, depth + 1);
      if (!Array.isArray(value)) {
        throw new ExpressionFailedError(`the arguments of a func must come as a list, but ${kindOf(value)} came`);
      }
      return value as unknown[];
    });
  }
  if ("op" in expr) {
    if (expr.op === "and" || expr.op === "or") {
      // Stops where it is decided, so that a condition may stand behind the one that makes it safe.
      const last = expr.op === "or";
      for (const arg of expr.args) if (operate(expr.op, [valueOf(arg, lookup, depth + 1)]) === last) return last;
      return !last;
    }
    const args: unknown[] = [];
    for (const arg of expr.args) args.push(valueOf(arg, lookup, depth + 1));
    return operate(expr.op, args);
  }
  return followed(valueOf(expr.get, lookup, depth + 1), expr.path, "value");
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

import { arrayExpr, concatExpr, constExpr, measureOf, mergeExpr } from "./expression.ts";
import type { Expr } from "./expression.ts";

/** Bound fields over the object from above; put together here as far as it is known. */
export function withFields(input: Expr, fields: Expr): Expr {
  if ("const" in input && "const" in fields) {
    const above: unknown = input.const;
    const below = fields.const as object;
    const isObject = typeof above === "object" && above !== null && Object.getPrototypeOf(above) === Object.prototype;
    const [a, b] = [measureOf(input), measureOf(fields)];
    const measure = { parts: a.parts + b.parts, depth: Math.max(a.depth, b.depth) };
    return constExpr(isObject ? { ...above, ...below } : below, measure);
  }
  return mergeExpr([input, fields]);
}

/** What comes from above first, then the bound arguments. */
export function withArguments(input: Expr, last: Expr, open: number): Expr {
  if (open === 0) return last;
  const bound = ("const" in last ? (last.const as readonly unknown[]) : []).map((value) => constExpr(value));
  if (open === 1) return arrayExpr([input, ...bound]);
  return bound.length === 0 ? input : concatExpr([input, last]);
}

/** The list of arguments of a func that has none bound; every other task takes the value as it is. */
export function asArguments(input: Expr, arity: number | undefined): Expr {
  if (arity === 0) return constExpr([]);
  return arity === 1 ? arrayExpr([input]) : input;
}

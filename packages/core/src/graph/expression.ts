import { deeply } from "../collections/deep-call.ts";
import type { DeepCall } from "../collections/deep-call.ts";
import { DECODE_DEPTH_MAX } from "../wire/depth-limits.ts";
import { GraphTooLargeError } from "./graph-errors.ts";

/**
 * Where a value comes from: how the input of a node is put together from constants and results. The one key (beside
 * `path`) tells the kind. See `docs/reference/graph.md` for what each yields.
 */
export type Expr =
  | ConstExpr
  | RefExpr
  | { readonly array: readonly Expr[] }
  | { readonly object: Readonly<Record<string, Expr>> }
  | { readonly merge: readonly Expr[] }
  | { readonly concat: readonly Expr[] }
  | { readonly get: Expr; readonly path: Path }
  | OpExpr;

/** A small computation; `docs/reference/graph.md` has what each yields. */
export interface OpExpr {
  readonly op: Operator;
  readonly args: readonly Expr[];
}
/** Every {@link Operator}. */
export const OPERATORS = [
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "and",
  "or",
  "not",
  "exists",
  "size",
  "chunk",
  "flat",
] as const;
export type Operator = (typeof OPERATORS)[number];

/** A value that is known beforehand. */
export interface ConstExpr {
  readonly const: unknown;
}
/** The input of this level (`$in`) or the result of a node, or what a path leads to in it. */
export interface RefExpr {
  readonly ref: string;
  readonly path?: Path;
}
/** Keys of objects and indexes of lists. */
export type Path = readonly (string | number)[];

/** The reference to the input of the graph at hand: the run's input, or a map's item. */
export const INPUT_REF = "$in";

interface Measure {
  /** References, constants and what holds them; a constant counts with all values in it. */
  readonly parts: number;
  /** Arrays and objects in each other, as it is stored. */
  readonly depth: number;
}
// Made together with the expression, so that asking is O(1) however large the expression is.
const measures = new WeakMap<Expr, Measure>();

function measured<E extends Expr>(expr: E, parts: number, depth: number): E {
  // An attempt carries it as it carries a value.
  if (depth > DECODE_DEPTH_MAX) throw new GraphTooLargeError("an expression", depth, "levels", DECODE_DEPTH_MAX);
  measures.set(expr, { parts, depth });
  return expr;
}

function measuredOver<E extends Expr>(expr: E, inner: readonly Expr[]): E {
  let parts = 1;
  let depth = 0;
  for (const one of inner) {
    const measure = measureOf(one);
    parts += measure.parts;
    depth = Math.max(depth, measure.depth);
  }
  return measured(expr, parts, depth + 2);
}

/** How large an expression is. Only for those made by the functions of this file. */
export function measureOf(expr: Expr): Measure {
  return measures.get(expr) ?? { parts: 1, depth: 2 };
}

/** `parts`: how many values the constant holds; `depth`: how deep they lie in each other. */
export function constExpr(value: unknown, { parts, depth }: Measure = { parts: 1, depth: 1 }): ConstExpr {
  return measured({ const: value }, parts, depth + 1);
}
export function refExpr(ref: string, path: Path = []): RefExpr {
  return measured(path.length === 0 ? { ref } : { ref, path }, 1, 2);
}
export function arrayExpr(items: readonly Expr[]): Expr {
  return measuredOver({ array: items }, items);
}
export function objectExpr(fields: Readonly<Record<string, Expr>>): Expr {
  return measuredOver({ object: fields }, Object.values(fields));
}
export function mergeExpr(parts: readonly Expr[]): Expr {
  return measuredOver({ merge: parts }, parts);
}
export function concatExpr(parts: readonly Expr[]): Expr {
  return measuredOver({ concat: parts }, parts);
}

export function opExpr(op: Operator, ...args: readonly Expr[]): Expr {
  return measuredOver({ op, args }, args);
}

/** What `path` leads to in `expr`; followed at once as far as the shape of the expression is known. */
export function projected(expr: Expr, path: Path): Expr {
  let at = expr;
  for (let i = 0; i < path.length; i++) {
    const key = path[i] as string | number;
    if ("object" in at && Object.hasOwn(at.object, key)) at = at.object[key] as Expr;
    else if ("array" in at && typeof key === "number" && key < at.array.length) at = at.array[key] as Expr;
    else return through(at, path.slice(i));
  }
  return at;
}

function through(expr: Expr, path: Path): Expr {
  if ("ref" in expr) return refExpr(expr.ref, [...(expr.path ?? []), ...path]);
  if ("get" in expr) return measuredOver({ get: expr.get, path: [...expr.path, ...path] }, [expr.get]);
  return measuredOver({ get: expr, path }, [expr]);
}

/** `template` with `value` in the place of its input references. */
export function substituted(template: Expr, value: Expr): Expr {
  return resolved(template, (ref) => (ref === INPUT_REF ? value : undefined));
}

/** `template` with what `valueOf` gives in the place of its references; those for which that is undefined stay. */
export function resolved(template: Expr, valueOf: (ref: string) => Expr | undefined): Expr {
  return deeply(resolving(template, valueOf));
}

function* resolving(template: Expr, valueOf: (ref: string) => Expr | undefined): DeepCall<Expr> {
  if ("const" in template) return template;
  if ("ref" in template) {
    const value = valueOf(template.ref);
    return value === undefined ? template : projected(value, template.path ?? []);
  }
  const parts: Expr[] = [];
  for (const part of partsOf(template)) parts.push((yield resolving(part, valueOf)) as Expr);
  return withParts(template, parts);
}

/** The expression with others in the place of {@link partsOf}. */
function withParts(expr: Exclude<Expr, ConstExpr | RefExpr>, parts: readonly Expr[]): Expr {
  if ("array" in expr) return arrayExpr(parts);
  if ("merge" in expr) return mergeExpr(parts);
  if ("concat" in expr) return concatExpr(parts);
  if ("op" in expr) return measuredOver({ op: expr.op, args: parts }, parts);
  if ("get" in expr) return projected(parts[0] as Expr, expr.path);
  return objectExpr(Object.fromEntries(Object.keys(expr.object).map((key, i) => [key, parts[i] as Expr])));
}

/** The expressions directly inside `expr`. */
export function partsOf(expr: Expr): readonly Expr[] {
  if ("array" in expr) return expr.array;
  if ("object" in expr) return Object.values(expr.object);
  if ("merge" in expr) return expr.merge;
  if ("concat" in expr) return expr.concat;
  if ("get" in expr) return [expr.get];
  if ("op" in expr) return expr.args;
  return [];
}

/** The ids of the nodes that `expr` reads, in the order of their first use. */
export function nodesReadBy(expr: Expr): Set<string> {
  const found = refsIn(expr);
  found.delete(INPUT_REF);
  return found;
}

/** All that `expr` refers to, `$in` among it, in the order of their first use. */
export function refsIn(expr: Expr): Set<string> {
  const found = new Set<string>();
  const open: Expr[] = [expr];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if ("ref" in one) {
      found.add(one.ref);
      continue;
    }
    const parts = partsOf(one);
    for (let i = parts.length - 1; i >= 0; i--) open.push(parts[i] as Expr);
  }
  return found;
}

import { arrayExpr, constExpr, INPUT_REF, measureOf, objectExpr, projected, refExpr } from "../graph/expression.ts";
import type { Expr } from "../graph/expression.ts";
import { MappingInvalidError } from "./build-errors.ts";
import { constantExpr } from "./constant.ts";
import { REFUSED_NAME } from "../wire/value-not-serialisable.ts";

/** Marks a value of type `T` that exists only when the workflow runs. */
export interface Reference<out T> {
  /** For the compiler only. */
  readonly "~value": T;
}

/**
 * A reference whose fields can be read like those of the value; each is another reference. Fields inside what may be
 * missing may be missing, as with `?.`.
 */
export type Ref<T> = Reference<T> & RefFields<T>;

type RefFields<T> = 0 extends 1 & T
  ? { readonly [key: string]: Ref<T> }
  : [NonNullable<T>] extends [string | number | boolean | bigint | Date | Uint8Array]
    ? unknown
    : [NonNullable<T>] extends [readonly unknown[]]
      ? RefItems<NonNullable<T>, Extract<T, null | undefined>>
      : [NonNullable<T>] extends [object]
        ? { readonly [K in keyof NonNullable<T>]-?: Ref<NonNullable<T>[K] | Absent<Extract<T, null | undefined>>> }
        : unknown;
type RefItems<L extends readonly unknown[], Nothing> = number extends L["length"]
  ? { readonly [index: number]: Ref<L[number] | Absent<Nothing>> }
  : { readonly [K in Exclude<keyof L, keyof (readonly unknown[])>]: Ref<L[K] | Absent<Nothing>> };
type Absent<Nothing> = [Nothing] extends [never] ? never : undefined;

/** A `T` in which any part may be a reference. */
export type Mapped<T> = Reference<T> | MappedParts<T>;
type MappedParts<T> = T extends string | number | boolean | bigint | null | undefined | Date | Uint8Array
  ? T
  : T extends object
    ? { readonly [K in keyof T]: Mapped<T[K]> }
    : T;

/** The type of the value that a mapping's result stands for. */
export type ValueOf<E> =
  E extends Reference<infer T>
    ? T
    : E extends string
      ? string
      : E extends number
        ? number
        : E extends boolean
          ? boolean
          : E extends bigint | null | undefined | Date | Uint8Array
            ? E
            : { -readonly [K in keyof E]: ValueOf<E[K]> };

const EXPR = Symbol.for("@arpeggio/core/reference");
const INDEX = /^(0|[1-9]\d{0,8})$/;
/** Asked for by `await` and `JSON.stringify` on any object; as fields they are reached by {@link at}. */
const NOT_FIELDS = new Set<PropertyKey>(["then", "toJSON"]);

function reference(expr: Expr, place: string): object {
  const invalid = (what: string, hint?: string): never => {
    throw new MappingInvalidError(place, what, hint);
  };
  return new Proxy(Object.create(null) as object, {
    get: (_target, key) => {
      if (key === EXPR) return { expr, place };
      if (key === Symbol.toPrimitive) {
        return () => invalid(`uses '${textOf(expr)}' as a string, a number or in a comparison`);
      }
      if (key === Symbol.iterator) {
        return invalid(
          `goes through '${textOf(expr)}', whose length is not known yet`,
          "Use indexes for a tuple, and map() for a list.",
        );
      }
      if (typeof key === "symbol" || NOT_FIELDS.has(key)) return undefined;
      return reference(projected(expr, [INDEX.test(key) ? Number(key) : key]), place);
    },
    has: (_target, key) => key === EXPR || invalid(`asks whether '${textOf(expr)}' has '${String(key)}'`),
    ownKeys: () => invalid(`spreads '${textOf(expr)}', whose fields are not known yet`, "Name the fields one by one."),
    set: () => invalid(`changes '${textOf(expr)}'`, "Give a new object instead."),
    defineProperty: () => invalid(`changes '${textOf(expr)}'`, "Give a new object instead."),
    deleteProperty: () => invalid(`changes '${textOf(expr)}'`, "Give a new object instead."),
  });
}

function textOf(expr: Expr): string {
  return "ref" in expr ? ["x", ...(expr.path ?? [])].join(".") : "x";
}

interface Carried {
  readonly expr: Expr;
  readonly place: string;
}
function carriedBy(value: unknown): Carried | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as { readonly [EXPR]?: Carried })[EXPR];
}

/**
 * The field `key` of a reference, for the two names that cannot be read as a property: `then` and `toJSON`.
 *
 * ```ts
 * plan.select((x) => ({ next: at(x, "then") }));
 * ```
 */
export function at<T, K extends keyof T & (string | number)>(value: Reference<T>, key: K): Ref<T[K]> {
  const carried = carriedBy(value);
  if (carried === undefined) throw new MappingInvalidError("at(…)", "has no reference as its first argument");
  return reference(projected(carried.expr, [key]), carried.place) as Ref<T[K]>;
}

/**
 * Runs a mapping function, once, on a reference to the value it will get; what it gives becomes an expression over `$in`.
 *
 * @throws {@link MappingInvalidError} where the function needs the value itself.
 */
export function mappingTemplate(mapping: (value: never) => unknown, place: string): Expr {
  if (typeof mapping !== "function") throw new MappingInvalidError(place, "is not a function");
  return toExpr(mapping(reference(refExpr(INPUT_REF), place) as never), place, 0);
}

const DEPTH_MAX = 500;

function toExpr(value: unknown, place: string, depth: number): Expr {
  const carried = carriedBy(value);
  if (carried !== undefined) return carried.expr;
  if (depth > DEPTH_MAX)
    throw new MappingInvalidError(place, `gives a value that nests deeper than ${DEPTH_MAX} levels`);
  if (typeof value !== "object" || value === null) return constantExpr(value, `the mapping of ${place}`);
  if (value instanceof Promise) {
    throw new MappingInvalidError(place, "gives a promise", "A mapping runs at once and may not be async.");
  }
  if (!Array.isArray(value) && !isPlainObject(value)) return constantExpr(value, `the mapping of ${place}`);

  const entries = Object.entries(value as Readonly<Record<string, unknown>>).filter(
    ([, item]) => item !== undefined || Array.isArray(value),
  );
  if (!Array.isArray(value) && entries.some(([key]) => key === REFUSED_NAME)) {
    throw new MappingInvalidError(
      place,
      `gives a field '${REFUSED_NAME}'`,
      "No field may have this name: choose another.",
    );
  }
  const exprs = entries.map(([key, item]) => [key, toExpr(item, place, depth + 1)] as const);
  // What holds no reference stays one constant: smaller to store, and nothing to evaluate.
  const constant = constantOf(exprs, Array.isArray(value));
  if (constant !== undefined) return constant;
  return Array.isArray(value) ? arrayExpr(exprs.map(([, expr]) => expr)) : objectExpr(Object.fromEntries(exprs));
}

function constantOf(exprs: readonly (readonly [string, Expr])[], isList: boolean): Expr | undefined {
  const entries: [string, unknown][] = [];
  let parts = 1;
  let depth = 0;
  for (const [key, expr] of exprs) {
    if (!("const" in expr)) return undefined;
    entries.push([key, expr.const]);
    const measure = measureOf(expr);
    parts += measure.parts;
    depth = Math.max(depth, measure.depth);
  }
  return constExpr(isList ? entries.map(([, value]) => value) : Object.fromEntries(entries), { parts, depth });
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

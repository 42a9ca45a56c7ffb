import { arrayExpr, constExpr, INPUT_REF, measureOf, objectExpr, projected, refExpr } from "../graph/expression.ts";
import type { Expr } from "../graph/expression.ts";
import { MappingInvalidError } from "./build-errors.ts";
import { carriedBy, EXPR } from "./carried-expression.ts";
import type { ReferenceOrigin } from "./carried-expression.ts";
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

const INDEX = /^(0|[1-9]\d{0,8})$/;
/** Asked for by `await` and `JSON.stringify` on any object; as fields they are reached by {@link at}. */
const NOT_FIELDS = new Set<PropertyKey>(["then", "toJSON"]);

/** A reference at run time; {@link Ref} has its types. */
export function reference(expr: Expr, origin: ReferenceOrigin): object {
  const invalid = (what: string, hint?: string): never => {
    throw new MappingInvalidError(origin.place, what, hint);
  };
  const name = (): string => textOf(expr, origin);
  return new Proxy(Object.create(null) as object, {
    get: (_target, key) => {
      if (key === EXPR) return { expr, origin };
      if (key === Symbol.toPrimitive) {
        return () => invalid(`uses '${name()}' as a string, a number or in a comparison`);
      }
      if (key === Symbol.iterator) {
        return invalid(
          `goes through '${name()}', whose length is not known yet`,
          "Use indexes for a tuple, and map() for a list.",
        );
      }
      if (typeof key === "symbol" || NOT_FIELDS.has(key)) return undefined;
      return reference(projected(expr, [INDEX.test(key) ? Number(key) : key]), origin);
    },
    has: (_target, key) => key === EXPR || invalid(`asks whether '${name()}' has '${String(key)}'`),
    ownKeys: () => invalid(`spreads '${name()}', whose fields are not known yet`, "Name the fields one by one."),
    set: () => invalid(`changes '${name()}'`, "Give a new object instead."),
    defineProperty: () => invalid(`changes '${name()}'`, "Give a new object instead."),
    deleteProperty: () => invalid(`changes '${name()}'`, "Give a new object instead."),
  });
}

function textOf(expr: Expr, origin: ReferenceOrigin): string {
  if ("ref" in expr) return [origin.nameOf(expr.ref), ...(expr.path ?? [])].join(".");
  return "op" in expr ? `${expr.op}(…)` : origin.nameOf(INPUT_REF);
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
  return reference(projected(carried.expr, [key]), carried.origin) as Ref<T[K]>;
}

/**
 * Runs a mapping function, once, on a reference to the value it will get; what it gives becomes an expression over `$in`.
 *
 * @throws {@link MappingInvalidError} where the function needs the value itself.
 */
export function mappingTemplate(mapping: (value: never) => unknown, place: string): Expr {
  const origin = { place: `the mapping of ${place}`, nameOf: () => "x" };
  if (typeof mapping !== "function") throw new MappingInvalidError(origin.place, "is not a function");
  return templateOf(mapping(reference(refExpr(INPUT_REF), origin) as never), origin);
}

const DEPTH_MAX = 500;

/**
 * A value in which references of `origin` stand, as an expression. `place` begins its messages.
 *
 * @throws {@link MappingInvalidError} for references of another origin and values that no mapping may give,
 * ConstantInvalidError for constants that cannot be stored.
 */
export function templateOf(value: unknown, origin: ReferenceOrigin, place: string = origin.place): Expr {
  return toExpr(value, { origin, place }, 0, "the value");
}

interface Target {
  readonly origin: ReferenceOrigin;
  readonly place: string;
}

function toExpr(value: unknown, target: Target, depth: number, path: string): Expr {
  const carried = carriedBy(value);
  if (carried !== undefined) {
    if (carried.origin !== target.origin) throw foreignReference(target.place, carried.origin);
    return carried.expr;
  }
  const { place } = target;
  if (depth > DEPTH_MAX)
    throw new MappingInvalidError(place, `gives a value that nests deeper than ${DEPTH_MAX} levels`);
  if (typeof value !== "object" || value === null) return constantExpr(value, place, path);
  if (value instanceof Promise) {
    throw new MappingInvalidError(place, "gives a promise", "A mapping runs at once and may not be async.");
  }
  if (!Array.isArray(value) && !isPlainObject(value)) return constantExpr(value, place, path);

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
  const isList = Array.isArray(value);
  const exprs = entries.map(
    ([key, item]) => [key, toExpr(item, target, depth + 1, isList ? `${path}[${key}]` : `${path}.${key}`)] as const,
  );
  // What holds no reference stays one constant: smaller to store, and nothing to evaluate.
  const constant = constantOf(exprs, isList);
  if (constant !== undefined) return constant;
  return isList ? arrayExpr(exprs.map(([, expr]) => expr)) : objectExpr(Object.fromEntries(exprs));
}

/** The error for a reference that has left the function that it was made for. */
export function foreignReference(place: string, origin: ReferenceOrigin): MappingInvalidError {
  return new MappingInvalidError(
    place,
    `reads a reference of ${origin.place}`,
    "A reference has a meaning only inside the function that it was given to. Hand what it stands for on in an input.",
  );
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

import { arrayExpr, constExpr, INPUT_REF, measureOf, objectExpr, projected, refExpr } from "../graph/expression.ts";
import type { Expr } from "../graph/expression.ts";
import { MappingInvalidError } from "./build-errors.ts";
import { shown } from "./shown.ts";
import { isCanvas } from "./canvas-mark.ts";
import { carriedBy, EXPR } from "./carried-expression.ts";
import type { ReferenceOrigin } from "./carried-expression.ts";
import { constantExpr } from "./constant.ts";
import { deeply } from "../collections/deep-call.ts";
import type { DeepCall } from "../collections/deep-call.ts";
import { VALUE_DEPTH_MAX } from "../wire/depth-limits.ts";
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

/** A reference at run time that something has to be made of: a field that was read, or what an operator gives. */
export function readReference(expr: Expr, origin: ReferenceOrigin): object {
  origin.unused.add(expr);
  return reference(expr, origin);
}

/**
 * All that was read has to be used. A function that asks whether a reference is true, or the same as something, goes on as if
 * there were an answer; what it has asked shows as read in vain.
 *
 * @throws {@link MappingInvalidError}
 */
export function checkAllUsed(origin: ReferenceOrigin): void {
  for (const expr of origin.unused) {
    throw new MappingInvalidError(
      origin.place,
      `${"op" in expr ? "computes" : "reads"} '${textOf(expr, origin)}' and does not use it`,
      "There is no value yet: for if, ? :, &&, ||, ! and === a reference is an object, and always true. Choose by .when() or .choose(), compare by eq(), lt() …, combine by and(), or(), not(); do not read what is not needed.",
    );
  }
}

/** A reference at run time; {@link Ref} has its types. */
export function reference(expr: Expr, origin: ReferenceOrigin): object {
  const invalid = (what: string, hint?: string): never => {
    throw new MappingInvalidError(origin.place, what, hint);
  };
  const name = (): string => textOf(expr, origin);
  return new Proxy(Object.create(null) as object, {
    get: (_target, key) => {
      if (key === EXPR) {
        origin.unused.delete(expr);
        return { expr, origin };
      }
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
      origin.unused.delete(expr);
      return readReference(projected(expr, [INDEX.test(key) ? Number(key) : key]), origin);
    },
    // Marks such as that of canvases are looked for in whatever is given.
    has: (_target, key) =>
      key === EXPR || (typeof key !== "symbol" && invalid(`asks whether '${name()}' has '${key}'`)),
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
  return readReference(projected(carried.expr, [key]), carried.origin) as Ref<T[K]>;
}

/**
 * Runs a mapping function, once, on a reference to the value it will get; what it gives becomes an expression over `$in`.
 *
 * @throws {@link MappingInvalidError} where the function needs the value itself.
 */
export function mappingTemplate(mapping: (value: never) => unknown, place: string): Expr {
  const { template, origin } = appliedMapping(mapping, place);
  checkAllUsed(origin);
  return template;
}

/** The same of a mapping by which something is decided: one that gives a constant was meant to look at the value. */
export function decidingTemplate(mapping: (value: never) => unknown, place: string): Expr {
  const { template, origin } = appliedMapping(mapping, place);
  if (!("const" in template)) {
    checkAllUsed(origin);
    return template;
  }
  throw new MappingInvalidError(
    origin.place,
    `always gives ${shown(template.const)}`,
    "It runs once, before there is any data, and === and ! look at the reference itself: compare with eq(), ne(), lt() …, and combine with and(), or(), not().",
  );
}

function appliedMapping(
  mapping: (value: never) => unknown,
  place: string,
): { readonly template: Expr; readonly origin: ReferenceOrigin } {
  const origin: ReferenceOrigin = { place: `the mapping of ${place}`, nameOf: () => "x", unused: new Set() };
  if (typeof mapping !== "function") {
    throw new MappingInvalidError(origin.place, "is not a function", "Give a function such as (x) => x.kind.");
  }
  return { template: templateOf(mapping(reference(refExpr(INPUT_REF), origin) as never), origin), origin };
}

/**
 * A value in which references of `origin` stand, as an expression. `place` begins its messages.
 *
 * @throws {@link MappingInvalidError} for references of another origin and values that no mapping may give,
 * ConstantInvalidError for constants that cannot be stored.
 */
export function templateOf(value: unknown, origin: ReferenceOrigin, place: string = origin.place): Expr {
  return deeply(toExpr(value, { origin, place }, 0, "the value"));
}

interface Target {
  readonly origin: ReferenceOrigin;
  readonly place: string;
}

function* toExpr(value: unknown, target: Target, depth: number, path: string): DeepCall<Expr> {
  const carried = carriedBy(value);
  if (carried !== undefined) {
    if (carried.origin !== target.origin) throw foreignReference(target.place, carried.origin);
    return carried.expr;
  }
  const { place } = target;
  if (depth > VALUE_DEPTH_MAX)
    throw new MappingInvalidError(place, `gives a value that nests deeper than ${VALUE_DEPTH_MAX} levels`);
  if (typeof value !== "object" || value === null) return constantExpr(value, place, path);
  if (isCanvas(value)) {
    throw new MappingInvalidError(
      place,
      "gives a canvas, and not what one comes to",
      "In a flow, step(canvas, input) gives a reference to a result; elsewhere, go on with .pipe(canvas).",
    );
  }
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
  const exprs: (readonly [string, Expr])[] = [];
  for (const [key, item] of entries) {
    const inner = isList ? `${path}[${key}]` : `${path}.${key}`;
    exprs.push([key, (yield toExpr(item, target, depth + 1, inner)) as Expr]);
  }
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

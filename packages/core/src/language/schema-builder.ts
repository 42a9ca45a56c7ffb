import { REFUSED_NAME } from "../wire/value-not-serialisable.ts";
import { SchemaInvalidError } from "./build-errors.ts";
import { shown } from "./shown.ts";
import { checkedOptions } from "./option-check.ts";
import { jsonSchema, KIND_KEYWORD } from "./schema.ts";
import type { JsonSchema, JsonSchemaDocument, ValueKind } from "./schema.ts";

/** What every schema of {@link t} can be given: a sentence for whoever reads the document. */
export interface SchemaNotes {
  readonly description?: string;
}
export interface StringLimits extends SchemaNotes {
  /** In UTF-16 units. */
  readonly minLength?: number;
  readonly maxLength?: number;
  /** A regular expression that must match somewhere in the text. */
  readonly pattern?: string;
}
export interface NumberLimits extends SchemaNotes {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
}
export interface ListLimits extends SchemaNotes {
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
}
export interface ObjectLimits extends SchemaNotes {
  /**
   * Whether fields of other names may be there.
   *
   * @defaultValue `true`: a step is often given more than it reads.
   */
  readonly additionalProperties?: boolean;
}

/** A field that may be left out of {@link t}'s objects. */
export interface OptionalField<out T> {
  readonly optional: JsonSchema<T>;
}

/** What `t.object()` takes: a schema for each field. */
export type ObjectFields = { readonly [key: string]: JsonSchema<unknown> | OptionalField<unknown> };
type TypeOf<S> = S extends JsonSchema<infer T> ? T : S extends OptionalField<infer T> ? T : never;
type OptionalKeys<F> = { [K in keyof F]: F[K] extends OptionalField<unknown> ? K : never }[keyof F];
type ObjectOf<F> = [OptionalKeys<F>] extends [never]
  ? { -readonly [K in keyof F]: TypeOf<F[K]> }
  : Flat<
      { -readonly [K in Exclude<keyof F, OptionalKeys<F>>]: TypeOf<F[K]> } & {
        -readonly [K in OptionalKeys<F>]?: TypeOf<F[K]>;
      }
    >;
type Flat<T> = { [K in keyof T]: T[K] } & {};
/** What a value can be that is known beforehand. */
export type LiteralValue = string | number | boolean | null;

const DESCRIBED = ["description"];
const OF_STRING = ["minLength", "maxLength", "pattern", ...DESCRIBED];
const OF_NUMBER = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", ...DESCRIBED];
const OF_LIST = ["minItems", "maxItems", "uniqueItems", ...DESCRIBED];
const OF_OBJECT = ["additionalProperties", ...DESCRIBED];

/**
 * Builds JSON Schemas together with their types. Each is a Standard Schema, as any library's; it only checks, and neither
 * fills in nor converts.
 *
 * ```ts
 * const Picture = t.object({ key: t.string({ minLength: 1 }), width: t.int(), title: t.optional(t.string()) });
 * type Picture = SchemaOut<typeof Picture>; // { key: string; width: number; title?: string }
 * ```
 *
 * @throws OptionInvalidError for an option that a function does not have, SchemaInvalidError for what is no schema; limits that make no
 * sense are told where the schema is first used.
 */
export const t = {
  string: (limits: StringLimits = {}): JsonSchema<string> => built("string", limits, OF_STRING, { type: "string" }),
  number: (limits: NumberLimits = {}): JsonSchema<number> => built("number", limits, OF_NUMBER, { type: "number" }),
  /** A number without a fraction. */
  int: (limits: NumberLimits = {}): JsonSchema<number> => built("int", limits, OF_NUMBER, { type: "integer" }),
  boolean: (notes: SchemaNotes = {}): JsonSchema<boolean> => built("boolean", notes, DESCRIBED, { type: "boolean" }),
  /** A `Uint8Array`. */
  bytes: (notes: SchemaNotes = {}): JsonSchema<Uint8Array> => builtKind("bytes", notes),
  /** A valid `Date`, not a text. */
  date: (notes: SchemaNotes = {}): JsonSchema<Date> => builtKind("date", notes),
  bigint: (notes: SchemaNotes = {}): JsonSchema<bigint> => builtKind("bigint", notes),
  /** Any value at all. */
  unknown: (notes: SchemaNotes = {}): JsonSchema<unknown> => built("unknown", notes, DESCRIBED, {}),
  /** This very value. */
  literal: <const V extends LiteralValue>(value: V): JsonSchema<V> =>
    new BuiltSchema({ enum: literals("literal", [value]) }),
  /** One of these values. */
  oneOf: <const V extends readonly LiteralValue[]>(...values: V): JsonSchema<V[number]> =>
    new BuiltSchema({ enum: literals("oneOf", values) }),
  /** What any of these schemas accepts. */
  union: <S extends readonly [JsonSchema<unknown>, ...JsonSchema<unknown>[]]>(
    ...schemas: S
  ): JsonSchema<TypeOf<S[number]>> =>
    new BuiltSchema({ anyOf: schemas.map((schema, i) => documentOf(`argument ${i + 1} of t.union()`, schema)) }),
  /** `null`, or what the schema accepts. */
  nullable: <T>(schema: JsonSchema<T>): JsonSchema<T | null> =>
    new BuiltSchema(withNull(documentOf("what t.nullable() is given", schema))),
  /** Of a {@link t} object: a field that may be left out. It may not be `null`, unless it is nullable, too. */
  optional: <T>(schema: JsonSchema<T>): OptionalField<T> => {
    documentOf("what t.optional() is given", schema);
    return Object.freeze({ optional: schema });
  },
  array: <T>(item: JsonSchema<T>, limits: ListLimits = {}): JsonSchema<T[]> =>
    built("array", limits, OF_LIST, { type: "array", items: documentOf("the item of t.array()", item) }),
  /** A list of this very length, with a schema for each place. */
  tuple: <const S extends readonly JsonSchema<unknown>[]>(
    ...items: S
  ): JsonSchema<{ -readonly [K in keyof S]: TypeOf<S[K]> }> =>
    new BuiltSchema({
      type: "array",
      ...(items.length === 0
        ? {}
        : { prefixItems: items.map((item, i) => documentOf(`item ${i} of t.tuple()`, item)) }),
      minItems: items.length,
      maxItems: items.length,
    }),
  /** An object of fields of any name. */
  record: <T>(value: JsonSchema<T>): JsonSchema<Record<string, T>> =>
    new BuiltSchema({ type: "object", additionalProperties: documentOf("the value of t.record()", value) }),
  object: <const F extends ObjectFields>(fields: F, limits: ObjectLimits = {}): JsonSchema<ObjectOf<F>> => {
    const { additionalProperties = true, ...rest } = limits;
    const required = Object.keys(fields).filter((key) => !isOptional(fields[key]));
    const more = additionalProperties ? {} : { additionalProperties: false };
    checkedOptions("the options of t.object()", limits, OF_OBJECT);
    return built("object", rest, OF_OBJECT, { type: "object", properties: propertiesOf(fields), required, ...more });
  },
} as const;

class BuiltSchema<T> implements JsonSchema<T> {
  readonly json: JsonSchemaDocument;
  #standard: JsonSchema<T>["~standard"] | undefined;

  constructor(json: JsonSchemaDocument) {
    this.json = Object.freeze(json);
  }

  // Compiled when it is asked for, as by the task that it is given to: what is only a part of another schema never is.
  get "~standard"(): JsonSchema<T>["~standard"] {
    this.#standard ??= jsonSchema<T>(this.json)["~standard"];
    return this.#standard;
  }
}

function built<T>(name: string, limits: object, known: readonly string[], json: JsonSchemaDocument): JsonSchema<T> {
  return new BuiltSchema({ ...json, ...checkedOptions(`the options of t.${name}()`, limits, known) });
}

function builtKind<T>(kind: ValueKind, notes: SchemaNotes): JsonSchema<T> {
  return built(kind, notes, DESCRIBED, { [KIND_KEYWORD]: kind });
}

function documentOf(what: string, schema: unknown): JsonSchemaDocument {
  const json =
    typeof schema === "object" && schema !== null ? (schema as Partial<JsonSchema<unknown>>).json : undefined;
  if (typeof json === "object" && json !== null) return json;
  throw new SchemaInvalidError(
    `${what} is ${isOptional(schema) ? "t.optional(), which is for fields of t.object() only" : `${shown(schema)}, not a schema of t or jsonSchema()`}`,
  );
}

function isOptional(field: unknown): field is OptionalField<unknown> {
  return typeof field === "object" && field !== null && "optional" in field;
}

function propertiesOf(fields: ObjectFields): JsonSchemaDocument {
  if (typeof fields !== "object" || fields === null)
    throw new SchemaInvalidError(`t.object() is given ${shown(fields)}, not an object of schemas`);
  const entries = Object.entries(fields).map(([key, field]) => {
    if (key === REFUSED_NAME)
      throw new SchemaInvalidError(`t.object() has a field '${key}', which no field may be called`);
    return [key, documentOf(`field '${key}' of t.object()`, isOptional(field) ? field.optional : field)] as const;
  });
  return Object.fromEntries(entries);
}

function literals(name: string, values: readonly unknown[]): readonly unknown[] {
  const wrong = values.find((value) => value !== null && !["string", "number", "boolean"].includes(typeof value));
  if (values.length > 0 && wrong === undefined && !values.includes(undefined)) return [...new Set(values)];
  throw new SchemaInvalidError(
    `t.${name}() is given ${values.length === 0 ? "nothing" : shown(wrong)}, not a text, number, boolean or null`,
  );
}

/** The simplest way to say it, as messages are made of it. */
function withNull(json: JsonSchemaDocument): JsonSchemaDocument {
  const { type, enum: values } = json;
  if (Array.isArray(values)) return { ...json, enum: [...new Set([...(values as unknown[]), null])] };
  if (typeof type === "string") return { ...json, type: [type, "null"] };
  return { anyOf: [json, { type: "null" }] };
}

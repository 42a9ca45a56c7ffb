import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import type { DataValidateFunction } from "ajv/dist/types/index.js";
import { SchemaInvalidError } from "./build-errors.ts";
import { shown } from "./shown.ts";

/** A schema of any make that speaks Standard Schema: zod, valibot, arktype …, or {@link jsonSchema}. */
export type AnySchema = StandardSchemaV1<unknown, unknown>;
/** What a schema accepts. */
export type SchemaIn<S extends AnySchema> = StandardSchemaV1.InferInput<S>;
/** What it makes of it. */
export type SchemaOut<S extends AnySchema> = StandardSchemaV1.InferOutput<S>;

export type JsonSchemaDocument = Readonly<Record<string, unknown>>;

/** A JSON Schema as a Standard Schema. */
export interface JsonSchema<T> {
  /** The document itself, which graphs keep. */
  readonly json: JsonSchemaDocument;
  /** The two interfaces by which other libraries use it: Standard Schema, and Standard JSON Schema. */
  readonly "~standard": StandardSchemaV1.Props<T, T> & StandardJSONSchemaV1.Props<T, T>;
}

/** Of values with more parts than this only the first issue is told: the time that it takes to find all grows with their square. */
const PARTS_MAX = 1_000;

const TARGET = "draft-2020-12";

/** The word for values that JSON does not have: `{ "x-arpeggio": "bytes" }`. Other readers of the document take no notice of it. */
export const KIND_KEYWORD = "x-arpeggio";
export type ValueKind = keyof typeof kinds;

const kinds = {
  bytes: { is: (value: unknown) => value instanceof Uint8Array, message: "must be a Uint8Array" },
  date: {
    is: (value: unknown) => value instanceof Date && !Number.isNaN(value.getTime()),
    message: "must be a valid Date",
  },
  bigint: { is: (value: unknown) => typeof value === "bigint", message: "must be a bigint" },
} as const;

/**
 * A compiler keeps every document that it has been given, and every signal to a run has the schema of its graph compiled: after so
 * many there is a new one, and the old one goes with the last of its schemas. Making one takes as long as some dozens of documents.
 */
const DOCUMENTS_MAX = 1_000;

/** Turns documents into functions. Made at the first use: a program that has no JSON schemas does not pay for it. */
class Compiler {
  readonly #allErrors: boolean;
  #ajv: Ajv2020 | undefined;
  #documents = 0;

  constructor({ allErrors }: { readonly allErrors: boolean }) {
    this.#allErrors = allErrors;
  }

  compiled(json: JsonSchemaDocument): ValidateFunction {
    if (this.#ajv === undefined || ++this.#documents > DOCUMENTS_MAX) {
      this.#ajv = newAjv(this.#allErrors);
      this.#documents = 0;
    }
    const ajv = this.#ajv;
    try {
      return ajv.compile(json);
    } finally {
      // Two documents may have the same $id: neither should be kept under it.
      if (typeof json?.["$id"] === "string") ajv.removeSchema(json["$id"]);
    }
  }
}
const firstIssue = new Compiler({ allErrors: false });
const allIssues = new Compiler({ allErrors: true });

function newAjv(allErrors: boolean): Ajv2020 {
  const compiler = new Ajv2020({
    allErrors,
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    validateFormats: false,
  });
  compiler.addKeyword({
    keyword: KIND_KEYWORD,
    metaSchema: { enum: Object.keys(kinds) },
    compile: (kind: ValueKind) => {
      const { is, message } = kinds[kind];
      const check: DataValidateFunction = (value: unknown) => {
        check.errors = [{ keyword: KIND_KEYWORD, message, params: {} }];
        return is(value);
      };
      return check;
    },
  });
  return compiler;
}

/**
 * A JSON Schema (draft 2020-12) for `T`. It only checks: no defaults, no coercion; `format` is not checked.
 * Of a value of more than 1,000 parts only the first issue is told.
 *
 * ```ts
 * const Page = jsonSchema<{ url: string }>({ type: "object", properties: { url: { type: "string" } }, required: ["url"] });
 * ```
 *
 * @throws SchemaInvalidError if the document is not a valid JSON Schema.
 */
export function jsonSchema<T>(json: JsonSchemaDocument): JsonSchema<T> {
  let isValid: ValidateFunction;
  try {
    isValid = firstIssue.compiled(json);
  } catch (cause) {
    throw new SchemaInvalidError(`not a JSON Schema: ${cause instanceof Error ? cause.message : shown(cause)}`, {
      cause,
    });
  }
  let thorough: ValidateFunction | undefined;
  const issuesOf = (value: unknown): readonly StandardSchemaV1.Issue[] => {
    if (isValid(value)) return [];
    if (hasMoreParts(value, PARTS_MAX)) return (isValid.errors ?? []).map(issueOf);
    thorough ??= allIssues.compiled(json);
    thorough(value);
    return (thorough.errors ?? []).map(issueOf);
  };
  const document = ({ target }: StandardJSONSchemaV1.Options): Record<string, unknown> => {
    if (target === TARGET) return { ...json };
    throw new SchemaInvalidError(`a JSON Schema is written for ${TARGET}, not for ${target}`);
  };
  return Object.freeze({
    json,
    "~standard": {
      version: 1 as const,
      vendor: "arpeggio",
      validate(value: unknown) {
        const issues = issuesOf(value);
        return issues.length === 0 ? { value: value as T } : { issues };
      },
      jsonSchema: { input: document, output: document },
    },
  });
}

function hasMoreParts(value: unknown, max: number): boolean {
  const open: unknown[] = [value];
  for (let parts = 0; open.length > 0; parts++) {
    if (parts + open.length > max) return true;
    const one = open.pop();
    if (typeof one !== "object" || one === null || one instanceof Uint8Array) continue;
    const inner: readonly unknown[] = Array.isArray(one) ? one : Object.values(one);
    if (inner.length > max) return true;
    for (const part of inner) open.push(part);
  }
  return false;
}

function issueOf(error: ErrorObject): StandardSchemaV1.Issue {
  const path = error.instancePath
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const params = error.params as {
    missingProperty?: string;
    additionalProperty?: string;
    allowedValues?: readonly unknown[];
  };
  if (error.keyword === "required" && params.missingProperty !== undefined) {
    return { message: "is missing", path: [...path, params.missingProperty] };
  }
  if (error.keyword === "additionalProperties" && params.additionalProperty !== undefined) {
    return { message: "is not known", path: [...path, params.additionalProperty] };
  }
  if (error.keyword === "enum") {
    const [only, ...others] = params.allowedValues ?? [];
    return { message: `must be ${others.length === 0 ? shown(only) : `one of ${shown(params.allowedValues)}`}`, path };
  }
  return { message: error.message ?? "is not valid", path };
}

/** `schema` itself. @throws {@link SchemaInvalidError} if it does not speak Standard Schema. */
export function checkedSchema(what: string, schema: unknown): AnySchema {
  // Some makes (arktype) are functions with the property.
  const standard =
    (typeof schema === "object" && schema !== null) || typeof schema === "function"
      ? (schema as Partial<AnySchema>)["~standard"]
      : undefined;
  if (typeof standard?.validate !== "function")
    throw new SchemaInvalidError(`${what} is ${shown(schema)}, not a schema`);
  return schema as AnySchema;
}

/** The JSON Schema of what a schema accepts, where it can tell it. */
export function jsonSchemaOf(schema: AnySchema): JsonSchemaDocument | undefined {
  if ("json" in schema && typeof schema.json === "object" && schema.json !== null)
    return schema.json as JsonSchemaDocument;
  const { jsonSchema: converter } = schema["~standard"] as Partial<StandardJSONSchemaV1.Props>;
  try {
    return converter?.input({ target: TARGET });
  } catch {
    // It has parts that JSON Schema cannot say; the run time check has them all the same.
    return undefined;
  }
}

import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import { SchemaInvalidError, shown } from "./build-errors.ts";

/** A schema of any make that speaks Standard Schema: zod, valibot, arktype …, or {@link jsonSchema}. */
export type AnySchema = StandardSchemaV1<unknown, unknown>;
/** What a schema accepts. */
export type SchemaIn<S extends AnySchema> = StandardSchemaV1.InferInput<S>;
/** What it makes of it. */
export type SchemaOut<S extends AnySchema> = StandardSchemaV1.InferOutput<S>;

export type JsonSchemaDocument = Readonly<Record<string, unknown>>;

/** A JSON Schema as a Standard Schema. */
export interface JsonSchema<T> extends StandardSchemaV1<T, T> {
  /** The document itself, which graphs keep. */
  readonly json: JsonSchemaDocument;
}

let ajv: Ajv2020 | undefined;

/**
 * A JSON Schema (draft 2020-12) for `T`. It only checks: no defaults, no coercion; `format` is not checked.
 *
 * ```ts
 * const Page = jsonSchema<{ url: string }>({ type: "object", properties: { url: { type: "string" } }, required: ["url"] });
 * ```
 *
 * @throws SchemaInvalidError if the document is not a valid JSON Schema.
 */
export function jsonSchema<T>(json: JsonSchemaDocument): JsonSchema<T> {
  // Made at the first use: a program that has no JSON schemas does not pay for it.
  ajv ??= new Ajv2020({
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    validateFormats: false,
  });
  const compiler = ajv;
  let validator: ValidateFunction;
  try {
    validator = compiler.compile(json);
  } catch (cause) {
    throw new SchemaInvalidError(`not a JSON Schema: ${cause instanceof Error ? cause.message : shown(cause)}`, {
      cause,
    });
  } finally {
    // Two documents may have the same $id: neither should be kept under it.
    if (typeof json?.["$id"] === "string") compiler.removeSchema(json["$id"]);
  }
  return Object.freeze({
    json,
    "~standard": {
      version: 1 as const,
      vendor: "arpeggio",
      validate: (value: unknown) =>
        validator(value) ? { value: value as T } : { issues: (validator.errors ?? []).map(issueOf) },
    },
  });
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
  if (error.keyword === "enum") return { message: `must be one of ${shown(params.allowedValues)}`, path };
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
    return converter?.input({ target: "draft-2020-12" });
  } catch {
    // It has parts that JSON Schema cannot say; the run time check has them all the same.
    return undefined;
  }
}

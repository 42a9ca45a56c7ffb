import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { AnySchema } from "./schema.ts";
import type { TaskDefinition } from "./task-definition.ts";

/** One thing wrong with a value. */
export interface Issue {
  /** The field, e.g. `pages[3].url`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}

/** The value as the schema made it (with defaults and transformations), or what is wrong with it. */
export type Validation<T = unknown> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * Checks a task's input by its schema; without one, every value is valid. A promise only where the schema gives one.
 * Never throws: a schema that throws is an issue.
 */
export function validateTaskInput(task: TaskDefinition, value: unknown): Validation | Promise<Validation> {
  return validated(task.inputSchema, value);
}

/** The same for a task's output. */
export function validateTaskOutput(task: TaskDefinition, value: unknown): Validation | Promise<Validation> {
  return validated(task.outputSchema, value);
}

/** The same for the input of a compiled workflow. */
export function validateInput(
  workflow: { readonly inputSchema?: AnySchema },
  value: unknown,
): Validation | Promise<Validation> {
  return validated(workflow.inputSchema, value);
}

/** Issues as one line: `pages[3].url is missing; must be an object`. */
export function issuesText(issues: readonly Issue[]): string {
  return issues.map((issue) => (issue.path === "" ? issue.message : `${issue.path} ${issue.message}`)).join("; ");
}

function validated(schema: AnySchema | undefined, value: unknown): Validation | Promise<Validation> {
  if (schema === undefined) return { ok: true, value };
  try {
    const result = schema["~standard"].validate(value);
    return result instanceof Promise ? result.then(validationOf, thrown) : validationOf(result);
  } catch (error) {
    return thrown(error);
  }
}

function validationOf(result: StandardSchemaV1.Result<unknown>): Validation {
  if (result.issues === undefined) return { ok: true, value: result.value };
  return {
    ok: false,
    issues: result.issues.map((issue) => ({ path: pathText(issue.path ?? []), message: issue.message })),
  };
}

function thrown(error: unknown): Validation {
  return {
    ok: false,
    issues: [{ path: "", message: `the schema threw: ${error instanceof Error ? error.message : String(error)}` }],
  };
}

function pathText(path: readonly (PropertyKey | StandardSchemaV1.PathSegment)[]): string {
  let text = "";
  for (const segment of path) {
    const key = typeof segment === "object" ? segment.key : segment;
    if (typeof key === "number" || (typeof key === "string" && /^\d+$/.test(key))) text += `[${key}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text;
}

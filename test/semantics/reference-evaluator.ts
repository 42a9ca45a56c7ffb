import type { Canvas, Expr, TaskContext, TaskDefinition } from "@arpeggio/core";
import { formOf } from "../../packages/core/src/language/canvas-value.ts";
import type { Form } from "../../packages/core/src/language/form.ts";

/**
 * What a canvas means, said in the plainest way: a recursive walk over the canvas itself that calls the handlers one after
 * another. It shares nothing with the compiler, the graph's evaluation or the engine, so that they can be held against it.
 *
 * Every task is tried once. It rejects with what the first failing handler threw; a settled item's failure is what
 * `failureOf` makes of that.
 */
export async function evaluateCanvas(
  canvas: Canvas<never, unknown>,
  input: unknown,
  failureOf: (error: unknown) => unknown = (error) => ({ message: (error as Error).message }),
): Promise<unknown> {
  return valueOf(formOf(canvas), input, failureOf, undefined);
}

type FailureOf = (error: unknown) => unknown;

/** `last`: arguments that wrappers further out have bound to the func inside. */
async function valueOf(form: Form, input: unknown, failureOf: FailureOf, last: Bound | undefined): Promise<unknown> {
  const inner = (body: Form, value: unknown) => valueOf(body, value, failureOf, undefined);
  switch (form.kind) {
    case "options":
    case "name":
    case "workflow":
      return valueOf(form.body, input, failureOf, last);
    case "ignore":
      return valueOf(form.body, constant(form.value), failureOf, last);
    case "bound":
      return valueOf(
        form.body,
        { ...(isObject(input) ? input : {}), ...(constant(form.fields) as object) },
        failureOf,
        last,
      );
    case "arguments":
      return valueOf(form.body, input, failureOf, { open: form.open, values: constant(form.last) as unknown[] });
    case "select":
      return substitute(form.template, input) ?? null;
    case "task":
      return call(form.task, form.task.arity === undefined ? input : argumentsOf(form.task.arity, input, last));
    case "chain": {
      let value = input;
      for (const step of form.steps) value = await inner(step, value);
      return value;
    }
    case "group": {
      const results: unknown[] = [];
      for (const member of form.members) results.push(await inner(member, input));
      return form.keys ? Object.fromEntries(form.keys.map((key, i) => [key, results[i]])) : results;
    }
    case "map": {
      if (!Array.isArray(input)) throw new TypeError("map() needs a list");
      const results: unknown[] = [];
      for (const item of input as unknown[]) {
        results.push(await (form.settle ? settled(() => inner(form.body, item), failureOf) : inner(form.body, item)));
      }
      return results;
    }
  }
}

interface Bound {
  readonly open: number;
  readonly values: readonly unknown[];
}

/** The arguments of a func: from above come all that are not bound, as a list unless it is one. */
function argumentsOf(arity: number, input: unknown, bound: Bound | undefined): unknown {
  const { open, values } = bound ?? { open: arity, values: [] };
  if (open === 0) return values;
  return [...(open === 1 ? [input] : (input as unknown[])), ...values];
}

async function settled(run: () => Promise<unknown>, failureOf: FailureOf): Promise<unknown> {
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    return { ok: false, error: failureOf(error) };
  }
}

async function call(task: TaskDefinition, input: unknown): Promise<unknown> {
  if (task.handler === undefined) throw new Error(`task '${task.name}' has no code here`);
  const checked = await checkedBy(task.inputSchema, structuredClone(input));
  const result = await task.handler(checked, context(task.name));
  return structuredClone(await checkedBy(task.outputSchema, result)) ?? null;
}

async function checkedBy(schema: TaskDefinition["inputSchema"], value: unknown): Promise<unknown> {
  if (schema === undefined) return value;
  const result = await schema["~standard"].validate(value);
  if (result.issues !== undefined) throw new TypeError(result.issues.map((issue) => issue.message).join("; "));
  return result.value;
}

function context(task: string): TaskContext {
  return {
    runId: "reference",
    nodeId: task,
    task,
    attempt: 1,
    signal: new AbortController().signal,
    idempotencyKey: `reference/${task}`,
    labels: {},
    log: () => {},
    progress: () => {},
  };
}

/** The value of a mapping's template: `$in` is the value that it maps. */
function substitute(expr: Expr, value: unknown): unknown {
  if ("const" in expr) return expr.const;
  if ("ref" in expr) return (expr.path ?? []).reduce((at: unknown, key) => (at as never)?.[key], value);
  if ("array" in expr) return expr.array.map((item) => substitute(item, value) ?? null);
  if ("object" in expr) {
    const entries = Object.entries(expr.object).map(([key, item]) => [key, substitute(item, value)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  }
  throw new Error(`a mapping cannot make ${Object.keys(expr).join()}`);
}

function constant(expr: Expr): unknown {
  return substitute(expr, undefined);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

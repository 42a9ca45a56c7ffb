import type { AnyCanvas, In, NameOf, Out } from "./any-canvas.ts";
import { BindingInvalidError } from "./build-errors.ts";
import { shown } from "./shown.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas } from "./canvas-value.ts";
import type { AnySchema, SchemaIn, SchemaOut } from "./schema.ts";
import type { TaskOptions } from "./step-options.ts";
import type { StorableGuard, Stored } from "./storable.ts";
import type { Handler, TaskContext } from "./task-context.ts";
import type { TaskDefinition } from "./task-definition.ts";
import { taskDefinition, TaskValue } from "./task-value.ts";

/** A named function with options: a canvas of one step. Made by {@link task}, `contract` and `implement`. */
export interface Task<out N extends string, in I, out O> extends Canvas<I, O, N> {
  readonly taskName: N;
  readonly definition: TaskDefinition;
  /**
   * This task with some fields of its input given; the rest comes from the step before. Given fields are laid over what
   * comes. With all fields given it needs no input.
   *
   * ```ts
   * chain(download, resize.s({ width: 300 }));
   * ```
   *
   * @throws BindingInvalidError, ConstantInvalidError
   */
  s<Self extends AnyCanvas, const P extends GivenFields<P, In<Self>, NameOf<Self>>>(
    this: Self,
    fields: P,
  ): Canvas<RestOf<In<Self>, keyof P>, Out<Self>, NameOf<Self>>;
}

type GivenFields<P, I, N extends string> = {
  readonly [K in keyof P]: K extends keyof I ? I[K] : `✖ '${N}' has no input '${K & string}'`;
};
type RestOf<I, Given> = [Exclude<keyof I, Given>] extends [never]
  ? unknown
  : { [K in keyof I as K extends Given ? never : K]: I[K] };

/** A task together with its code: what a worker is given. */
export interface LocalTask<out N extends string, in I, out O> extends Task<N, I, O> {
  readonly definition: TaskDefinition & { readonly handler: (input: unknown, ctx: TaskContext) => unknown };
}

/** Any task with its types forgotten. */
export interface AnyTask extends AnyCanvas {
  readonly taskName: string;
  readonly definition: TaskDefinition;
}

/** Any task that has its code. */
export interface AnyLocalTask extends AnyTask {
  readonly definition: TaskDefinition & { readonly handler: (input: unknown, ctx: TaskContext) => unknown };
}

/** Stands for a schema that was not given. */
export interface NoSchema {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: "none";
    readonly validate: never;
    readonly types?: { readonly input: unknown; readonly output: unknown };
  };
}

/** Options and schemas of a task. */
export interface TaskSpec<IS extends AnySchema, OS extends AnySchema> extends TaskOptions {
  /** Checked before the handler runs, which gets what the schema makes of it. A value that does not fit fails the node for good. */
  readonly input?: IS;
  /** Checked after the handler; the result is what the schema makes of it. */
  readonly output?: OS;
}

// The whole handler is conditional, not the type of its result: inference then sees `I` and `O` in one branch, and the
// other types what is returned by the schema, so that literals stay literals.
type HandlerFor<N extends string, IS, OS, I, O> = NoSchema extends IS
  ? NoSchema extends OS
    ? Handler<I, O> & StorableGuard<N, I, O>
    : Handler<I, OS extends AnySchema ? SchemaIn<OS> : never>
  : IS extends AnySchema
    ? NoSchema extends OS
      ? Handler<SchemaOut<IS>, O> & StorableGuard<N, SchemaIn<IS>, O>
      : Handler<SchemaOut<IS>, OS extends AnySchema ? SchemaIn<OS> : never>
    : never;
type InputOf<IS extends AnySchema, I> = NoSchema extends IS ? I : SchemaIn<IS>;
type OutputOf<OS extends AnySchema, O> = NoSchema extends OS ? Stored<O> : SchemaOut<OS>;

/**
 * A task: a name by which workers know it, and its code. Types come from the function's own annotations.
 *
 * ```ts
 * const download = task("file.download", async (input: { url: string }, ctx) => {
 *   const response = await fetch(input.url, { signal: ctx.signal });
 *   return { bytes: new Uint8Array(await response.arrayBuffer()) };
 * });
 * ```
 *
 * The name is stored in every run that uses it: choose it, and keep it.
 *
 * @throws TaskNameInvalidError
 */
export function task<const N extends string, I, O>(
  name: N,
  handler: Handler<I, O> & StorableGuard<N, I, O>,
): LocalTask<N, I, Stored<O>>;
/**
 * A task with options, and schemas that check its input and output.
 *
 * ```ts
 * const resize = task("image.resize", { input: ResizeInput, queue: "cpu", timeout: "30s", retry: 3 }, async ({ path, width }) => …);
 * ```
 *
 * @throws TaskNameInvalidError, OptionInvalidError, SchemaInvalidError
 */
export function task<const N extends string, I, O, IS extends AnySchema = NoSchema, OS extends AnySchema = NoSchema>(
  name: N,
  spec: TaskSpec<IS, OS>,
  handler: HandlerFor<N, IS, OS, I, O>,
): LocalTask<N, InputOf<IS, I>, OutputOf<OS, O>>;
export function task(name: string, ...rest: readonly unknown[]): unknown {
  const [spec, handler] = rest.length < 2 ? [{}, rest[0]] : rest;
  const definition = taskDefinition(name, spec as TaskOptions);
  return asCanvas(new TaskValue({ ...definition, handler: checkedHandler(name, handler) }));
}

/** @throws {@link BindingInvalidError} if the code of a task is not a function. */
export function checkedHandler(name: string, handler: unknown): (input: unknown, ctx: TaskContext) => unknown {
  if (typeof handler !== "function")
    throw new BindingInvalidError(
      `the code of task '${name}' is ${shown(handler)}, not a function`,
      "The code comes last: task(name, function), task(name, options, function), func(name, function), implement(contract, function).",
    );
  return handler as (input: unknown, ctx: TaskContext) => unknown;
}

import { CanvasExpectedError } from "./build-errors.ts";
import { asCanvas } from "./canvas-value.ts";
import type { AnySchema, SchemaIn, SchemaOut } from "./schema.ts";
import type { TaskOptions } from "./step-options.ts";
import type { Handler } from "./task-context.ts";
import { checkedHandler } from "./task.ts";
import type { LocalTask, Task } from "./task.ts";
import { taskDefinition, TaskValue } from "./task-value.ts";

/** A task without its code: what a service needs in order to use it in a canvas. */
export interface Contract<out N extends string, IS extends AnySchema, OS extends AnySchema> extends Task<
  N,
  SchemaIn<IS>,
  SchemaOut<OS>
> {
  /** For the compiler only. */
  readonly "~schemas": readonly [IS, OS];
}

/** Options and both schemas of a contract. */
export interface ContractSpec<IS extends AnySchema, OS extends AnySchema> extends TaskOptions {
  readonly input: IS;
  readonly output: OS;
}

/**
 * A task's name, schemas and options, without its code. Put contracts where both the services that call a task and the
 * workers that run it can import them; the worker adds the code by {@link implement}.
 *
 * ```ts
 * export const exif = contract("image.exif", { input: PictureKey, output: Exif, queue: "cpu" });
 * ```
 *
 * @throws TaskNameInvalidError, OptionInvalidError, SchemaInvalidError
 */
export function contract<const N extends string, IS extends AnySchema, OS extends AnySchema>(
  name: N,
  spec: ContractSpec<IS, OS>,
): Contract<N, IS, OS> {
  return asCanvas(new TaskValue(taskDefinition(name, spec)));
}

/**
 * The code of a contract, for a worker. It is a task, and usable in a canvas, too.
 *
 * ```ts
 * export const exifTask = implement(exif, async ({ key }) => readExif(key));
 * ```
 *
 * @throws CanvasExpectedError if the first is no contract; BindingInvalidError if the second is no function.
 */
export function implement<const N extends string, IS extends AnySchema, OS extends AnySchema>(
  of: Contract<N, IS, OS>,
  handler: Handler<SchemaOut<IS>, SchemaIn<OS>>,
): LocalTask<N, SchemaIn<IS>, SchemaOut<OS>> {
  const definition = (of as Partial<typeof of> | undefined | null)?.definition;
  if (definition === undefined) throw new CanvasExpectedError("what implement() is given", of);
  return asCanvas(new TaskValue({ ...definition, handler: checkedHandler(definition.name, handler) }));
}

import { issuesText, validateTaskInput, validateTaskOutput } from "@arpeggio/core";
import type { TaskDefinition, Validation } from "@arpeggio/core";
import type { AttemptContext } from "./attempt-context.ts";
import { andThen } from "./maybe-promise.ts";
import type { MaybePromise } from "./maybe-promise.ts";
import {
  DuplicateTaskError,
  TaskInputInvalidError,
  TaskOutputInvalidError,
  TaskWithoutHandlerError,
} from "./worker-errors.ts";

/** A task that this worker can run. */
export interface RegisteredTask {
  readonly name: string;
  /** How many arguments a func takes; absent in every other task. */
  readonly arity?: number;
  /** The handler's result, checked by the output schema. Throws and rejects as the handler does. */
  run(input: unknown, context: AttemptContext): MaybePromise<unknown>;
}

/** The tasks of a worker by their names. */
export class TaskRegistry {
  readonly #tasks = new Map<string, { readonly definition: TaskDefinition; readonly registered: RegisteredTask }>();

  /**
   * Adds a task; adding the same one again does nothing. Returns whether it is new.
   *
   * @throws {@link DuplicateTaskError} when another task has its name.
   * @throws {@link TaskWithoutHandlerError} for a contract.
   */
  add(definition: TaskDefinition): boolean {
    const { name, handler } = definition;
    if (handler === undefined) throw new TaskWithoutHandlerError(name);
    const known = this.#tasks.get(name)?.definition;
    if (known !== undefined) {
      if (known.handler !== handler) throw new DuplicateTaskError(name);
      return false;
    }
    this.#tasks.set(name, { definition, registered: registered(definition, handler) });
    return true;
  }

  get(name: string): RegisteredTask | undefined {
    return this.#tasks.get(name)?.registered;
  }

  names(): readonly string[] {
    return [...this.#tasks.keys()];
  }
}

function registered(definition: TaskDefinition, handler: NonNullable<TaskDefinition["handler"]>): RegisteredTask {
  const { name, arity, inputSchema, outputSchema } = definition;
  const what = arity === undefined ? { name } : { name, arity };
  const call = (input: unknown, context: AttemptContext): MaybePromise<unknown> => {
    const output = handler(input, context);
    return isThenable(output) ? Promise.resolve(output) : output;
  };
  const checked =
    inputSchema === undefined
      ? call
      : (input: unknown, context: AttemptContext) =>
          andThen(validateTaskInput(definition, input), (result) =>
            call(
              valueOf(result, (issues) => new TaskInputInvalidError(name, issues)),
              context,
            ),
          );
  if (outputSchema === undefined) return { ...what, run: checked };
  return {
    ...what,
    run: (input, context) =>
      andThen(checked(input, context), (output) => {
        // The schema is the result's: what takes the place of one is another thing.
        if (context.replyIn(output) !== undefined) return output;
        return andThen(validateTaskOutput(definition, output), (result) =>
          valueOf(result, (issues) => new TaskOutputInvalidError(name, issues)),
        );
      }),
  };
}

function valueOf(result: Validation, error: (issues: string) => Error): unknown {
  if (result.ok) return result.value;
  throw error(issuesText(result.issues));
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

import type { AnyCanvas } from "./any-canvas.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas } from "./canvas-value.ts";
import type { StorableGuard, Stored } from "./storable.ts";
import type { TaskContext } from "./task-context.ts";
import type { TaskDefinition } from "./task-definition.ts";
import { PermanentTaskError } from "./task-errors.ts";
import { checkedHandler } from "./task.ts";
import { taskDefinition, TaskValue } from "./task-value.ts";
import { shown } from "./shown.ts";

/**
 * A task made of a plain function of several arguments. Unbound it takes the list of them from above; one argument is the
 * value itself.
 */
export interface Func<out N extends string, A extends readonly unknown[], out O> extends Canvas<FuncInput<A>, O, N> {
  readonly taskName: N;
  readonly definition: TaskDefinition & { readonly handler: (input: unknown, ctx: TaskContext) => unknown };
  /** For the compiler only. */
  readonly "~arguments": A;
  /**
   * Gives the last arguments; the step before gives the first.
   *
   * ```ts
   * chain(add.s(2, 2), add.s(4)); // (2 + 2) + 4
   * ```
   *
   * @throws BindingInvalidError, ConstantInvalidError
   */
  s<const B extends Tails<A>>(...last: B): Canvas<FuncInput<FirstOf<A, B>>, O, N>;
}

/** Any func with its types forgotten. */
export interface AnyFunc extends AnyCanvas {
  readonly "~arguments": readonly unknown[];
}

type FuncInput<A extends readonly unknown[]> = A extends readonly []
  ? unknown
  : A extends readonly [infer Only]
    ? Only
    : Readonly<A>;
type Tails<A extends readonly unknown[]> = A extends readonly [unknown, ...infer Rest] ? A | Tails<Rest> : A;
type FirstOf<A extends readonly unknown[], B extends readonly unknown[]> = A extends readonly [
  ...infer First,
  ...{ [K in keyof B]: unknown },
]
  ? First
  : never;

type IsUnion<T, All = T> = T extends unknown ? ([All] extends [T] ? false : true) : never;
type FixedArity<N extends string, A extends readonly unknown[]> = number extends A["length"]
  ? `✖ func '${N}' has a rest parameter: take one list instead`
  : IsUnion<A["length"]> extends true
    ? `✖ func '${N}' has an optional parameter: every argument is needed to tell which come from above`
    : unknown;

/**
 * A task from a function of several arguments, for Celery's partials: `add.s(2)`.
 *
 * ```ts
 * const add = func("math.add", (a: number, b: number) => a + b);
 * ```
 *
 * Options come by `.with({ … })`; a task that needs its context takes one input value and is made by `task`.
 *
 * @throws TaskNameInvalidError
 */
export function func<const N extends string, A extends readonly unknown[], O>(
  name: N,
  fn: ((...args: A) => O | Promise<O>) & StorableGuard<N, A, O> & FixedArity<N, A>,
): Func<N, A, Stored<O>> {
  const definition = taskDefinition(name, {});
  checkedHandler(name, fn);
  const call = fn as (...args: unknown[]) => unknown;
  const handler = (args: unknown): unknown => {
    if (!Array.isArray(args) || args.length !== call.length) {
      throw new PermanentTaskError(`func '${name}' takes a list of ${call.length} arguments, but got ${shown(args)}`);
    }
    return call(...(args as unknown[]));
  };
  return asCanvas(new TaskValue({ ...definition, handler, arity: call.length }));
}

import type { AnyCanvas, In, NameOf, Out } from "./any-canvas.ts";
import type { Ref, Reference } from "./reference.ts";
import type { Mismatch, TextOf } from "./type-text.ts";

/** Order without data. */
export interface FlowStepOptions {
  /** Steps of the same flow that must have succeeded before this one starts, though it reads nothing of them. */
  readonly after?: readonly Reference<unknown>[];
}

/**
 * Adds a step to a flow; what it gives is a reference to the step's result. The step starts when everything that its input
 * reads has succeeded, and waits for nothing else.
 *
 * The input is like the result of a mapping: references, fields of them and constants, in objects and lists. It may be left
 * out where the canvas needs none.
 */
export type FlowStep = <const C extends AnyCanvas, const E = undefined>(
  canvas: C & InputNeeded<C, E>,
  input?: FittingInput<C, E>,
  options?: FlowStepOptions,
) => Ref<Out<C>>;

type IsAny<T> = [0] extends [1 & T] ? true : false;

/** The message where an input is left out that is needed. */
type InputNeeded<C extends AnyCanvas, E> = [E] extends [undefined]
  ? [unknown] extends [In<C>]
    ? unknown
    : undefined extends In<C>
      ? unknown
      : [E] extends [never]
        ? unknown
        : `✖ '${NameOf<C>}' needs an input: ${TextOf<In<C>>}`
  : unknown;

/** `E` where the canvas takes what it stands for; else the message. */
type FittingInput<C extends AnyCanvas, E> =
  IsAny<E> extends true
    ? E
    : C["~types"]["in"] extends (input: GivenValue<E>) => void
      ? [UnknownFields<In<C>, E>] extends [never]
        ? E
        : `✖ '${NameOf<C>}' has no input ${TextOf<UnknownFields<In<C>, E>>}`
      : Mismatch<`'${NameOf<C>}'`, In<C>, "the expression", GivenValue<E>>;

type Plain = string | number | boolean | bigint | null | undefined | Date | Uint8Array;

/** The type of the value that an input stands for; literals stay literals, and what may be missing is left out. */
type GivenValue<E> = [0] extends [1 & E]
  ? E
  : E extends Reference<infer T>
    ? T
    : E extends Plain
      ? E
      : E extends readonly unknown[]
        ? { -readonly [K in keyof E]: GivenValue<E[K]> }
        : [MissingKeys<E>] extends [never]
          ? { -readonly [K in keyof E]: GivenValue<E[K]> }
          : { -readonly [K in Exclude<keyof E, MissingKeys<E>>]: GivenValue<E[K]> } & {
              -readonly [K in MissingKeys<E>]?: Exclude<GivenValue<E[K]>, undefined>;
            };
type MissingKeys<E> = {
  // In tuples, because what is made of a wrong expression would be wrong as a whole.
  [K in keyof E]-?: [unknown] extends [GivenValue<E[K]>] ? never : [undefined] extends [GivenValue<E[K]>] ? K : never;
}[keyof E];

/** Fields of an object written out that no member of the input has. */
type UnknownFields<I, E> = E extends Reference<unknown> | Plain | readonly unknown[]
  ? never
  : [unknown] extends [I]
    ? never
    : string extends KeysOf<I>
      ? never
      : Exclude<keyof E & string, KeysOf<I>>;
type KeysOf<I> = I extends unknown ? keyof I : never;

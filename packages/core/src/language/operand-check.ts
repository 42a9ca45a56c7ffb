import type { Reference } from "./reference.ts";
import type { TextOf } from "./type-text.ts";

/**
 * The checks of operators. As between canvases, each yields the operand's own type where it holds, and the message where it
 * does not. What may be missing passes: `and(exists(x), lt(x, 3))` looks first.
 */

/** The type of the value that an operand is, or stands for. */
type Value<E> = E extends Reference<infer T> ? T : E;
type IsAny<T> = 0 extends 1 & T ? true : false;
/** Neither `null` nor `undefined`. `never` for what is nothing else. */
type Something<E> = Exclude<Value<E>, null | undefined | void>;

/** `B` where some value may equal both. */
export type EqualOperand<Op extends string, A, B> =
  CanBeEqual<Something<A>, Something<B>> extends true
    ? B
    : `✖ ${Op}() compares ${TextOf<Value<A>>} with ${TextOf<Value<B>>}, which are never equal`;

// Nothing at all (`never`) is compared with everything: it asks whether something is there.
type CanBeEqual<L, R> =
  IsAny<L> extends true
    ? true
    : IsAny<R> extends true
      ? true
      : [L] extends [never]
        ? true
        : [R] extends [never]
          ? true
          : unknown extends L
            ? true
            : unknown extends R
              ? true
              : [Extract<L, R> | Extract<R, L>] extends [never]
                ? [L, R] extends [readonly unknown[], readonly unknown[]]
                  ? true
                  : false
                : true;

/** What has an order, each among its own: the word for it, and `never` for what has none. */
type OrderOf<T> = T extends number | bigint ? "number" : T extends string ? "text" : T extends Date ? "Date" : never;
type OrderOfOperand<E> = IsAny<Value<E>> extends true ? "number" | "text" | "Date" : OrderOf<Something<E>>;

/** `A` where it has an order. */
export type OrderedOperand<Op extends string, A> = [OrderOfOperand<A>] extends [never]
  ? `✖ ${Op}() compares numbers, texts and Dates, but gets ${TextOf<Value<A>>}`
  : A;
/** `B` where it has the same order as `A`. */
export type SameOrderOperand<Op extends string, A, B> = [OrderOfOperand<A> & OrderOfOperand<B>] extends [never]
  ? `✖ ${Op}() compares ${TextOf<Value<A>>} with ${TextOf<Value<B>>}`
  : B;

/** `A` where it is true or false. */
export type ConditionOperand<Op extends string, A> =
  IsAny<Value<A>> extends true
    ? A
    : [Something<A>] extends [boolean]
      ? A
      : `✖ ${Op}() takes conditions, true or false, but gets ${TextOf<Value<A>>}`;
export type ConditionOperands<Op extends string, A extends readonly unknown[]> = {
  readonly [K in keyof A]: ConditionOperand<Op, A[K]>;
};

/** `A` where it has a size. */
export type SizedOperand<A> =
  IsAny<Value<A>> extends true
    ? A
    : [Something<A>] extends [string | object]
      ? [Something<A>] extends [Date]
        ? NoSize<A>
        : A
      : NoSize<A>;
type NoSize<A> =
  `✖ size() counts the items of a list, the letters of a text, bytes or fields, but gets ${TextOf<Value<A>>}`;

import type { ErrorInfo } from "../errors/failure.ts";
import type { Join, MembersOf } from "./type-text.ts";

/**
 * Which types can be stored: JSON, `Uint8Array`, `Date` and `bigint`. For every other one the path and a word of advice;
 * `never` where all is well. Looks six levels deep, and lets `unknown` and `any` pass: what they hold is checked when it
 * is stored.
 */
type Unstorable<T, Path extends string, Depth extends readonly unknown[] = []> = 0 extends 1 & T
  ? never
  : unknown extends T
    ? never
    : T extends string | number | boolean | bigint | null | undefined | void | Date | Uint8Array
      ? never
      : T extends symbol
        ? `${Path} is a symbol`
        : T extends (...args: never[]) => unknown
          ? `${Path} is a function`
          : T extends ReadonlyMap<unknown, unknown>
            ? `${Path} is a Map (give Object.fromEntries(…))`
            : T extends ReadonlySet<unknown>
              ? `${Path} is a Set (give a list)`
              : T extends PromiseLike<unknown>
                ? `${Path} is a promise (await it)`
                : T extends RegExp
                  ? `${Path} is a RegExp (give its source)`
                  : IsError<T> extends true
                    ? `${Path} is an Error (throw it, or give its message)`
                    : T extends ArrayBufferLike | ArrayBufferView
                      ? `${Path} is binary data other than Uint8Array`
                      : Depth["length"] extends 6
                        ? never
                        : T extends readonly unknown[]
                          ? Unstorable<T[number], `${Path}[]`, [...Depth, 0]>
                          : {
                              [K in keyof T & string]: Unstorable<
                                T[K],
                                `${Path}.${string extends K ? "[key]" : K}`,
                                [...Depth, 0]
                              >;
                            }[keyof T & string];

/** An error as data looks like an Error to the compiler, but for its cause, which in an Error may be anything. */
type IsError<T> = T extends ErrorInfo ? false : T extends Error ? true : false;

type Problems<I, O> = Unstorable<I, "input"> | Unstorable<O, "output">;

/** `unknown` where a task's values can be stored; else the message, to be met by what has the wrong types. */
export type StorableGuard<Name extends string, I, O> = GuardFor<Name, Problems<I, O>>;

// The type of a wrong expression is an `any` that spreads to what is made of it: code that is wrong in another way
// already must not get this message, too.
type GuardFor<Name extends string, P> = 0 extends 1 & P
  ? unknown
  : [P] extends [never]
    ? unknown
    : `✖ task '${Name}' has values that cannot be stored: ${Join<MembersOf<P>, "; ">}`;

/** What is kept of an output: nothing at all is kept as `null`. */
export type Stored<O> = undefined extends O
  ? unknown extends O
    ? O
    : Exclude<O, undefined | void> | null
  : [O] extends [void]
    ? null
    : O;

import type { AnyCanvas, In, NameOf, Out } from "./any-canvas.ts";
import type { Mismatch } from "./type-text.ts";

/**
 * The checks between canvases. Each yields the canvas's own type where it holds and a string literal, the message,
 * where it does not: the compiler then reports the message at the argument that is wrong, and its text is made for
 * wrong code only.
 */

/** `C` where it takes a `Have`; else the message. */
export type Accepts<
  C extends AnyCanvas,
  Have,
  From extends string,
  Where extends string = `'${NameOf<C>}'`,
> = C["~types"]["in"] extends (input: Have) => void ? C : NoCanvasProblem<C, Mismatch<Where, In<C>, From, Have>>;

/**
 * The message where no canvas was given: the compiler then takes the widest one, without a name and with an input that no value can be,
 * and would speak of these. Else `Otherwise`.
 */
export type NoCanvasProblem<C extends AnyCanvas, Otherwise> =
  string extends NameOf<C>
    ? [In<C>] extends [never]
      ? "✖ a canvas has to stand here; make a task of a function: task(name, function)"
      : Otherwise
    : Otherwise;

export type Steps = readonly [AnyCanvas, ...AnyCanvas[]];

/** The same tuple one place later, so that `[K]` is the step before `K`: no arithmetic and no recursion. */
type Before<S extends readonly AnyCanvas[]> = readonly [null, ...S];

// prettier-ignore
type Ordinals = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "30", "31", "32", "33", "34", "35", "36", "37", "38", "39", "40", "41", "42", "43", "44", "45", "46", "47", "48", "49", "50"];
type StepNumber<K> = K extends keyof Ordinals ? Ordinals[K] & string : `after ${K & string}`;

/** The steps themselves, with the message in the place of each that does not take what the one before gives. */
export type CheckSteps<S extends readonly AnyCanvas[]> = {
  readonly [K in keyof S]: Before<S>[K & keyof Before<S>] extends infer P extends AnyCanvas
    ? S[K]["~types"]["in"] extends (input: Out<P>) => void
      ? S[K]
      : Mismatch<`step ${StepNumber<K>} '${NameOf<S[K]>}'`, In<S[K]>, `step ${K & string} '${NameOf<P>}'`, Out<P>>
    : S[K];
};

export type ChainIn<S extends Steps> = In<S[0]>;
type LastStep<S extends readonly AnyCanvas[]> = S extends readonly [...unknown[], infer L extends AnyCanvas]
  ? L
  : S[number];
export type ChainOut<S extends Steps> = Out<LastStep<S>>;
/** What messages call a chain: by its last step, marked as what it is. */
export type ChainName<S extends Steps> = EndingIn<NameOf<LastStep<S>>>;
export type EndingIn<N extends string> = N extends `… → ${string}` ? N : `… → ${N}`;

export type Members = readonly AnyCanvas[] | { readonly [key: string]: AnyCanvas };
/** The union of the members. */
export type MemberOf<G extends Members> = G extends readonly (infer M extends AnyCanvas)[]
  ? M
  : Extract<G[keyof G], AnyCanvas>;
/** Every member gets the same input, so it is the intersection of what they take; nothing for no members. */
export type GroupIn<G extends Members> = [MemberOf<G>] extends [never] ? unknown : In<MemberOf<G>>;
export type GroupOut<G extends Members> = {
  -readonly [K in keyof G]: G[K] extends AnyCanvas ? Out<G[K]> : never;
} & {};

/** The same of what may also be one canvas: what it takes, what it gives, what messages call it. */
export type PartsIn<C> = C extends AnyCanvas ? In<C> : C extends Members ? GroupIn<C> : never;
export type PartsOut<C> = C extends AnyCanvas ? Out<C> : C extends Members ? GroupOut<C> : never;
export type PartsName<C> = C extends AnyCanvas ? NameOf<C> : "group";

import type { AnyCanvas, In, NameOf, Out } from "./any-canvas.ts";
import type { Reference } from "./reference.ts";
import type { Accepts } from "./step-check.ts";
import type { Join, MembersOf, TextOf } from "./type-text.ts";

/** One canvas for each value of a selector, by the value as text. */
export type Cases = { readonly [key: string]: AnyCanvas };
/** Stands for a canvas that was not given. It takes anything and gives nothing, so it adds nothing to what the others do. */
export interface NoCanvas extends AnyCanvas {
  readonly "~types": { readonly in: (input: unknown) => void; readonly out: never; readonly name: "~none" };
}

/** What can be told by a condition: true, or anything else. */
export type Condition = Reference<boolean | null | undefined>;

type Selectable = string | number | boolean | null | undefined;
type KeyOf<S> = S extends undefined ? "null" : S extends string | number | boolean | null ? `${S}` : never;
type KeysIn<C> = `${keyof C & (string | number)}`;

type Missing<C, S> = Exclude<KeyOf<S>, KeysIn<C>>;
/** Cases that no value means; none where a value may be any text or number. */
type Unmeant<C, S> = unknown extends S ? never : Exclude<KeysIn<C>, KeyOf<S>>;

type Quoted<Keys> = Keys extends readonly [infer Head extends string, ...infer Rest]
  ? [`'${Head}'`, ...Quoted<Rest>]
  : [];

// Of `unknown`, as of `any`, nothing is said: the compiler first checks the cases without looking at a selector whose parameter
// it has yet to type, and takes `unknown` for what that gives.

/** The message where the cases as a whole are wrong; else `never`. */
type CasesProblem<C, S, R extends AnyCanvas, From extends string> = unknown extends S
  ? never
  : [Exclude<S, Selectable>] extends [never]
    ? NameOf<R> extends "~none"
      ? MissingProblem<Missing<C, S>, S, From>
      : never
    : `✖ choose needs a text, number, boolean or null to choose by, but ${From} gives ${TextOf<S>}`;
type MissingProblem<M extends string, S, From extends string> = [M] extends [never]
  ? never
  : string extends M
    ? Endless<S, From>
    : `${number}` extends M
      ? Endless<S, From>
      : `✖ choose has no case ${Join<Quoted<MembersOf<M>>, ", ">}, which ${From} may give: add it, or give otherwise`;
type Endless<S, From extends string> = `✖ choose needs an otherwise, as ${From} may give any ${TextOf<S>}`;

type CaseCheck<C, K extends keyof C, S, From extends string, Have, HaveFrom extends string> = string extends K
  ? AnyCanvas
  : `${K & (string | number)}` extends Unmeant<C, S>
    ? `✖ ${From} never gives '${K & string}'`
    : C[K] extends AnyCanvas
      ? Accepts<C[K], Have, HaveFrom, `case '${K & string}'`>
      : C[K];

/** `C` where its cases are those of the values `S` and take a `Have`; else a message, at the case that is wrong. */
export type CheckCases<C, S, R extends AnyCanvas, From extends string, Have, HaveFrom extends string> = [
  CasesProblem<C, S, R, From>,
] extends [never]
  ? { readonly [K in keyof C]: CaseCheck<C, K, S, From, Have, HaveFrom> }
  : CasesProblem<C, S, R, From>;

/** What all cases and the canvas for the rest take. */
export type CasesIn<C, R extends AnyCanvas> = InOf<C[keyof C]> & In<R>;
type InOf<M> = [M] extends [never] ? unknown : [M] extends [AnyCanvas] ? In<M> : never;

/** What a choice is made by: a canvas, or a mapping of its input. */
export type Selector = AnyCanvas | ((input: never) => Reference<unknown>);
export type SelectorIn<S> = S extends AnyCanvas
  ? In<S>
  : S extends (input: infer P) => unknown
    ? P extends Reference<infer I>
      ? I
      : unknown
    : never;
export type SelectorOut<S> = S extends AnyCanvas ? Out<S> : S extends (input: never) => Reference<infer O> ? O : never;
export type SelectorName<S> = S extends AnyCanvas ? `'${NameOf<S>}'` : "the selector";

/**
 * Types as text, for the messages that the compiler shows at a wrong step. Nothing here exists at run time, and
 * nothing here is instantiated for code that is right.
 */

type Intersect<U> = (U extends unknown ? (member: U) => void : never) extends (all: infer I) => void ? I : never;
/** Overload resolution picks the last signature, so this is one (arbitrary but stable) member of a union. */
type OneOf<U> = Intersect<U extends unknown ? () => U : never> extends () => infer Member ? Member : never;
/** The members of a union as a tuple. */
export type MembersOf<U, Last = OneOf<U>> = [U] extends [never] ? [] : [...MembersOf<Exclude<U, Last>>, Last];

/** Texts put together with a separator. */
export type Join<Texts, Separator extends string, Before extends string = ""> = Texts extends [
  infer Head extends string,
  ...infer Rest,
]
  ? `${Before}${Head}${Join<Rest, Separator, Separator>}`
  : "";

/** How many levels of objects are written out; the compiler cuts a message at about 320 characters. */
type Level = 0 | 1 | 2;
type Below = { 0: 0; 1: 0; 2: 1 };

type IsOptional<T, K extends keyof T> = {} extends Pick<T, K> ? true : false;

type Fields<T, Keys, L extends Level> = Keys extends [infer K extends keyof T & string, ...infer Rest]
  ? [
      IsOptional<T, K> extends true
        ? `${K}?: ${TextOf<Exclude<T[K], undefined>, Below[L]>}`
        : `${K}: ${TextOf<T[K], Below[L]>}`,
      ...Fields<T, Rest, L>,
    ]
  : [];

type Items<T, L extends Level> = T extends readonly [infer Head, ...infer Rest]
  ? [TextOf<Head, Below[L]>, ...Items<Rest, L>]
  : [];

type ObjectText<T, L extends Level> = L extends 0
  ? "{…}"
  : [keyof T] extends [never]
    ? "{}"
    : string extends keyof T
      ? `{ [key]: ${TextOf<T[keyof T], Below[L]>} }`
      : `{ ${Join<Fields<T, MembersOf<keyof T & string>, L>, "; ">} }`;

/** In a list, a union needs brackets. */
type ItemText<T, L extends Level> = TextOf<T, L> extends `${infer A} | ${infer B}` ? `(${A} | ${B})` : TextOf<T, L>;

type NoValue = "an input that no value can be (its members exclude one another)";

// A primitive that is also an object is a branded type, shown as what it brands; one that is also a list is nothing.
type MemberText<T, L extends Level> = T extends string
  ? T extends readonly unknown[]
    ? NoValue
    : T extends object
      ? "string"
      : string extends T
        ? "string"
        : `'${T}'`
  : T extends number
    ? T extends readonly unknown[]
      ? NoValue
      : T extends object
        ? "number"
        : number extends T
          ? "number"
          : `${T}`
    : T extends boolean
      ? `${T}`
      : T extends bigint
        ? "bigint"
        : T extends null
          ? "null"
          : T extends undefined
            ? "undefined"
            : T extends symbol
              ? "symbol"
              : T extends (...args: never[]) => unknown
                ? "a function"
                : T extends Date
                  ? "Date"
                  : T extends Uint8Array
                    ? "Uint8Array"
                    : T extends readonly unknown[]
                      ? number extends T["length"]
                        ? `${ItemText<T[number], L>}[]`
                        : `[${Join<Items<T, L>, ", ">}]`
                      : ObjectText<T, L>;

type UnionTexts<Members, L extends Level> = Members extends [infer Head, ...infer Rest]
  ? [MemberText<Head, L>, ...UnionTexts<Rest, L>]
  : [];

/** A type as text, two levels deep. */
export type TextOf<T, L extends Level = 2> = 0 extends 1 & T
  ? "any"
  : [T] extends [never]
    ? "never"
    : unknown extends T
      ? "unknown"
      : [T] extends [boolean]
        ? [boolean] extends [T]
          ? "boolean"
          : MemberText<T, L>
        : [boolean] extends [Extract<T, boolean>]
          ? `boolean | ${Join<UnionTexts<MembersOf<Exclude<T, boolean>>, L>, " | ">}`
          : Join<UnionTexts<MembersOf<T>, L>, " | ">;

type RequiredKeys<T> = { [K in keyof T]-?: {} extends Pick<T, K> ? never : K }[keyof T];
type Quoted<Keys> = Keys extends [infer Head extends string, ...infer Rest] ? [`'${Head}'`, ...Quoted<Rest>] : [];
type PlainObject<T> = [T] extends [readonly unknown[] | Date | Uint8Array]
  ? false
  : [T] extends [object]
    ? true
    : false;
type Missing<Have, Want> = Exclude<RequiredKeys<Want>, keyof Have> & string;

/** ` (missing 'a', 'b')` where both sides are objects and something is missing; else nothing. */
type MissingNote<Have, Want> = [PlainObject<Have>, PlainObject<Want>] extends [true, true]
  ? [Missing<Have, Want>] extends [never]
    ? ""
    : ` (missing ${Join<Quoted<MembersOf<Missing<Have, Want>>>, ", ">})`
  : "";

type WantText<Want> = [Want] extends [never] ? NoValue : TextOf<Want>;

/** `✖ 'b' expects X but 'a' gives Y`. */
export type Mismatch<
  Where extends string,
  Want,
  From extends string,
  Have,
> = `✖ ${Where} expects ${WantText<Want>} but ${From} gives ${TextOf<Have>}${MissingNote<Have, Want>}`;

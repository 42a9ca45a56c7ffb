/**
 * A value with all of its optional fields, at every level: a record that gets another field makes the corpus fail to compile
 * until it has it, too.
 */
export type Whole<T> = T extends Uint8Array | string | number | boolean | undefined
  ? T
  : T extends readonly unknown[]
    ? number extends T["length"]
      ? readonly Whole<T[number]>[]
      : T
    : T extends { readonly name: string; readonly message: string; readonly cause?: unknown }
      ? Required<T>
      : T extends object
        ? { readonly [K in keyof T]-?: Whole<Exclude<T[K], undefined>> }
        : T;

/** Records of one kind: first one with all of its fields, then others of its forms, the smallest among them. */
export type Forms<T> = readonly [whole: Whole<T>, ...others: T[]];

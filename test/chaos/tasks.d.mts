import type { ItemOutcome, LocalTask } from "@arpeggio/core";

interface Bytes {
  readonly n: number;
  readonly bytes: Uint8Array;
}

export declare const increment: LocalTask<"chaos.increment", number, number>;
export declare const double: LocalTask<"chaos.double", number, number>;
export declare const sum: LocalTask<"chaos.sum", readonly number[], number>;
export declare const range: LocalTask<"chaos.range", { readonly from: number; readonly count: number }, number[]>;
export declare const flaky: LocalTask<"chaos.flaky", number, number>;
export declare const moody: LocalTask<"chaos.moody", number, number>;
export declare const countRight: LocalTask<"chaos.count-right", readonly ItemOutcome<number>[], number>;
export declare const broken: LocalTask<"chaos.broken", number, number>;
export declare const refuse: LocalTask<"chaos.refuse", number, number>;
export declare const refuseTens: LocalTask<"chaos.refuse-tens", number, number>;
export declare const slow: LocalTask<"chaos.slow", number, number>;
export declare const endless: LocalTask<"chaos.endless", number, number>;
export declare const inflate: LocalTask<"chaos.inflate", { readonly n: number; readonly size: number }, Bytes>;
export declare const invert: LocalTask<"chaos.invert", Bytes, Bytes>;
export declare const texts: LocalTask<"chaos.texts", { readonly n: number; readonly count: number }, string[]>;
export declare const lengthOf: LocalTask<"chaos.length-of", string, number>;

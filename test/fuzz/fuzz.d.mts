/** Types for the test; the functions are in `fuzz.mjs`. */
export interface FuzzResult {
  readonly name: string;
  readonly records: number;
  readonly decoded: number;
  readonly refused: number;
  readonly slowestMs: number;
  readonly harm: { readonly record: number; readonly bytes: string; readonly what: string } | undefined;
}

export const groupNames: readonly string[];
export function fuzzGroup(name: string, options: { readonly records: number; readonly seed: number }): FuzzResult;

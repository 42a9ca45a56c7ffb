/** Numbers that look random and follow from a seed. */
export interface Random {
  /** From 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** A whole number, both ends included. */
  int(min: number, max: number): number;
  /** True as often as the chance says: never for 0, always for 1. Draws nothing for 0. */
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/** The same seed (a 32-bit whole number) gives the same numbers on every machine. */
export function createRandom(seed: number): Random {
  // Mulberry32: small, and good enough for choosing among a few things.
  let state = (seed ^ 0x9e3779b9) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    int,
    chance: (probability) => probability > 0 && next() < probability,
    pick: (list) => list[int(0, list.length - 1)] as never,
  };
}

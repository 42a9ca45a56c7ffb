/** A whole number from 0 to below `end`. */
export type Random = (end: number) => number;

/** Random numbers of one seed: mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (end) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  };
}

/** Those of one record, so that any of them can be repeated without the ones before it. */
export function randomOfRecord(seed: number, record: number): Random {
  return randomOf(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(record + 1, 0xc2b2ae35));
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)] as T;
}

/** Small tables are worth no copying. */
const ADDITIONS_MIN = 256;
/** For each addition at most a quarter of an entry is copied. */
const ADDITIONS_PER_ENTRY = 4;

/** Whether a table to which so much was added since it was made is to be made anew, with the entries that it still has. */
export function isWorthRenewing(additions: number, size: number): boolean {
  return additions > ADDITIONS_MIN && additions > size * ADDITIONS_PER_ENTRY;
}

const NAMES_MAX = 3;
const CHARS_MAX = 200;
/** Of very many names, only the first are compared. */
const KNOWN_MAX = 2_000;

/** The names that are most alike, the best first; none where all are quite another. */
export function nearNames(name: string, known: readonly string[]): readonly string[] {
  const wanted = name.slice(0, CHARS_MAX);
  return [...new Set(known.slice(0, KNOWN_MAX))]
    .map((one) => ({ one, distance: distanceBetween(wanted, one.slice(0, CHARS_MAX)) }))
    .filter(({ one, distance }) => distance <= Math.max(wanted.length, one.length) / 2)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, NAMES_MAX)
    .map(({ one }) => one);
}

/** How many characters have to be put in, taken out or changed (Levenshtein). */
function distanceBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = (row[j - 1] as number) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[other.length] as number;
}

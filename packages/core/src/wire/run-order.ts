/** Where a run stands in a list of runs, newest first: when it was started, and its id where several were at one moment. */
export type RunPlace = readonly [startedAtMs: number, run: string];

/** Below 0 where the first comes before the second in a list. */
export function compareRunPlaces([oneMs, one]: RunPlace, [otherMs, other]: RunPlace): number {
  if (oneMs !== otherMs) return otherMs - oneMs;
  return one < other ? -1 : one > other ? 1 : 0;
}

/** What the coordinators know of each other. */
export interface Share {
  readonly partitions: number;
  /** How many partitions this coordinator owns or is about to own. */
  readonly owned: number;
  /** How many each of the other live coordinators owns. */
  readonly others: readonly number[];
  readonly leaseMs: number;
}

/**
 * How long a coordinator leaves a free partition to the others, in milliseconds: nothing as long as it has less than its
 * share, and the longer the more it has. Somebody takes each in the end, even if all others are gone.
 */
export function takeDelayMs({ partitions, owned, others, leaseMs }: Share): number {
  const share = Math.ceil(partitions / (others.length + 1));
  return owned < share ? 0 : ((owned - share + 1) * leaseMs) / 10;
}

/** Whether a coordinator should hand a partition over: another one has at least two less. */
export function shouldHandOver({ owned, others }: Share): boolean {
  return others.some((other) => other + 2 <= owned);
}

/**
 * When the nodes of a run were released and ended, in milliseconds since the run was started. Only the first nodes have
 * times: what they tell of a run with very many nodes is not worth what they would take.
 */
export interface NodeTimes {
  /** When the event that is being folded was stored. */
  nowMs: number;
  readonly released: (number | undefined)[];
  readonly ended: (number | undefined)[];
}

/** Nodes from this number on have no times. */
export const NODES_TIMED_MAX = 4_096;

export function createTimes(): NodeTimes {
  return { nowMs: 0, released: [], ended: [] };
}

/** A node has left its first state, or come to its last. */
export function noteStep(times: NodeTimes, node: number, isReleased: boolean, isEnded: boolean): void {
  if (node >= NODES_TIMED_MAX) return;
  if (isReleased) times.released[node] = times.nowMs;
  if (isEnded) times.ended[node] = times.nowMs;
}

/** As plain data. */
export type TimesSnapshot = readonly [
  nowMs: number,
  released: readonly (number | null)[],
  ended: readonly (number | null)[],
];

export function timesSnapshotOf({ nowMs, released, ended }: NodeTimes): TimesSnapshot {
  return [nowMs, Array.from(released, (ms) => ms ?? null), Array.from(ended, (ms) => ms ?? null)];
}

export function timesFrom([nowMs, released, ended]: TimesSnapshot): NodeTimes {
  return { nowMs, released: released.map((ms) => ms ?? undefined), ended: ended.map((ms) => ms ?? undefined) };
}

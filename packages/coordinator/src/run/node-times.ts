/**
 * When the nodes of a run were released and ended, in milliseconds since the run was started. In a run under way only the first
 * nodes have times: what they tell of one with very many nodes is not worth what they would take.
 */
export interface NodeTimes {
  /** When the event that is being folded was stored. */
  nowMs: number;
  /** Nodes from this number on have no times. */
  readonly nodesMax: number;
  readonly released: (number | undefined)[];
  readonly ended: (number | undefined)[];
}

const NODES_TIMED_MAX = 4_096;

export function createTimes(nodesMax = NODES_TIMED_MAX): NodeTimes {
  return { nowMs: 0, nodesMax, released: [], ended: [] };
}

/** A node's needs have ended, or it has come to its last state. */
export function noteStep(times: NodeTimes, node: number, isReleased: boolean, isEnded: boolean): void {
  if (node >= times.nodesMax) return;
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
  const known = (times: readonly (number | null)[]) => times.map((ms) => ms ?? undefined);
  return { ...createTimes(), nowMs, released: known(released), ended: known(ended) };
}

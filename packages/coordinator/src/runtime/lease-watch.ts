import { elapsedMs } from "@arpeggio/core";
import type { Clock, LeaseRecord } from "@arpeggio/core";
import type { LeaseEntry } from "./lease.ts";

interface Sighting {
  readonly revision: number;
  readonly sinceMs: number;
}

interface Heard {
  readonly record: LeaseRecord;
  readonly atMs: number;
}

/**
 * Since when the lease of each partition has not changed, by the time that goes by for the one who watches: clocks of two machines are
 * never compared, and how they are set does not count. What the bucket tells of a write gives the very moment; without it, the
 * next look does.
 */
export class LeaseWatch {
  readonly #clock: Clock;
  readonly #seen = new Map<number, Sighting>();
  readonly #heard = new Map<number, Heard>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The bucket tells of a write. */
  hear(partition: number, record: LeaseRecord): void {
    this.#heard.set(partition, { record, atMs: elapsedMs(this.#clock) });
  }

  /** Since when the lease is as it was read just now. */
  sinceMs(partition: number, { revision, record }: LeaseEntry): number {
    const seen = this.#seen.get(partition);
    if (seen?.revision === revision) return seen.sinceMs;
    const heard = this.#heard.get(partition);
    // Some writes may not be told of, so what was heard last need not be what was read.
    const sinceMs = heard !== undefined && isSame(heard.record, record) ? heard.atMs : elapsedMs(this.#clock);
    this.#seen.set(partition, { revision, sinceMs });
    return sinceMs;
  }

  /** Counts from now on, whatever was seen before. */
  restart(partition: number): void {
    this.#heard.delete(partition);
    this.#seen.set(partition, { revision: -1, sinceMs: elapsedMs(this.#clock) });
  }
}

function isSame(one: LeaseRecord, other: LeaseRecord): boolean {
  return (
    one.owner === other.owner &&
    one.epoch === other.epoch &&
    one.mark === other.mark &&
    one.renewedAtMs === other.renewedAtMs
  );
}

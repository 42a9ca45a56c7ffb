import { isDeepStrictEqual } from "node:util";
import { decodeLease, decodeOutcome, partitionOf } from "@arpeggio/core";
import type { OutcomeRecord, Transport } from "@arpeggio/core";
import type { Lost } from "./lossy-stores.ts";

/**
 * Outcomes that must stay as they are although the log has lost how their runs came to them: those that were stored when the server
 * lost power, and were not lost with it. Not so where nothing says that the log was longer: the lease of the partition names no message
 * that is gone. A run that is started anew under the same id has an outcome of its own.
 */
export class KeptOutcomes {
  readonly #onWrong: (what: string) => void;
  readonly #stored = new Map<string, OutcomeRecord>();
  /** By key. */
  readonly #kept = new Map<string, OutcomeRecord>();
  /** Where the logs of partitions ended when something of them was lost. */
  readonly #ends = new Map<number, number>();

  constructor(onWrong: (what: string) => void) {
    this.#onWrong = onWrong;
  }

  stored(key: string, outcome: OutcomeRecord): void {
    const kept = this.#kept.get(key);
    if (kept?.startedAtMs === outcome.startedAtMs && !isDeepStrictEqual(kept, outcome))
      this.#onWrong(`the outcome of ${outcome.run} was stored when power was lost, and another one takes its place`);
    this.#stored.set(key, outcome);
  }

  /**
   * The server has lost what was newest.
   *
   * @param view what it has now
   * @param ends of the partitions whose logs have become shorter: the number of the last message that is left
   */
  async lose({ keys }: Lost, view: Transport, ends: ReadonlyMap<number, number>): Promise<void> {
    for (const key of keys.results) {
      this.#kept.delete(key);
      this.#stored.delete(key);
      const before = await view.bucket("results").get(key);
      if (before !== undefined) this.#stored.set(key, decodeOutcome(before.value));
    }
    for (const [partition, end] of ends) this.#ends.set(partition, end);
    // What shows an earlier cut may be lost by now.
    for (const [partition, end] of this.#ends) {
      const isNoticed = await isCutNoticed(view, partition, end);
      for (const [key, outcome] of this.#stored) {
        if (partitionOf(outcome.run, view.events.partitions) !== partition) continue;
        if (!isNoticed) this.#kept.delete(key);
        else if (ends.has(partition)) this.#kept.set(key, outcome);
      }
    }
  }
}

async function isCutNoticed(view: Transport, partition: number, end: number): Promise<boolean> {
  const bucket = view.bucket("partitions");
  if ((await bucket.get(`cut-${partition}`)) !== undefined) return true;
  const lease = await bucket.get(String(partition));
  return lease !== undefined && (decodeLease(lease.value).lastRead?.sequence ?? 0) > end;
}

import type { KeyValue } from "@arpeggio/core";
import { LastChanges } from "./last-changes.ts";

/** A bucket that can lose its last changes. */
export class LossyBucket {
  readonly #changes: LastChanges;

  constructor(nowMs: () => number) {
    this.#changes = new LastChanges(nowMs);
  }

  /** The bucket as everybody sees it. */
  of(bucket: KeyValue): KeyValue {
    const noted = async <T>(key: string, value: Uint8Array | undefined, change: Promise<T>): Promise<T> => {
      const done = await change;
      this.#changes.note(key, value);
      return done;
    };
    return {
      get: (key) => bucket.get(key),
      newest: (pattern) => bucket.newest(pattern),
      put: (key, value) => noted(key, new Uint8Array(value), bucket.put(key, value)),
      putAt: (key, value, revision) => noted(key, new Uint8Array(value), bucket.putAt(key, value, revision)),
      delete: (key, revision) => noted(key, undefined, bucket.delete(key, revision)),
      entries: (pattern) => bucket.entries(pattern),
      observe: (pattern, onEntry) => bucket.observe(pattern, onEntry),
    };
  }

  /**
   * Loses what was changed after a moment; gives the keys. Who writes at a revision that is lost is refused, as by a server: what
   * comes back has another one.
   */
  lose(afterMs: number, bucket: KeyValue): Promise<readonly string[]> {
    return this.#changes.lose(afterMs, bucket);
  }
}

import type { KeyValue } from "@arpeggio/core";

interface Change {
  readonly atMs: number;
  readonly key: string;
  /** What the key had before. */
  readonly before: Uint8Array | undefined;
}

/** A bucket that can lose its last changes. */
export class LossyBucket {
  readonly #nowMs: () => number;
  readonly #values = new Map<string, Uint8Array>();
  readonly #changes: Change[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The bucket as everybody sees it. */
  of(bucket: KeyValue): KeyValue {
    const noted = async <T>(key: string, value: Uint8Array | undefined, change: Promise<T>): Promise<T> => {
      const done = await change;
      this.#note(key, value);
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
  async lose(afterMs: number, bucket: KeyValue): Promise<readonly string[]> {
    const keys: string[] = [];
    for (let last = this.#changes.at(-1); last !== undefined && last.atMs > afterMs; last = this.#changes.at(-1)) {
      const { key, before } = last;
      this.#changes.pop();
      keys.push(key);
      if (before === undefined) {
        this.#values.delete(key);
        await bucket.delete(key);
      } else {
        this.#values.set(key, before);
        await bucket.put(key, before);
      }
    }
    return keys;
  }

  #note(key: string, value: Uint8Array | undefined): void {
    this.#changes.push({ atMs: this.#nowMs(), key, before: this.#values.get(key) });
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
  }
}

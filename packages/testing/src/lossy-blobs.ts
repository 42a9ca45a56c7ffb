import type { BlobStore } from "@arpeggio/core";

interface Change {
  readonly atMs: number;
  readonly key: string;
  /** What was there before. */
  readonly before: Uint8Array | undefined;
}

/** A blob store that can lose its last changes: what was put is gone, and what was removed is there again. */
export class LossyBlobs {
  readonly #nowMs: () => number;
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #changes: Change[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The store as everybody sees it. */
  of(blobs: BlobStore): BlobStore {
    return {
      get: (key) => blobs.get(key),
      list: (prefix) => blobs.list(prefix),
      put: async (key, bytes) => {
        const copy = new Uint8Array(bytes);
        await blobs.put(key, bytes);
        this.#note(key, copy);
      },
      delete: async (key) => {
        await blobs.delete(key);
        this.#note(key, undefined);
      },
    };
  }

  /** Loses what was changed after a moment; gives the keys of what is gone. */
  async lose(afterMs: number, blobs: BlobStore): Promise<readonly string[]> {
    const changed = new Set<string>();
    for (let last = this.#changes.at(-1); last !== undefined && last.atMs > afterMs; last = this.#changes.at(-1)) {
      const { key, before } = last;
      this.#changes.pop();
      changed.add(key);
      if (before === undefined) {
        this.#blobs.delete(key);
        await blobs.delete(key);
      } else {
        this.#blobs.set(key, before);
        await blobs.put(key, before);
      }
    }
    return [...changed].filter((key) => !this.#blobs.has(key));
  }

  #note(key: string, bytes: Uint8Array | undefined): void {
    const before = this.#blobs.get(key);
    this.#changes.push({ atMs: this.#nowMs(), key, before });
    if (bytes === undefined) this.#blobs.delete(key);
    else this.#blobs.set(key, bytes);
  }
}

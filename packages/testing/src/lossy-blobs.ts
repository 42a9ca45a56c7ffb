import type { BlobStore } from "@arpeggio/core";
import { LastChanges } from "./last-changes.ts";

/** A blob store that can lose its last changes: what was put is gone, and what was removed is there again. */
export class LossyBlobs {
  readonly #changes: LastChanges;

  constructor(nowMs: () => number) {
    this.#changes = new LastChanges(nowMs);
  }

  /** The store as everybody sees it. */
  of(blobs: BlobStore): BlobStore {
    return {
      get: (key) => blobs.get(key),
      list: (prefix) => blobs.list(prefix),
      put: async (key, bytes) => {
        const copy = new Uint8Array(bytes);
        await blobs.put(key, bytes);
        this.#changes.note(key, copy);
      },
      delete: async (key) => {
        await blobs.delete(key);
        this.#changes.note(key, undefined);
      },
    };
  }

  /** Loses what was changed after a moment; gives the keys of what is gone. */
  async lose(afterMs: number, blobs: BlobStore): Promise<readonly string[]> {
    const changed = new Set(await this.#changes.lose(afterMs, blobs));
    return [...changed].filter((key) => !this.#changes.has(key));
  }
}

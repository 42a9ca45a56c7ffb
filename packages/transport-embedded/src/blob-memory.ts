import { BlobNotFoundError } from "@arpeggio/core";

/** Blobs in the order in which they were put; beyond `bytesMax` together, the oldest are dropped. */
export class BlobMemory {
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #bytesMax: number;
  /** Goes on where it stopped: a new iterator would have to pass everything that was dropped before. */
  #oldest: Iterator<string, undefined> | undefined;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  put(key: string, bytes: Uint8Array): void {
    this.delete(key);
    this.#blobs.set(key, new Uint8Array(bytes));
    this.#bytes += bytes.length;
    // The newest stays even if it is too large by itself: whoever put it is about to use it.
    while (this.#bytes > this.#bytesMax && this.#blobs.size > 1) {
      this.#oldest ??= this.#blobs.keys();
      const { value: oldest } = this.#oldest.next();
      if (oldest !== undefined) this.delete(oldest);
    }
  }

  get(key: string): Uint8Array {
    const bytes = this.#blobs.get(key);
    if (bytes === undefined) throw new BlobNotFoundError(key);
    return new Uint8Array(bytes);
  }

  delete(key: string): void {
    const bytes = this.#blobs.get(key);
    if (bytes === undefined) return;
    this.#blobs.delete(key);
    this.#bytes -= bytes.length;
  }

  list(prefix: string): readonly string[] {
    return Array.from(this.#blobs.keys()).filter((key) => key.startsWith(prefix));
  }
}

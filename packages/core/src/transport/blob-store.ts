/** Values above the inline limit. A blob never changes: putting a key again must bring the same bytes. */
export interface BlobStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** @throws {@link BlobNotFoundError} where there is none (its retention has ended, or it was never put). */
  get(key: string): Promise<Uint8Array>;
  delete(key: string): Promise<void>;
  /** Keys that begin with `prefix`. */
  list(prefix: string): AsyncIterable<string>;
}

import type { Subscription } from "./event-log.ts";
import type { StoreListener } from "./store-listener.ts";

/** Every bucket that the engine uses. */
export type BucketName = "runs" | "partitions" | "results" | "graphs" | "workers" | "dead-letters";

/**
 * Small records under keys, each with a revision that only grows.
 *
 * A key is one or more tokens (`[A-Za-z0-9_-]+`, also `=`) joined by dots. A pattern may have `*` for one token and end
 * in `>` for the rest.
 */
export interface KeyValue {
  get(key: string): Promise<Entry | undefined>;
  /** The newest entry whose key matches the pattern. */
  newest(pattern: string): Promise<Entry | undefined>;
  /** Stores whatever was there; resolves with the new revision when it is durable. */
  put(key: string, value: Uint8Array): Promise<number>;
  /** The same for who puts very many. A transport to which a promise costs little leaves it out. */
  store?(key: string, value: Uint8Array, listener: StoreListener): void;
  /**
   * Stores only if the key's revision still is `revision`; 0 means that the key is absent (or deleted).
   *
   * @throws {@link RevisionMismatchError} if it is not.
   */
  putAt(key: string, value: Uint8Array, revision: number): Promise<number>;
  /** Deletes; with `revision`, only if it still is that one. Deleting an absent key is harmless. */
  delete(key: string, revision?: number): Promise<void>;
  /** All entries that match, as of now. `>` matches all. */
  entries(pattern: string): AsyncIterable<Entry>;
  /**
   * Tells of entries as they are put. At most once: what is put while a connection is down is not told, so whoever
   * must not miss an entry also reads it.
   */
  observe(pattern: string, onEntry: (entry: ObservedEntry) => void): Promise<Subscription>;
}

export interface ObservedEntry {
  readonly key: string;
  /** What `observe` tells may be the stored bytes themselves: they must not be changed. */
  readonly value: Uint8Array;
}

export interface Entry extends ObservedEntry {
  readonly revision: number;
}

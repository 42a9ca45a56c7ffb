import { RevisionMismatchError } from "@arpeggio/core";
import type { BucketName, Entry, KeyValue, ObservedEntry, StoreListener, Subscription } from "@arpeggio/core";
import type { Connection } from "./connection.ts";
import type { JetStreamApi } from "./jetstream-api.ts";
import { checkedKey, checkedPattern } from "./key-syntax.ts";
import { headerBlock, headerNames } from "./message-headers.ts";
import type { Names } from "./names.ts";
import { readToEnd } from "./finite-reading.ts";
import type { Publisher } from "./publisher.ts";
import { stepThrough } from "./stepping.ts";
import type { StoredMessage } from "./server-answers.ts";

const NOTHING = new Uint8Array(0);
/** Tidying up behind a deletion may fail, and then it is over. */
const TIDY_MS_MAX = 5_000;

/** A bucket as the key-value APIs of all NATS clients lay it out: a stream with one message a key. */
export class NatsKeyValue implements KeyValue {
  readonly #connection: Connection;
  readonly #api: JetStreamApi;
  readonly #publisher: Publisher;
  readonly #bucket: ReturnType<Names["bucket"]>;
  readonly #replicas: number;
  /** Checkpoints may be very many. Only coordinators read them, and they may create consumers. */
  readonly #isLarge: boolean;

  constructor(
    connection: Connection,
    api: JetStreamApi,
    publisher: Publisher,
    bucket: { names: Names; name: BucketName; replicas: number },
  ) {
    this.#connection = connection;
    this.#api = api;
    this.#publisher = publisher;
    this.#bucket = bucket.names.bucket(bucket.name);
    this.#replicas = bucket.replicas;
    this.#isLarge = bucket.name === "runs";
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.#entryOf(await this.#last(this.#subject(key)));
  }

  async newest(pattern: string): Promise<Entry | undefined> {
    const last = await this.#last(this.#filter(pattern));
    if (!last || !isDeletion(last)) return this.#entryOf(last);
    // The newest message is a deletion that was not tidied up; older keys may well be there.
    let newest: Entry | undefined;
    for await (const entry of this.entries(pattern)) if (!newest || entry.revision > newest.revision) newest = entry;
    return newest;
  }

  // Not an async function: one would put a promise of its own around each that the publisher makes.
  put(key: string, value: Uint8Array): Promise<number> {
    try {
      this.#checkSize(key, value);
      return this.#publisher.put(this.#subject(key), value);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  store(key: string, value: Uint8Array, listener: StoreListener): void {
    let subject: string;
    try {
      this.#checkSize(key, value);
      subject = this.#subject(key);
    } catch (error) {
      return listener.onFailed(error as Error);
    }
    this.#publisher.store(subject, value, listener);
  }

  async putAt(key: string, value: Uint8Array, revision: number): Promise<number> {
    this.#checkSize(key, value);
    return this.#write(key, value, revision, []);
  }

  async delete(key: string, revision?: number): Promise<void> {
    const subject = this.#subject(key);
    const marker = [headerNames.keyValueOperation, "DEL"] as const;
    let sequence: number;
    if (revision === undefined) sequence = await this.#publisher.put(subject, NOTHING, headerBlock(marker));
    else if (revision === 0) return;
    else {
      try {
        sequence = await this.#write(key, NOTHING, revision, [marker]);
      } catch (error) {
        // To the server an absent key is one with another revision.
        if (error instanceof RevisionMismatchError && (await this.get(key)) === undefined) return;
        throw error;
      }
    }
    // The marker has removed the value; by itself it would stay for ever in a bucket without an age limit.
    const tidy = { seq: sequence, no_erase: true };
    this.#api.call(`STREAM.MSG.DELETE.${this.#bucket.stream}`, tidy, TIDY_MS_MAX).catch(() => {});
  }

  async *entries(pattern: string): AsyncIterable<Entry> {
    const { stream } = this.#bucket;
    const reading = { stream, filter: this.#filter(pattern) };
    if (!this.#isLarge) {
      for await (const message of stepThrough(this.#api, { ...reading, replicas: this.#replicas })) {
        const entry = this.#entryOf(message);
        if (entry) yield entry;
      }
      return;
    }
    for await (const { message, info } of readToEnd(this.#connection, this.#api, reading)) {
      if (message.headers?.has(headerNames.keyValueOperation)) continue;
      const key = message.subject.slice(this.#bucket.keyPrefix.length);
      yield { key, value: message.data, revision: info.streamSequence };
    }
  }

  /**
   * Told by the very message that stores the entry, so it costs the server nothing; also of a `putAt` that then loses
   * its comparison.
   */
  async observe(pattern: string, onEntry: (entry: ObservedEntry) => void): Promise<Subscription> {
    const { keyPrefix } = this.#bucket;
    return this.#connection.subscribe(this.#filter(pattern), (message) => {
      if (message.headers?.has(headerNames.keyValueOperation)) return;
      onEntry({ key: message.subject.slice(keyPrefix.length), value: message.data });
    });
  }

  async #write(
    key: string,
    data: Uint8Array,
    revision: number,
    headers: readonly (readonly [string, string])[],
  ): Promise<number> {
    const { stream } = this.#bucket;
    const subject = this.#subject(key);
    const write = { stream, subject, data, headers };
    const { stored } = await this.#publisher.putIf({ ...write, expected: revision }, this.#replicas);
    if (stored !== undefined) return stored;
    if (revision !== 0) throw new RevisionMismatchError(key, revision);
    // To the server a deleted key is not absent until its marker is gone.
    for (;;) {
      const last = await this.#last(subject);
      if (last && !isDeletion(last)) throw new RevisionMismatchError(key, revision);
      const again = await this.#publisher.putIf({ ...write, expected: last?.sequence ?? 0 }, this.#replicas);
      if (again.stored !== undefined) return again.stored;
    }
  }

  #checkSize(key: string, value: Uint8Array): void {
    if (value.length > this.#publisher.messageBytesMax) {
      this.#publisher.checkSize(`the value of key '${key}'`, value.length);
    }
  }

  #last(subject: string): Promise<StoredMessage | undefined> {
    return this.#api.lastMessage(this.#bucket.stream, subject, this.#replicas);
  }

  #entryOf(message: StoredMessage | undefined): Entry | undefined {
    if (!message || isDeletion(message)) return undefined;
    const key = message.subject.slice(this.#bucket.keyPrefix.length);
    return { key, value: message.bytes, revision: message.sequence };
  }

  #subject(key: string): string {
    return this.#bucket.keyPrefix + checkedKey("key", key);
  }

  #filter(pattern: string): string {
    return this.#bucket.keyPrefix + checkedPattern("key pattern", pattern);
  }
}

function isDeletion(message: StoredMessage): boolean {
  return message.header(headerNames.keyValueOperation) !== undefined;
}

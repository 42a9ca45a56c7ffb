import {
  decodeLease,
  MessageTooLargeError,
  QueueFullError,
  RecordUndecodableError,
  token,
  type BucketName,
} from "@arpeggio/core";
import { AttemptQueue } from "./attempt-queue.ts";
import { BlobMemory } from "./blob-memory.ts";
import { Bucket } from "./bucket.ts";
import { ByteArena } from "./byte-arena.ts";
import { DedupeWindow } from "./dedupe-window.ts";
import type { EmbeddedSettings } from "./embedded-options.ts";
import { PartitionLog } from "./partition-log.ts";
import { SubjectRouter } from "./subject-router.ts";
import { Mailbox, Turns, type Listener } from "./turns.ts";

/** A message on its way over the bus. */
export interface Posted {
  readonly subject: string;
  readonly bytes: Uint8Array;
  /** Where somebody waits for an answer. */
  readonly onAnswer: ((answer: Uint8Array) => void) | undefined;
}

const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** Everything that the views of one embedded transport share. */
export class MemoryWorld {
  readonly settings: EmbeddedSettings;
  readonly turns = new Turns();
  readonly partitions: readonly PartitionLog[];
  readonly eventIds: DedupeWindow;
  readonly #attemptIds: DedupeWindow;
  readonly attemptArena = new ByteArena();
  readonly blobs: BlobMemory;
  readonly busRouter = new SubjectRouter<Listener<Posted>>();
  readonly busMailbox = new Mailbox<Posted>(this.turns);
  readonly #buckets: Readonly<Record<BucketName, Bucket>>;
  readonly #queues = new Map<string, AttemptQueue>();
  #messageCount = 0;
  /** How many attempts the queues hold, in workers' hands included. */
  readonly attemptCount = { value: 0 };

  constructor(settings: EmbeddedSettings) {
    const { clock, turns } = { clock: settings.clock, turns: this.turns };
    const window = { windowMs: settings.dedupeMs, idsMax: settings.dedupeIdsMax };
    this.settings = settings;
    this.eventIds = new DedupeWindow(clock, window);
    this.#attemptIds = new DedupeWindow(clock, window);
    this.blobs = new BlobMemory(settings.blobBytesMax);
    this.partitions = Array.from(
      { length: settings.partitions },
      () => new PartitionLog(clock, turns, settings.logBytesMax),
    );
    this.#buckets = {
      runs: new Bucket(turns, NO_LIMIT),
      partitions: new Bucket(turns, NO_LIMIT),
      results: new Bucket(turns, settings.resultsMax),
      graphs: new Bucket(turns, NO_LIMIT),
      workers: new Bucket(turns, NO_LIMIT),
      "dead-letters": new Bucket(turns, settings.deadLettersMax),
    };
    this.#followMarks();
  }

  checkSize(what: string, bytes: Uint8Array): void {
    const { messageBytesMax } = this.settings;
    if (bytes.length > messageBytesMax) throw new MessageTooLargeError(what, bytes.length, messageBytesMax);
  }

  /**
   * Whether an attempt is new, by its id; remembers it.
   *
   * @throws {@link QueueFullError} where the queues hold as many attempts as they may. What is stored already needs no room.
   */
  admitAttempt(queue: string, id: string): boolean {
    const { queueMessagesMax } = this.settings;
    if (this.attemptCount.value < queueMessagesMax) return this.#attemptIds.admit(id);
    if (this.#attemptIds.has(id)) return false;
    throw new QueueFullError(`queue '${queue}'`, `${queueMessagesMax} attempts are stored (option queueMessagesMax)`);
  }

  partition(partition: number): PartitionLog {
    const log = this.partitions[partition];
    if (log === undefined) throw new RangeError(`there is no partition ${partition} among ${this.partitions.length}`);
    return log;
  }

  bucket(name: BucketName): Bucket {
    return this.#buckets[name];
  }

  queue(name: string): AttemptQueue {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new AttemptQueue(this.settings.clock, this.turns, this.attemptCount);
      this.#queues.set(token("queue name", name), queue);
    }
    return queue;
  }

  queueNames(): readonly string[] {
    return [...this.#queues.keys()];
  }

  nextMessageNumber(): number {
    return ++this.#messageCount;
  }

  /** A lease tells up to where its owner has done with the log; below that the log may forget. */
  #followMarks(): void {
    this.bucket("partitions").observe("*", ({ key, value }) => {
      try {
        this.partitions[Number(key)]?.mark(decodeLease(value).mark);
      } catch (error) {
        // Not a lease of ours: then nothing is known, and nothing is forgotten.
        if (!(error instanceof RecordUndecodableError)) throw error;
      }
    });
  }
}

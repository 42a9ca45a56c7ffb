import type { BucketName, KeyValue, Transport } from "@arpeggio/core";
import { LossyBlobs } from "./lossy-blobs.ts";
import { LossyBucket } from "./lossy-bucket.ts";
import { LossyLog } from "./lossy-log.ts";
import { LossyQueues } from "./lossy-queues.ts";
import type { Random } from "./random.ts";

const BUCKETS = ["runs", "partitions", "results", "graphs"] as const;
type LossyBucketName = (typeof BUCKETS)[number];

/** How much a store may lose, in milliseconds. */
const LOST_MS = [0, 300, 3_000, 10_000] as const;

/** What a server has lost. */
export interface Lost {
  /** Attempts whose messages are gone. */
  readonly attempts: readonly string[];
  /** What was published later is not among what the queues have. */
  readonly attemptsKeptUntilMs: number;
  /** Keys whose last changes are gone. */
  readonly keys: Readonly<Record<LossyBucketName, readonly string[]>>;
  /** Keys of blobs that are gone. */
  readonly blobs: readonly string[];
}

/** Stores of a server that loses power: each comes back without its newest part, and each without another one. */
export class LossyStores {
  readonly #nowMs: () => number;
  readonly #log: LossyLog;
  readonly #queues: LossyQueues;
  readonly #blobs: LossyBlobs;
  readonly #buckets: Readonly<Record<LossyBucketName, LossyBucket>>;
  /** What lies underneath. */
  readonly #view: Transport;

  private constructor(view: Transport, nowMs: () => number, idOf: (bytes: Uint8Array) => string) {
    this.#view = view;
    this.#nowMs = nowMs;
    this.#log = new LossyLog(nowMs, view.events.partitions);
    this.#queues = new LossyQueues(nowMs, idOf);
    this.#blobs = new LossyBlobs(nowMs);
    this.#buckets = {
      runs: new LossyBucket(nowMs),
      partitions: new LossyBucket(nowMs),
      results: new LossyBucket(nowMs),
      graphs: new LossyBucket(nowMs),
    };
  }

  static async over(view: Transport, nowMs: () => number, idOf: (bytes: Uint8Array) => string): Promise<LossyStores> {
    const stores = new LossyStores(view, nowMs, idOf);
    await stores.#log.start(view.events);
    return stores;
  }

  /** The stores as a process sees them. */
  of(view: Transport): Transport {
    return {
      ...view,
      events: this.#log.of(view.events),
      attempts: this.#queues.of(view.attempts),
      blobs: this.#blobs.of(view.blobs),
      bucket: (name) => this.#bucket(name, view.bucket(name)),
    };
  }

  async lose(random: Random): Promise<Lost> {
    const afterMs = () => this.#nowMs() - random.pick(LOST_MS);
    this.#log.lose(afterMs());
    const attemptsKeptUntilMs = afterMs();
    const attempts = await this.#queues.lose(attemptsKeptUntilMs, this.#view.attempts);
    const keys: Record<LossyBucketName, readonly string[]> = { runs: [], partitions: [], results: [], graphs: [] };
    for (const name of BUCKETS) keys[name] = await this.#buckets[name].lose(afterMs(), this.#view.bucket(name));
    const blobs = await this.#blobs.lose(afterMs(), this.#view.blobs);
    return { attempts, attemptsKeptUntilMs, keys, blobs };
  }

  #bucket(name: BucketName, bucket: KeyValue): KeyValue {
    return isLossy(name) ? this.#buckets[name].of(bucket) : bucket;
  }
}

function isLossy(name: BucketName): name is LossyBucketName {
  return (BUCKETS as readonly BucketName[]).includes(name);
}

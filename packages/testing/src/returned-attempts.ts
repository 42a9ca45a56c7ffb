import type { AttemptQueues, Delivery, StoredAttempt } from "@arpeggio/core";
import { createRandom } from "./random.ts";

interface Acknowledged extends StoredAttempt {
  readonly isPassed: true;
  readonly id: string;
  readonly publishedAtMs: number;
  readonly atMs: number;
}

/** What was acknowledged longer ago has gone for good. */
const UNSURE_MS = 10_000;
const RETURN_CHANCE = 0.25;

/**
 * Attempts that were acknowledged, and are stored again after the broker was started anew. They lie below what consumers have read,
 * so nobody is handed one: they stay until somebody discards them.
 */
export class ReturnedAttempts {
  readonly #nowMs: () => number;
  readonly #idOf: (bytes: Uint8Array) => string;
  /** One of its own, so that nothing else takes another course because of it. */
  readonly #random = createRandom(1);
  /** When each attempt was published last. */
  readonly #publishedAtMs = new Map<string, number>();
  #acknowledged: Acknowledged[] = [];
  /** By message. */
  readonly #returned = new Map<string, Acknowledged>();

  constructor(nowMs: () => number, idOf: (bytes: Uint8Array) => string) {
    this.#nowMs = nowMs;
    this.#idOf = idOf;
  }

  /** The queues as everybody sees them. */
  of(attempts: AttemptQueues): AttemptQueues {
    const returned = this.#returned;
    return {
      publish: async (attempt) => {
        await attempts.publish(attempt);
        this.#publishedAtMs.set(this.#idOf(attempt.bytes), this.#nowMs());
      },
      consume: (queue, options, onDelivery) => attempts.consume(queue, options, onDelivery),
      discard: async (queue, run) => {
        await attempts.discard(queue, run);
        for (const [message, one] of returned) if (one.queue === queue && one.runId === run) returned.delete(message);
      },
      async *stored(filter) {
        const { queue, runId } = filter;
        for (const one of returned.values())
          if ((queue ?? one.queue) === one.queue && (runId ?? one.runId) === one.runId) yield one;
        yield* attempts.stored(filter);
      },
    };
  }

  acknowledged({ messageId, runId, bytes }: Delivery, queue: string): void {
    const id = this.#idOf(bytes);
    const publishedAtMs = this.#publishedAtMs.get(id) ?? 0;
    const copy = new Uint8Array(bytes);
    this.#acknowledged.push({
      id,
      queue,
      runId,
      messageId,
      bytes: copy,
      isPassed: true,
      publishedAtMs,
      atMs: this.#nowMs(),
    });
  }

  /**
   * The broker was started anew.
   *
   * @param keptUntilMs what was published later is lost, and does not come back either
   * @returns the ids of what is stored although it was acknowledged
   */
  restart(keptUntilMs = Infinity): ReadonlySet<string> {
    const sinceMs = this.#nowMs() - UNSURE_MS;
    const acknowledged = this.#acknowledged;
    this.#acknowledged = [];
    for (const [message, { publishedAtMs }] of this.#returned)
      if (publishedAtMs > keptUntilMs) this.#returned.delete(message);
    for (const one of acknowledged)
      if (one.atMs > sinceMs && one.publishedAtMs <= keptUntilMs && this.#random.chance(RETURN_CHANCE))
        this.#returned.set(one.messageId, one);
    return new Set(this.ids());
  }

  /** Of what is stored although it was acknowledged. */
  ids(): readonly string[] {
    return Array.from(this.#returned.values(), ({ id }) => id);
  }
}

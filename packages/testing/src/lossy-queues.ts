import type { AttemptQueues } from "@arpeggio/core";
import { gathered } from "./gathered.ts";

/** Queues that can lose the attempts that were published last. */
export class LossyQueues {
  readonly #nowMs: () => number;
  readonly #idOf: (bytes: Uint8Array) => string;
  /** When each attempt was published last. */
  readonly #sinceMs = new Map<string, number>();
  /** Ids of messages. */
  readonly #lost = new Set<string>();

  constructor(nowMs: () => number, idOf: (bytes: Uint8Array) => string) {
    this.#nowMs = nowMs;
    this.#idOf = idOf;
  }

  /** The queues as everybody sees them. */
  of(attempts: AttemptQueues): AttemptQueues {
    const lost = this.#lost;
    return {
      publish: async (attempt) => {
        await attempts.publish(attempt);
        this.#sinceMs.set(this.#idOf(attempt.bytes), this.#nowMs());
      },
      discard: (queue, run) => attempts.discard(queue, run),
      async *stored(filter) {
        for await (const message of attempts.stored(filter)) if (!lost.has(message.messageId)) yield message;
      },
      consume: (queue, options, onDelivery) =>
        attempts.consume(queue, options, (delivery) => {
          if (lost.has(delivery.messageId)) delivery.ack();
          else onDelivery(delivery);
        }),
    };
  }

  /** Loses what was published after a moment; gives the ids of the attempts. What workers have in hand they keep. */
  async lose(afterMs: number, attempts: AttemptQueues): Promise<readonly string[]> {
    const ids: string[] = [];
    for (const { messageId, bytes } of await gathered(attempts.stored({}))) {
      const id = this.#idOf(bytes);
      if (this.#lost.has(messageId) || (this.#sinceMs.get(id) ?? 0) <= afterMs) continue;
      this.#lost.add(messageId);
      ids.push(id);
    }
    return ids;
  }
}

import type { Clock, Delivery } from "@arpeggio/core";
import type { Logger } from "./logger.ts";

const DELAY_MS = 1_000;
const DELAY_MS_MAX = 30_000;
/** A task is warned of this often, in milliseconds. */
const WARNED_MS = 60_000;
/** Names come from whoever starts runs: of more than these a minute, the log has had enough. */
const NAMES_MAX = 1_000;

/**
 * Gives back attempts whose task this worker does not know, later each time: a worker that knows it may start any moment, or
 * there is one that reads the queue, too. Such an attempt never fails.
 */
export class UnknownTasks {
  readonly #clock: Clock;
  readonly #log: Logger;
  /** The oldest first. */
  readonly #warnedAtMs = new Map<string, number>();

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  giveBack(delivery: Delivery, task: string, queue: string): void {
    this.#warn(task, queue);
    delivery.release(Math.min(DELAY_MS * 2 ** (delivery.deliveryCount - 1), DELAY_MS_MAX));
  }

  #warn(task: string, queue: string): void {
    this.#forget();
    if (this.#warnedAtMs.has(task) || this.#warnedAtMs.size >= NAMES_MAX) return;
    this.#warnedAtMs.set(task, this.#clock.now());
    this.#log.warn(`this worker reads queue '${queue}' but does not know task '${task}'; it gives such attempts back`);
  }

  #forget(): void {
    const before = this.#clock.now() - WARNED_MS;
    for (const [task, atMs] of this.#warnedAtMs) {
      if (atMs >= before) return;
      this.#warnedAtMs.delete(task);
    }
  }
}

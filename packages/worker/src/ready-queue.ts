import { Fifo } from "@arpeggio/core";
import type { HeldAttempt } from "./held-attempt.ts";

const PRIORITIES = 10;

/** Attempts in hand that wait for a slot: highest priority first, and first come, first served within one. */
export class ReadyQueue {
  readonly #lanes = Array.from({ length: PRIORITIES }, () => new Fifo<HeldAttempt>());
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(held: HeldAttempt): void {
    const priority = Math.min(Math.max(Math.trunc(held.priority), 0), PRIORITIES - 1);
    this.#lanes[priority]?.add(held);
    this.#size += 1;
  }

  take(): HeldAttempt | undefined {
    for (let priority = PRIORITIES - 1; priority >= 0 && this.#size > 0; priority--) {
      const held = this.#lanes[priority]?.take();
      if (held === undefined) continue;
      this.#size -= 1;
      return held;
    }
    return undefined;
  }

  /** Takes out all for which `test` holds. */
  remove(test: (held: HeldAttempt) => boolean): readonly HeldAttempt[] {
    const removed = this.#lanes.flatMap((lane) => lane.remove(test));
    this.#size -= removed.length;
    return removed;
  }
}

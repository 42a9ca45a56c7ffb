import type { HeldAttempt } from "./held-attempt.ts";

const PRIORITIES = 10;

/** Attempts in hand that wait for a slot: highest priority first, and first come, first served within one. */
export class ReadyQueue {
  readonly #lanes: Lane[] = Array.from({ length: PRIORITIES }, () => ({ items: [], next: 0 }));
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(held: HeldAttempt): void {
    const priority = Math.min(Math.max(Math.trunc(held.priority), 0), PRIORITIES - 1);
    (this.#lanes[priority] as Lane).items.push(held);
    this.#size += 1;
  }

  take(): HeldAttempt | undefined {
    for (let priority = PRIORITIES - 1; priority >= 0 && this.#size > 0; priority--) {
      const held = shift(this.#lanes[priority] as Lane);
      if (held === undefined) continue;
      this.#size -= 1;
      return held;
    }
    return undefined;
  }

  /** Takes out all for which `test` holds. */
  remove(test: (held: HeldAttempt) => boolean): readonly HeldAttempt[] {
    const removed: HeldAttempt[] = [];
    for (const lane of this.#lanes) {
      const waiting = lane.items.slice(lane.next);
      lane.next = 0;
      lane.items = waiting.filter((held) => {
        if (!test(held)) return true;
        removed.push(held);
        return false;
      });
    }
    this.#size -= removed.length;
    return removed;
  }
}

interface Lane {
  items: HeldAttempt[];
  next: number;
}

/** Takes the first item; the space of taken ones is given back in steps, so that taking is O(1). */
function shift(lane: Lane): HeldAttempt | undefined {
  const held = lane.items[lane.next];
  if (held === undefined) return undefined;
  lane.next += 1;
  if (lane.next === lane.items.length) {
    lane.items = [];
    lane.next = 0;
  } else if (lane.next === 1_024) {
    lane.items = lane.items.slice(lane.next);
    lane.next = 0;
  }
  return held;
}

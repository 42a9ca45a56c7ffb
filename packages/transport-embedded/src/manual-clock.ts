import type { Clock } from "@arpeggio/core";
import { DueHeap } from "./due-heap.ts";

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /**
   * Goes on by `ms` milliseconds: runs what is due on the way, in order, each at its own time, timers that are set
   * meanwhile included. What a timer causes beyond its own turn (messages, promises) has yet to happen when this
   * returns: wait for that itself.
   */
  advance(ms: number): void;
}

/**
 * A clock for tests: give it to `createEmbeddedTransport({ clock })`, and ack waits, delays, retries and timeouts take
 * as long as the test says.
 *
 * @param startMs what `now()` says at first, in milliseconds since 1970. @defaultValue `0`
 */
export function manualClock(startMs = 0): ManualClock {
  const timers = new DueHeap<{ run: () => void; isCancelled: boolean }>();
  let nowMs = startMs;
  return {
    now: () => nowMs,
    after(delayMs, run) {
      const timer = { run, isCancelled: false };
      timers.add(nowMs + Math.max(0, delayMs), timer);
      return { cancel: () => void (timer.isCancelled = true) };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const dueAtMs = timers.nextDueAtMs;
        const timer = timers.takeDue(untilMs);
        if (timer === undefined || dueAtMs === undefined) break;
        nowMs = Math.max(nowMs, dueAtMs);
        if (!timer.isCancelled) timer.run();
      }
      nowMs = untilMs;
    },
  };
}

import type { Clock, Timer } from "@arpeggio/core";
import type { Timeline, TimelineActor } from "./timeline.ts";

/** A process of the simulated world: coordinator, worker or client. */
export class Actor implements TimelineActor {
  /** E.g. `worker-2.3`: the second worker, in its third life. */
  readonly name: string;
  isGone = false;
  pausedUntilMs = 0;
  /** Until when its connection is down. */
  downUntilMs = 0;
  readonly clock: Clock;
  readonly #timeline: Timeline;
  #rate: number;
  /** When its clock began to go at this rate, and what it showed. */
  #sinceMs: number;
  #shownMs: number;
  /** By how much it was set since. */
  #offsetMs = 0;

  constructor(name: string, timeline: Timeline, rate: number) {
    this.name = name;
    this.#timeline = timeline;
    this.#rate = rate;
    this.#sinceMs = timeline.nowMs;
    this.#shownMs = timeline.nowMs;
    this.clock = {
      now: () => Math.floor(this.#read() + this.#offsetMs),
      elapsedMs: () => this.#read(),
      after: (delayMs, run) => this.#after(delayMs, run),
    };
  }

  /** Sets its clock; timers that run are not touched, as those of Node are not. */
  jump(ms: number): void {
    this.#offsetMs += ms;
  }

  /** From now on its clock goes as fast as time does; what it is ahead or behind by now it stays. */
  keepTime(): void {
    this.#shownMs = this.#read();
    this.#sinceMs = this.#timeline.nowMs;
    this.#rate = 1;
  }

  #read(): number {
    return this.#shownMs + (this.#timeline.nowMs - this.#sinceMs) * this.#rate;
  }

  #after(delayMs: number, run: () => void): Timer {
    const planned = this.#timeline.plan(delayMs / this.#rate, this, run);
    return { cancel: () => void (planned.isCancelled = true) };
  }
}

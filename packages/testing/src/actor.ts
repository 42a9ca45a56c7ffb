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
  readonly #rate: number;
  readonly #bornMs: number;
  #offsetMs = 0;

  constructor(name: string, timeline: Timeline, rate: number) {
    this.name = name;
    this.#timeline = timeline;
    this.#rate = rate;
    this.#bornMs = timeline.nowMs;
    this.clock = { now: () => this.#now(), after: (delayMs, run) => this.#after(delayMs, run) };
  }

  /** Sets its clock; timers that run are not touched, as those of Node are not. */
  jump(ms: number): void {
    this.#offsetMs += ms;
  }

  #now(): number {
    const { nowMs } = this.#timeline;
    return Math.floor(this.#bornMs + (nowMs - this.#bornMs) * this.#rate + this.#offsetMs);
  }

  #after(delayMs: number, run: () => void): Timer {
    const planned = this.#timeline.plan(delayMs / this.#rate, this, run);
    return { cancel: () => void (planned.isCancelled = true) };
  }
}

import type { Clock, Timer } from "@arpeggio/core";
import type { HeldAttempt } from "./held-attempt.ts";

const ROUND_MS = 500;
/** An attempt that runs longer than this is told to the run's followers, in milliseconds. */
const LONG_MS = 1_000;

export interface RoundsOptions {
  readonly clock: Clock;
  readonly ackWaitMs: number;
  /** All attempts in hand. */
  readonly held: () => Iterable<HeldAttempt>;
  /** An attempt has been running for a while; told once. */
  readonly onLong: (held: HeldAttempt) => void;
  /** The end of each round: how long the longest attempt has been running, in milliseconds. */
  readonly onRound: (longestMs: number) => void;
}

/** Goes round all attempts in hand again and again: heartbeats, and news of long ones. One timer for all of them. */
export class Rounds {
  readonly #options: RoundsOptions;
  #extendedAtMs: number;
  #timer: Timer | undefined;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#extendedAtMs = options.clock.now();
  }

  start(): void {
    const { clock, ackWaitMs } = this.#options;
    this.#timer = clock.after(Math.min(ROUND_MS, ackWaitMs / 3), () => {
      this.#round();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #round(): void {
    const { clock, ackWaitMs, held, onLong, onRound } = this.#options;
    const nowMs = clock.now();
    // Rounds do not fall on the thirds exactly: rather a little early than late.
    const isExtendDue = nowMs - this.#extendedAtMs >= ackWaitMs / 3 - ROUND_MS / 2;
    if (isExtendDue) this.#extendedAtMs = nowMs;
    let longestMs = 0;
    for (const one of held()) {
      if (isExtendDue) one.extend();
      if (one.phase !== "running") continue;
      const runningMs = nowMs - one.startedAtMs;
      longestMs = Math.max(longestMs, runningMs);
      if (runningMs >= LONG_MS && !one.isStartReported) onLong(one);
    }
    onRound(longestMs);
  }
}

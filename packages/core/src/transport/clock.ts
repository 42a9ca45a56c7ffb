/** The only source of time outside the log: handed in, so that tests can drive it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Milliseconds that have gone by since some moment: unlike {@link now} it goes on evenly when the machine's clock is set.
   *
   * @defaultValue what `now` says
   */
  elapsedMs?(): number;
  /** Calls `run` once after `delayMs`; never keeps the process alive by itself. */
  after(delayMs: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** How much time has gone by since some moment, whatever the clock was set to meanwhile. */
export function elapsedMs(clock: Clock): number {
  return clock.elapsedMs?.() ?? clock.now();
}

const TIMER_MS_MAX = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsedMs: () => performance.now(),
  after(delayMs, run) {
    let handle: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      // Above 2^31-1 ms Node fires at once, so a longer wait is one of several.
      const ms = Math.min(leftMs, TIMER_MS_MAX);
      handle = setTimeout(() => (leftMs > ms ? wait(leftMs - ms) : run()), ms);
      handle.unref();
    };
    wait(delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};

import { TransportClosedError } from "@arpeggio/core";
import type { Clock, Timer } from "@arpeggio/core";
import type { CoordinatorLogger } from "./logger.ts";
import type { CoordinatorStats } from "./stats.ts";

const RETRY_MS = 500;

interface Interval {
  open: number;
  close: (() => void) | undefined;
}

export interface WritesOptions {
  readonly clock: Clock;
  readonly log: CoordinatorLogger;
  readonly stats: CoordinatorStats;
}

/**
 * Everything that a partition's owner has sent and that is not known to be stored yet. Nobody waits for a single one; a
 * checkpoint waits for all that were begun before it.
 */
export class Writes {
  readonly #options: WritesOptions;
  readonly #waiting = new Set<Timer>();
  #interval: Interval = { open: 0, close: undefined };
  /** Intervals that a cut waits for. */
  readonly #cuts = new Set<Interval>();
  #earlier: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: WritesOptions) {
    this.#options = options;
  }

  /**
   * Begins a write, and again every half second until it succeeds: giving one up would leave a run waiting for ever.
   *
   * @param isFinal handles an error that trying again cannot mend; true if it did.
   */
  begin(write: () => Promise<unknown>, isFinal?: (error: unknown) => boolean): void {
    if (this.#isStopped) return;
    const interval = this.#interval;
    interval.open++;
    this.#attempt(write, interval, isFinal);
  }

  /** Resolves when everything that was begun before this call is stored, or given up by {@link stop}. */
  cut(): Promise<void> {
    const interval = this.#interval;
    if (interval.open === 0) return this.#earlier;
    this.#interval = { open: 0, close: undefined };
    this.#cuts.add(interval);
    const closed = new Promise<void>((resolve) => (interval.close = resolve));
    this.#earlier = this.#earlier.then(() => closed);
    return this.#earlier;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Gives up what is not stored yet: another owner will do it. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#waiting) timer.cancel();
    this.#waiting.clear();
    for (const interval of this.#cuts) interval.close?.();
    this.#cuts.clear();
  }

  #attempt(write: () => Promise<unknown>, interval: Interval, isFinal?: (error: unknown) => boolean): void {
    let promise: Promise<unknown>;
    try {
      promise = write();
    } catch (error) {
      promise = Promise.reject(error as Error);
    }
    promise.then(
      () => this.#settle(interval),
      (error: unknown) => {
        if (isFinal?.(error) === true) this.#settle(interval);
        else if (error instanceof TransportClosedError) this.stop();
        else if (!this.#isStopped) this.#retry(write, interval, { isFinal, error });
      },
    );
  }

  #retry(
    write: () => Promise<unknown>,
    interval: Interval,
    { isFinal, error }: { isFinal: ((error: unknown) => boolean) | undefined; error: unknown },
  ): void {
    const { clock, log, stats } = this.#options;
    stats.writeRetries++;
    log.warn("a write failed and is tried again", error);
    const timer = clock.after(RETRY_MS, () => {
      this.#waiting.delete(timer);
      this.#attempt(write, interval, isFinal);
    });
    this.#waiting.add(timer);
  }

  #settle(interval: Interval): void {
    interval.open--;
    if (interval.open > 0 || interval.close === undefined) return;
    this.#cuts.delete(interval);
    interval.close();
  }
}

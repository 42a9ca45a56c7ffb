import { TransportClosedError } from "@arpeggio/core";
import type { Clock, Timer } from "@arpeggio/core";
import { isFull } from "./pressure.ts";
import type { Pressure } from "./pressure.ts";
import type { CoordinatorStats } from "./stats.ts";

const RETRY_MS = 500;

/** While there is no room, so many writes are made again this often, in milliseconds. */
const PROBES = 32;
const PROBE_MS = 50;
const COMPACT_FROM = 4_096;

interface Refused {
  readonly write: () => Promise<unknown>;
  readonly interval: Interval;
  readonly isFinal: ((error: unknown) => boolean) | undefined;
}

interface Interval {
  open: number;
  close: (() => void) | undefined;
}

export interface WritesOptions {
  readonly clock: Clock;
  readonly pressure: Pressure;
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
  /** Writes for which there was no room, from `#refusedAt` on: they are made again a few at a time. */
  #refused: Refused[] = [];
  #refusedAt = 0;
  #probing: Timer | undefined;

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
    this.#probing?.cancel();
    this.#refused = [];
    this.#refusedAt = 0;
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
    const { clock, pressure, stats } = this.#options;
    stats.writeRetries++;
    pressure.failed("a write failed and is tried again", error);
    if (isFull(error)) {
      this.#refused.push({ write, interval, isFinal });
      this.#probeLater();
      return;
    }
    const timer = clock.after(RETRY_MS, () => {
      this.#waiting.delete(timer);
      this.#attempt(write, interval, isFinal);
    });
    this.#waiting.add(timer);
  }

  #probeLater(): void {
    if (this.#probing !== undefined) return;
    this.#probing = this.#options.clock.after(PROBE_MS, () => {
      this.#probing = undefined;
      this.#probe(PROBES);
    });
  }

  /** Makes some of the writes again for which there was no room. */
  #probe(count: number): void {
    const to = Math.min(this.#refused.length, this.#refusedAt + count);
    const once = this.#refused.slice(this.#refusedAt, to);
    this.#refusedAt = to;
    if (to === this.#refused.length || to > COMPACT_FROM) {
      this.#refused = this.#refused.slice(to);
      this.#refusedAt = 0;
    }
    for (const { write, interval, isFinal } of once) this.#attempt(write, interval, isFinal);
  }

  #settle(interval: Interval): void {
    // Where one finds room, others may: twice as many with every answer.
    if (this.#refused.length > 0) this.#probe(2);
    interval.open--;
    if (interval.open > 0 || interval.close === undefined) return;
    this.#cuts.delete(interval);
    interval.close();
  }
}

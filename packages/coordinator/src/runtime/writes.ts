import { Fifo, TransportClosedError } from "@arpeggio/core";
import type { Clock, StoreListener, Timer } from "@arpeggio/core";
import { isFull } from "./pressure.ts";
import type { Pressure } from "./pressure.ts";
import type { CoordinatorStats } from "./stats.ts";

const RETRY_MS = 500;

/** While there is no room, so many writes are made again this often, in milliseconds. */
const PROBES = 32;
const PROBE_MS = 50;

/** What was begun between two cuts. */
export interface Interval {
  open: number;
  close: (() => void) | undefined;
}

/**
 * Something to be stored, and who is told that it is: one object, since a partition may have tens of thousands of them under
 * way. Given to {@link Writes.add} once.
 */
export abstract class Write implements StoreListener {
  #writes: Writes | undefined;
  #interval: Interval | undefined;

  /** Begins it, or begins it again; calls {@link onStored} or {@link onFailed}. */
  abstract send(): void;

  /** Handles an error that trying again cannot mend; true if it did. */
  isFinal(_error: unknown): boolean {
    return false;
  }

  /** Called by those that it is added to. */
  addTo(writes: Writes, interval: Interval): void {
    this.#writes = writes;
    this.#interval = interval;
  }

  onStored(): void {
    if (this.#interval !== undefined) this.#writes?.settle(this.#interval);
  }

  onFailed(error: unknown): void {
    if (this.isFinal(error)) this.onStored();
    else this.#writes?.again(this, error);
  }
}

/** A write that is a promise of its own. */
class PromisedWrite extends Write {
  readonly #begin: () => Promise<unknown>;
  readonly #isFinal: ((error: unknown) => boolean) | undefined;

  constructor(begin: () => Promise<unknown>, isFinal: ((error: unknown) => boolean) | undefined) {
    super();
    this.#begin = begin;
    this.#isFinal = isFinal;
  }

  override isFinal(error: unknown): boolean {
    return this.#isFinal?.(error) === true;
  }

  send(): void {
    tell(this, this.#begin());
  }
}

/** Tells of a promise's end. */
export function tell(write: Write, promise: Promise<unknown>): void {
  promise.then(
    () => write.onStored(),
    (error: unknown) => write.onFailed(error),
  );
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
  /** Writes for which there was no room: they are made again a few at a time. */
  readonly #refused = new Fifo<Write>();
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
    this.add(new PromisedWrite(write, isFinal));
  }

  /**
   * The same for a write that is told by its transport.
   *
   * @param interval what {@link expect} gave for it.
   */
  add(write: Write, interval = this.expect()): void {
    if (this.#isStopped) return;
    write.addTo(this, interval);
    send(write);
  }

  /** Counts a write as begun that is added later, or {@link settle}d because it is not to be made any more. */
  expect(): Interval {
    this.#interval.open++;
    return this.#interval;
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
    this.#refused.clear();
    for (const interval of this.#cuts) interval.close?.();
    this.#cuts.clear();
  }

  /** A write has failed: called by itself. */
  again(write: Write, error: unknown): void {
    if (error instanceof TransportClosedError) return this.stop();
    if (this.#isStopped) return;
    const { clock, pressure, stats } = this.#options;
    stats.writeRetries++;
    pressure.failed("a write failed and is tried again", error);
    if (isFull(error)) {
      this.#refused.add(write);
      this.#probeLater();
      return;
    }
    const timer = clock.after(RETRY_MS, () => {
      this.#waiting.delete(timer);
      send(write);
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
    // Counted first: one that is refused at once is no sooner made again than the others.
    for (let left = Math.min(count, this.#refused.size); left > 0; left--) {
      const write = this.#refused.take();
      if (write !== undefined) send(write);
    }
  }

  /** A write is stored, or need not be. */
  settle(interval: Interval): void {
    // Where one finds room, others may: twice as many with every answer.
    if (this.#refused.size > 0) this.#probe(2);
    interval.open--;
    if (interval.open > 0 || interval.close === undefined) return;
    this.#cuts.delete(interval);
    interval.close();
  }
}

function send(write: Write): void {
  try {
    write.send();
  } catch (error) {
    write.onFailed(error);
  }
}

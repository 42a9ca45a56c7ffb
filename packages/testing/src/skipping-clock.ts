import type { Clock, Timer } from "@arpeggio/core";

/** Timers that are set for longer than this are what somebody waits for; shorter ones are the beats of the engine. */
const BEAT_MS_MAX = 5_000;
/** So many turns of the event loop must go by without anything happening before time is skipped. */
const QUIET_TURNS = 4;

interface Entry {
  readonly dueAtMs: number;
  readonly order: number;
  readonly delayMs: number;
  readonly run: () => void;
  isGone: boolean;
}

function isAwaited({ delayMs }: Entry): boolean {
  return delayMs > BEAT_MS_MAX;
}

/** A clock that goes on by itself, and jumps ahead where there is nothing to do but to wait. */
export class SkippingClock implements Clock {
  readonly #isWaiting: () => boolean;
  #entries: Entry[] = [];
  #order = 0;
  /** What it is ahead of the machine's clock. */
  #aheadMs = 0;
  #activity = 0;
  #quiet = 0;
  #real: NodeJS.Timeout | undefined;
  #looking: NodeJS.Immediate | undefined;
  #isStopped = false;

  /** @param isWaiting whether somebody waits and nothing is being done. */
  constructor(isWaiting: () => boolean) {
    this.#isWaiting = isWaiting;
  }

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const dueAtMs = this.now() + Math.max(0, delayMs);
    const entry = { dueAtMs, order: this.#order++, delayMs, run, isGone: false };
    this.#entries.push(entry);
    this.#wait();
    return { cancel: () => void (entry.isGone = true) };
  }

  /** Something has happened: time is not skipped before all has come to rest again. */
  noteActivity(): void {
    this.#activity++;
    this.#look();
  }

  /**
   * Goes ahead by `ms`. What somebody waits for on the way comes at its own time; the beats of the engine come once, as in a
   * process that stood still.
   */
  skip(ms: number): void {
    const untilMs = this.now() + ms;
    for (let next = this.#next(isAwaited); next !== undefined; next = this.#next(isAwaited)) {
      if (next.dueAtMs > untilMs) break;
      this.#jumpTo(next.dueAtMs);
    }
    this.#jumpTo(untilMs);
    this.noteActivity();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#real);
    clearImmediate(this.#looking);
    this.#entries = [];
  }

  /** Looks again in every turn of the event loop as long as time may have to be skipped. */
  #look(): void {
    if (this.#looking !== undefined || this.#isStopped || !this.#isWaiting()) return;
    const seen = this.#activity;
    this.#looking = setImmediate(() => {
      this.#looking = undefined;
      this.#quiet = seen === this.#activity ? this.#quiet + 1 : 0;
      if (this.#quiet >= QUIET_TURNS && this.#isWaiting()) {
        this.#quiet = 0;
        const next = this.#next(isAwaited) ?? this.#next(() => true);
        if (next !== undefined) this.#jumpTo(next.dueAtMs);
      }
      this.#look();
    });
  }

  #jumpTo(atMs: number): void {
    this.#aheadMs += Math.max(0, atMs - this.now());
    this.#runDue();
  }

  #next(test: (entry: Entry) => boolean): Entry | undefined {
    let first: Entry | undefined;
    this.#entries = this.#entries.filter(({ isGone }) => !isGone);
    for (const entry of this.#entries) {
      const isBefore = first === undefined || entry.dueAtMs < first.dueAtMs;
      if (isBefore && test(entry)) first = entry;
    }
    return first;
  }

  #run(entry: Entry): void {
    entry.isGone = true;
    this.#activity++;
    entry.run();
  }

  /** As long as nothing is skipped, time is that of the machine. */
  #wait(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#real);
    const next = this.#next(() => true);
    if (next === undefined) return;
    this.#real = setTimeout(() => this.#runDue(), Math.min(2 ** 31 - 1, Math.max(0, next.dueAtMs - this.now())));
    this.#real.unref();
  }

  /** What is due now; what that sets anew comes later. */
  #runDue(): void {
    const nowMs = this.now();
    const due = this.#entries.filter(({ dueAtMs }) => dueAtMs <= nowMs);
    due.sort((a, b) => a.dueAtMs - b.dueAtMs || a.order - b.order);
    for (const entry of due) if (!entry.isGone) this.#run(entry);
    this.#wait();
    this.#look();
  }
}

import { elapsedMs, encodeEvent, randomToken } from "@arpeggio/core";
import type { Clock, EventWriter, RunEvent, Timer } from "@arpeggio/core";
import type { Writes } from "./writes.ts";

/** Events of this run are markers. No run can have this name. */
const FENCE_RUN = "~fence";
/** Who asks so soon after another, in milliseconds, waits for others who ask: what finds no room is asked for again and again. */
const APART_MS = 20;
/** An event that is stored and has not come back after this long, in milliseconds, may be lost: another one is appended. */
const UNREAD_MS = 2_000;

export interface FenceOptions {
  readonly partition: number;
  readonly events: EventWriter;
  readonly writes: Writes;
  readonly clock: Clock;
}

/**
 * Tells whether everything that was in the log at some moment has been folded: an event that means nothing is appended
 * then, and has been read. Who reads slowly would otherwise take for lost what is only not read yet.
 *
 * A server that loses the end of its log may lose such an event before it is read, and nothing else by which that would show. So one that does
 * not come back is followed by another, which says the same of all before it.
 */
export class Fence {
  readonly #options: FenceOptions;
  /** Nobody else's: an epoch may be counted again by a server that has lost the newest lease. */
  readonly #prefix = `${randomToken(8)}:`;
  #set = 0;
  #passed = 0;
  #next: Promise<boolean> | undefined;
  #setAtMs = -Infinity;
  #timer: Timer | undefined;
  /** Runs while the last event is stored and not read. */
  #unread: Timer | undefined;
  #answerNext: () => void = () => {};
  /** In the order of their numbers. */
  #waiting: { readonly number: number; readonly resolve: (isPassed: boolean) => void }[] = [];
  #isStopped = false;

  constructor(options: FenceOptions) {
    this.#options = options;
  }

  set(): void {
    const { partition, events, writes, clock } = this.#options;
    this.#setAtMs = elapsedMs(clock);
    const number = ++this.#set;
    const frame = encodeEvent({ type: "timer.fired", run: FENCE_RUN, timer: `${this.#prefix}${number}` });
    writes.begin(() => events.write(partition, frame).then(() => this.#expect(number)));
  }

  #expect(number: number): void {
    if (this.#isStopped || this.#passed >= number) return;
    this.#unread?.cancel();
    this.#unread = this.#options.clock.after(UNREAD_MS, () => {
      if (!this.isPassed) this.set();
    });
  }

  /** Whether the last one that was set has been read. */
  get isPassed(): boolean {
    return this.#passed === this.#set;
  }

  /**
   * Resolves when everything that is in the log now has been folded; with false if the log is no longer read. Those who ask
   * in the same turn share an event, and so do those who ask within 20 ms after it.
   */
  passed(): Promise<boolean> {
    if (this.#isStopped) return Promise.resolve(false);
    this.#next ??= new Promise((resolve) => {
      this.#answerNext = () => {
        this.#next = undefined;
        if (this.#isStopped) return resolve(false);
        this.set();
        this.#waiting.push({ number: this.#set, resolve });
      };
      const { clock } = this.#options;
      const waitMs = this.#setAtMs + APART_MS - elapsedMs(clock);
      if (waitMs > 0) this.#timer = clock.after(waitMs, () => this.#answerNext());
      else queueMicrotask(() => this.#answerNext());
    });
    return this.#next;
  }

  /** The log is no longer read. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#unread?.cancel();
    if (this.#next !== undefined) this.#answerNext();
    for (const { resolve } of this.#waiting.splice(0)) resolve(false);
  }

  /** Looks at an event of the log. */
  see(event: RunEvent): void {
    if (event.type !== "timer.fired" || event.run !== FENCE_RUN || !event.timer.startsWith(this.#prefix)) return;
    this.#passed = Math.max(this.#passed, Number(event.timer.slice(this.#prefix.length)));
    if (this.isPassed) this.#unread?.cancel();
    const isWaiting = this.#waiting.findIndex(({ number }) => number > this.#passed);
    const passed = this.#waiting.splice(0, isWaiting < 0 ? this.#waiting.length : isWaiting);
    for (const { resolve } of passed) resolve(true);
  }
}

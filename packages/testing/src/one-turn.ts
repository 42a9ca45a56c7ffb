import { replaceTokenBytes } from "@arpeggio/core";
import type { Random } from "./random.ts";

/** After so many steps the real event loop gets a turn: other things of the process must not starve. */
const STEPS_PER_TURN = 5_000;
/** So often nothing may happen in a row before everything counts as done: what waits for a tick waits for two at most. */
const QUIET_TICKS = 3;

interface Immediate {
  readonly run: () => void;
  isCancelled: boolean;
}

type Timeout = { readonly cancel: () => void };

/** Where the timers of handlers go. */
export interface VirtualTimers {
  after(delayMs: number, run: () => void): Timeout;
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Lets a simulation run within one turn of the real event loop, where nothing from outside can come in between.
 *
 * Promises and ticks go on by themselves in a fixed order. `setImmediate` is the simulation's own as long as it runs, so
 * that it knows when nothing is left to do; `setTimeout` and `setInterval` follow its virtual time, and random ids come
 * from its seed. Simulations of one process run one after another.
 */
export async function withinOneTurn<T>(
  random: Random,
  timers: VirtualTimers,
  simulate: (turn: OneTurn) => Promise<T>,
): Promise<T> {
  const before = last;
  let end!: () => void;
  last = new Promise<void>((resolve) => (end = resolve));
  await before;
  const turn = new OneTurn(random, timers);
  await turn.begin();
  try {
    return await simulate(turn);
  } finally {
    await turn.end();
    end();
  }
}

export class OneTurn {
  readonly #random: Random;
  readonly #timers: VirtualTimers;
  #immediates: Immediate[] = [];
  #restore: (() => void) | undefined;
  #listeners: readonly NodeJS.UnhandledRejectionListener[] = [];
  #steps = 0;
  #activity = 0;
  /** What was rejected and caught by nobody; Node tells of it at the end of a real turn. */
  readonly unhandled: unknown[] = [];
  readonly #onUnhandled = (error: unknown) => void this.unhandled.push(error);

  constructor(random: Random, timers: VirtualTimers) {
    this.#random = random;
    this.#timers = timers;
  }

  /** Something has happened: what follows from it may need further ticks. */
  noteActivity(): void {
    this.#activity++;
  }

  async begin(): Promise<void> {
    await this.#pass();
    this.#listeners = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", this.#onUnhandled);
    this.#replace();
  }

  async end(): Promise<void> {
    await this.#pass();
    process.off("unhandledRejection", this.#onUnhandled);
    for (const listener of this.#listeners) process.on("unhandledRejection", listener);
  }

  /** Resolves when everything has been done that needs no time to pass. */
  async settle(): Promise<void> {
    let seen = this.#activity;
    for (let quiet = 0; quiet < QUIET_TICKS;) {
      await tick();
      const immediate = this.#immediates.shift();
      if (immediate !== undefined && !immediate.isCancelled) immediate.run();
      if (immediate === undefined && seen === this.#activity) quiet++;
      else quiet = 0;
      seen = this.#activity;
    }
    if (++this.#steps % STEPS_PER_TURN !== 0) return;
    await this.#pass();
    this.#replace();
  }

  /** A real turn of the event loop, in which everything is as it is outside of simulations. */
  async #pass(): Promise<void> {
    this.#restore?.();
    await new Promise((resolve) => setImmediate(resolve));
  }

  #replace(): void {
    const real = { setImmediate, clearImmediate, setTimeout, clearTimeout, setInterval, clearInterval };
    const restoreTokens = replaceTokenBytes((length) => Uint8Array.from({ length }, () => this.#random.int(0, 255)));
    // Stacks differ from machine to machine, and simulated failures are many.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    const cancel = (handle: { cancel?: () => void } | undefined) => handle?.cancel?.();
    const immediately = (run: (...args: unknown[]) => void, ...args: unknown[]) => {
      const immediate = { run: () => run(...args), isCancelled: false };
      this.#immediates.push(immediate);
      return handleOf(() => void (immediate.isCancelled = true));
    };
    const later = (run: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) =>
      handleOf(this.#timers.after(delayMs, () => run(...args)).cancel);
    const again = (run: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) => {
      let timeout: Timeout;
      const plan = () => {
        timeout = this.#timers.after(Math.max(1, delayMs), () => {
          plan();
          run(...args);
        });
      };
      plan();
      return handleOf(() => timeout.cancel());
    };
    Object.assign(globalThis, {
      setImmediate: immediately,
      clearImmediate: cancel,
      setTimeout: later,
      clearTimeout: cancel,
      setInterval: again,
      clearInterval: cancel,
    });
    this.#restore = () => {
      restoreTokens();
      Error.stackTraceLimit = stackTraceLimit;
      Object.assign(globalThis, real);
      this.#restore = undefined;
    };
  }
}

/** Resolves when all promises that can go on have gone on. */
function tick(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}

function handleOf(cancel: () => void): object {
  const handle = { cancel, ref: () => handle, unref: () => handle, hasRef: () => false };
  return handle;
}

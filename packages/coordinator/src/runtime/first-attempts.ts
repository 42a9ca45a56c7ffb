import type { Clock } from "@arpeggio/core";
import type { Dispatcher } from "./dispatcher.ts";
import { nodeCode } from "../run/node-table.ts";
import { attemptOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";

/** A run whose first attempt the log was to put into its queue. */
interface FirstQueued {
  readonly run: RunState;
  /** When its start was stored, by the log's clock. */
  readonly atMs: number;
  /** When it was read, by ours. */
  readonly seenAtMs: number;
}

/** The only node of such a run. */
export const FIRST_NODE = 0;

/** The first attempts that the log was to put into their queues together with the starts of their runs, until something is heard of them. */
export class FirstAttempts {
  readonly #clock: Clock;
  readonly #dispatcher: Dispatcher;
  /** In the order of the log. */
  #open: FirstQueued[] = [];

  constructor(clock: Clock, dispatcher: Dispatcher) {
    this.#clock = clock;
    this.#dispatcher = dispatcher;
  }

  /** @param atMs when the start was stored, by the log's clock. */
  note(run: RunState, atMs: number): void {
    this.#open.push({ run, atMs, seenAtMs: this.#clock.now() });
  }

  /**
   * Sees to it that those are queued of which nothing has been heard.
   *
   * @param ageMs of those only whose start was read this long ago.
   */
  confirm(ageMs: number): void {
    if (this.#open.length === 0) return;
    const before = this.#clock.now() - ageMs;
    const young: FirstQueued[] = [];
    for (const first of this.#open) {
      const { run, atMs, seenAtMs } = first;
      if (run.states[FIRST_NODE] !== nodeCode.queued || attemptOf(run, FIRST_NODE) > 1) continue;
      if (seenAtMs > before) young.push(first);
      else this.#dispatcher.dispatch(run, FIRST_NODE, 1, { sentAtMs: atMs });
    }
    this.#open = young;
  }
}

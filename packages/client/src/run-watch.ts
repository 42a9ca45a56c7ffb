import { decodeOutcome } from "@arpeggio/core";
import type { OutcomeRecord } from "@arpeggio/core";

/** Who waits for the end of a run. */
export interface OutcomeWaiter {
  onOutcome(outcome: OutcomeRecord): void;
  onError(error: Error): void;
}

/** What a client knows of the end of one run. */
export class RunWatch {
  readonly run: string;
  /** Whether the outcome is announced to this client without further ado. */
  readonly isOwn: boolean;
  /** Whether anything has shown that the run exists. */
  isKnown: boolean;
  askedAtMs: number;
  /** Since when neither the owner nor the results have known it. */
  unknownSinceMs: number | undefined;
  askIntervalMs: number;
  isAsking = false;
  readonly waiters = new Set<OutcomeWaiter>();
  #bytes: Uint8Array | undefined;

  constructor(run: string, isOwn: boolean, nowMs: number, askIntervalMs: number) {
    this.run = run;
    this.isOwn = isOwn;
    this.isKnown = isOwn;
    this.askedAtMs = nowMs;
    this.askIntervalMs = askIntervalMs;
  }

  get hasEnded(): boolean {
    return this.#bytes !== undefined;
  }

  /** The outcome, decoded anew each time: what one caller does to it, no other sees. */
  outcome(): OutcomeRecord | undefined {
    return this.#bytes === undefined ? undefined : decodeOutcome(this.#bytes);
  }

  /** Tells all waiters. What cannot be decoded is an error to each of them. */
  end(bytes: Uint8Array): void {
    if (this.#bytes !== undefined) return;
    this.#bytes = bytes;
    for (const waiter of this.waiters) {
      this.waiters.delete(waiter);
      try {
        waiter.onOutcome(decodeOutcome(bytes));
      } catch (error) {
        waiter.onError(error as Error);
      }
    }
  }

  fail(error: Error): void {
    for (const waiter of this.waiters) {
      this.waiters.delete(waiter);
      waiter.onError(error);
    }
  }
}

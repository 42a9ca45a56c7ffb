import { decodeOutcome, RecordUndecodableError } from "@arpeggio/core";
import type { OutcomeRecord } from "@arpeggio/core";

/** Who waits for the end of a run. */
export interface OutcomeWaiter {
  onOutcome(outcome: OutcomeRecord): void;
  onError(error: Error): void;
}

/** From when on, and how often, it is asked for. */
export interface FirstQuestion {
  readonly nowMs: number;
  readonly askIntervalMs: number;
}

type OnUndecodable = (run: string, bytes: Uint8Array, error: RecordUndecodableError) => void;

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
  readonly #onUndecodable: OnUndecodable;
  #bytes: Uint8Array | undefined;

  constructor(run: string, isOwn: boolean, asking: FirstQuestion, onUndecodable: OnUndecodable) {
    const { nowMs, askIntervalMs } = asking;
    this.#onUndecodable = onUndecodable;
    this.run = run;
    this.isOwn = isOwn;
    this.isKnown = isOwn;
    this.askedAtMs = nowMs;
    this.askIntervalMs = askIntervalMs;
  }

  get hasEnded(): boolean {
    return this.#bytes !== undefined;
  }

  /**
   * The outcome, decoded anew each time: what one caller does to it, no other sees.
   *
   * @throws {@link RecordUndecodableError}
   */
  outcome(): OutcomeRecord | undefined {
    return this.#bytes === undefined ? undefined : this.#decoded(this.#bytes);
  }

  #decoded(bytes: Uint8Array): OutcomeRecord {
    try {
      return decodeOutcome(bytes);
    } catch (error) {
      if (error instanceof RecordUndecodableError) this.#onUndecodable(this.run, bytes, error);
      throw error;
    }
  }

  /** Tells all waiters. What cannot be decoded is an error to each of them. */
  end(bytes: Uint8Array): void {
    if (this.#bytes !== undefined) return;
    this.#bytes = bytes;
    for (const waiter of this.waiters) {
      this.waiters.delete(waiter);
      this.tell(waiter);
    }
  }

  /** Tells one waiter of the end that has come. */
  tell(waiter: OutcomeWaiter): void {
    if (this.#bytes === undefined) return;
    let outcome: OutcomeRecord;
    try {
      outcome = this.#decoded(this.#bytes);
    } catch (error) {
      waiter.onError(error as Error);
      return;
    }
    waiter.onOutcome(outcome);
  }

  fail(error: Error): void {
    for (const waiter of this.waiters) {
      this.waiters.delete(waiter);
      waiter.onError(error);
    }
  }
}

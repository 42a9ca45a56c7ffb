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

const NOBODY: readonly OutcomeWaiter[] = [];

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
  /** Few runs are waited for by more than one, many by nobody. */
  #waiters: OutcomeWaiter[] | undefined;
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

  get isAwaited(): boolean {
    return this.#waiters !== undefined;
  }

  add(waiter: OutcomeWaiter): void {
    if (this.#waiters === undefined) this.#waiters = [waiter];
    else this.#waiters.push(waiter);
  }

  /** Whether it was still there. */
  remove(waiter: OutcomeWaiter): boolean {
    const place = this.#waiters?.indexOf(waiter) ?? -1;
    if (place < 0) return false;
    this.#waiters?.splice(place, 1);
    if (this.#waiters?.length === 0) this.#waiters = undefined;
    return true;
  }

  /** Takes all waiters out, to be told of what has come. */
  take(): readonly OutcomeWaiter[] {
    const waiters = this.#waiters ?? NOBODY;
    this.#waiters = undefined;
    return waiters;
  }

  /** Notes how the run has ended; what comes first counts. */
  end(bytes: Uint8Array): void {
    this.#bytes ??= bytes;
  }

  /** Tells one waiter of the end that has come. What cannot be decoded is an error to it. */
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
}

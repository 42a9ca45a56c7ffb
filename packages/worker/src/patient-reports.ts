import { isArpeggioError, MessageTooLargeError } from "@arpeggio/core";
import type { AttemptFailure } from "@arpeggio/core";
import { attemptFailureOf, shortened } from "./attempt-failure.ts";
import type { AttemptResult } from "./attempt-result.ts";
import type { HeldAttempt } from "./held-attempt.ts";
import type { OnSettled, OutcomeReports } from "./outcome-reports.ts";
import type { WorkerSettings } from "./worker-options.ts";

const RETRY_DELAY_MS = 1_000;
/** How often it is told that there is no room for outcomes, in milliseconds. */
const NO_ROOM_LOG_MS = 10_000;

/** What is reported where no message takes the outcome itself. */
type Instead = (error: MessageTooLargeError) => AttemptFailure;

export interface PatientReportsOptions {
  readonly settings: WorkerSettings;
  readonly reports: OutcomeReports;
  /** Whether an attempt may be kept in hand until there is room. */
  readonly mayWait: (held: HeldAttempt) => boolean;
  /** The outcome is in the log. */
  readonly onReported: (held: HeldAttempt) => void;
  readonly giveBack: (held: HeldAttempt, delayMs: number) => void;
}

/** Reports outcomes of attempts until they are stored, or cannot be: what cannot be stored now may be later. */
export class PatientReports {
  readonly #options: PatientReportsOptions;
  #noRoomToldMs = -Infinity;

  constructor(options: PatientReportsOptions) {
    this.#options = options;
  }

  succeeded(held: HeldAttempt, result: AttemptResult): void {
    const { reports } = this.#options;
    this.#report(held, (onSettled) => reports.succeeded(held, result, onSettled), tooLarge);
  }

  failed(held: HeldAttempt, failure: AttemptFailure): void {
    const { reports } = this.#options;
    const instead = () => shortened(failure);
    this.#report(held, (onSettled) => reports.failed(held, failure, onSettled), instead);
  }

  #report(held: HeldAttempt, write: (onSettled: OnSettled) => void, instead?: Instead): void {
    write((error) => {
      if (error === undefined) this.#options.onReported(held);
      else this.#onUnreported(held, error, write, instead);
    });
  }

  #onUnreported(held: HeldAttempt, error: unknown, write: (onSettled: OnSettled) => void, instead?: Instead): void {
    const { settings, reports, mayWait, giveBack } = this.#options;
    const { transport, log } = settings;
    if (error instanceof MessageTooLargeError && instead !== undefined) {
      // To give it back would be in vain: the next try comes to the same.
      this.#report(held, (onSettled) => reports.failed(held, instead(error), onSettled));
      return;
    }
    if (mayPass(error) && mayWait(held)) {
      // Its work is done, and it stays in hand until that can be said: to give it back would do the work again and again.
      this.#tellNoRoom(error);
      transport.clock.after(RETRY_DELAY_MS, () => this.#report(held, write, instead));
      return;
    }
    log.error(`the outcome of '${held.record.task}' cannot be stored; the attempt is given back`, error);
    giveBack(held, RETRY_DELAY_MS);
  }

  #tellNoRoom(error: unknown): void {
    const { log, transport } = this.#options.settings;
    const nowMs = transport.clock.now();
    if (nowMs < this.#noRoomToldMs + NO_ROOM_LOG_MS) return;
    this.#noRoomToldMs = nowMs;
    log.error(
      "outcomes of attempts cannot be stored; they are kept in hand until there is room, or the server answers",
      error,
    );
  }
}

function tooLarge(error: MessageTooLargeError): AttemptFailure {
  return shortened(attemptFailureOf(error));
}

/** Whether what the server cannot store now it can later, by itself or when somebody has seen to it. */
function mayPass(error: unknown): boolean {
  return isArpeggioError(error) && (error.code === "STORAGE_FULL" || error.code === "STREAM_UNAVAILABLE");
}

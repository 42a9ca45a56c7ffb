import type { AttemptRecord, Delivery } from "@arpeggio/core";
import type { HeldAttempt } from "./held-attempt.ts";
import type { PoisonGuard } from "./poison-guard.ts";
import { TaskPoisonedError } from "./worker-errors.ts";
import type { WorkerSettings } from "./worker-options.ts";

const RETRY_DELAY_MS = 1_000;

/** An attempt that may be what ends its workers; see `poison-guard.ts`. */
export interface Suspect {
  readonly held: HeldAttempt;
  readonly delivery: Delivery;
  readonly queue: string;
}

/** What becomes of a suspect is done by who has it in hand. */
export interface SuspectsOptions {
  readonly settings: WorkerSettings;
  readonly guard: PoisonGuard;
  readonly isDraining: () => boolean;
  /** Whether it is still in hand. */
  readonly isHeld: (held: HeldAttempt) => boolean;
  readonly isAborted: (record: AttemptRecord) => boolean;
  readonly onAborted: (held: HeldAttempt) => void;
  readonly onAdmitted: (held: HeldAttempt) => void;
  readonly giveBack: (held: HeldAttempt, delayMs: number) => void;
  readonly onPoisoned: (held: HeldAttempt, error: TaskPoisonedError) => void;
}

/**
 * Has attempts tried that may be what ends their workers, one at a time: a worker that dies had others in hand as well, which are
 * delivered again as often as the one that it died of. Only the one that was being tried may be marked.
 */
export class Suspects {
  readonly #options: SuspectsOptions;
  /** The one that is tried, and those that are to be tried after it. */
  #tried: HeldAttempt | undefined;
  readonly #waiting: Suspect[] = [];

  constructor(options: SuspectsOptions) {
    this.#options = options;
  }

  tryAlone(suspect: Suspect): void {
    const { isHeld, isDraining, isAborted, onAborted, giveBack } = this.#options;
    const { held } = suspect;
    if (held.phase !== "ready" || !isHeld(held)) return;
    if (this.#tried !== undefined) this.#waiting.push(suspect);
    else if (isDraining()) giveBack(held, 0);
    else if (isAborted(held.record)) onAborted(held);
    else {
      this.#tried = held;
      void this.#admit(suspect);
    }
  }

  /** An attempt is no longer in hand: if it was tried, the next one is. */
  letGo(held: HeldAttempt): void {
    if (held !== this.#tried) return;
    const { guard, settings } = this.#options;
    // Its mark first: the next one may be what ends the worker.
    guard
      .clear(held)
      .catch((error: unknown) => settings.log.warn("a mark of the poison guard stays", error))
      .finally(() => this.#tryNext());
  }

  #tryNext(): void {
    this.#tried = undefined;
    while (this.#tried === undefined) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.tryAlone(next);
    }
  }

  async #admit({ held, delivery, queue }: Suspect): Promise<void> {
    const { guard, settings, isHeld, isDraining, onAdmitted, giveBack } = this.#options;
    try {
      const isAdmitted = await guard.admits(held, delivery, queue);
      if (held.phase !== "ready" || !isHeld(held)) return;
      if (isDraining()) giveBack(held, 0);
      else if (isAdmitted) onAdmitted(held);
      else await this.#poisoned({ held, delivery, queue });
    } catch (error) {
      settings.log.error("the dead letters cannot be reached; the attempt is given back", error);
      giveBack(held, RETRY_DELAY_MS);
    }
  }

  async #poisoned({ held, delivery, queue }: Suspect): Promise<void> {
    const { guard, settings, onPoisoned } = this.#options;
    const error = new TaskPoisonedError(held.record.task, held.deliveryCount);
    held.phase = "ended";
    await guard.bury(held, delivery, { queue, reason: error });
    settings.log.error(error.message);
    onPoisoned(held, error);
  }
}

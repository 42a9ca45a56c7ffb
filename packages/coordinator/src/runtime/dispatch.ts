import type { QueuedAttempt, Transport } from "@arpeggio/core";
import type { DispatchWindow } from "./dispatch-window.ts";
import type { Mandate } from "./mandate.ts";
import { isFull } from "./pressure.ts";
import { tell, Write } from "./writes.ts";
import { nodeCode } from "../run/node-table.ts";
import { isRunEnded } from "../run/run-machine.ts";
import { attemptOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";

/** How far an attempt may have come before; see {@link Dispatch}. */
export interface DispatchHistory {
  /** It may have been sent before, first at this time, in milliseconds since 1970. */
  readonly sentAtMs?: number;
  /** Its message was lost, so it is wanted even if a worker has begun it. */
  readonly isLost?: boolean;
  /** Makes its message's id another one for a queue that may remember the first. */
  readonly suffix?: string;
}

/** Where a message goes. */
export interface DispatchPlace {
  readonly queue: string;
  readonly priority: number;
}

const NO_BYTES = new Uint8Array(0);

/** What is the same for all attempts of a partition. */
export interface DispatchSettings {
  readonly transport: Transport;
  readonly mandate: Mandate;
  /** Handles what keeps an attempt from ever being stored; true if it did. */
  readonly refused: (dispatch: Dispatch, error: unknown) => boolean;
}

/** An attempt's message, which knows whether it may be sent: see {@link Mandate}. */
export class Dispatch extends Write implements QueuedAttempt {
  readonly queue: string;
  readonly priority: number;
  readonly runId: string;
  readonly id: string;
  bytes: Uint8Array;
  readonly node: number;
  readonly attempt: number;
  /** Of its input. */
  readonly #size: number;
  readonly #run: RunState;
  readonly #settings: DispatchSettings;
  /** Makes the bytes first, where the input has to be offloaded. */
  #load: (() => Promise<Uint8Array>) | undefined;
  readonly #isLost: boolean;
  readonly #sinceMs: number;
  /** As it is when it is sent, and from the first question on: the next sending may be one too many. */
  mayBeStored = false;
  /** It may be stored, or have been. */
  #isUnsure: boolean;
  #window: DispatchWindow | undefined;

  constructor(
    { queue, priority }: DispatchPlace,
    subject: { readonly run: RunState; readonly node: number; readonly attempt: number },
    bytes: Uint8Array | (() => Promise<Uint8Array>),
    more: {
      readonly size: number;
      readonly settings: DispatchSettings;
      readonly history: DispatchHistory | undefined;
    },
  ) {
    super();
    const { run, node, attempt } = subject;
    const { size, history, settings } = more;
    this.queue = queue;
    this.priority = priority;
    this.runId = run.start.run;
    const suffix = history?.suffix === undefined ? "" : `:${history.suffix}`;
    this.id = `${this.runId}:${node}:${attempt}${suffix}`;
    const isThere = bytes instanceof Uint8Array;
    this.bytes = isThere ? bytes : NO_BYTES;
    this.#load = isThere ? undefined : bytes;
    this.node = node;
    this.attempt = attempt;
    this.#size = size;
    this.#run = run;
    this.#settings = settings;
    this.#isLost = history?.isLost === true;
    this.#isUnsure = history?.sentAtMs !== undefined;
    this.#sinceMs = history?.sentAtMs ?? settings.transport.clock.now();
  }

  /** Whether its run waits for it, as far as the log has been read. */
  get isWanted(): boolean {
    return isWanted(this.#run, this.node, this.attempt, this.#isLost);
  }

  stillWanted(): Promise<boolean> {
    this.mayBeStored = true;
    return this.#settings.mandate.mayRepeat(this, this.#sinceMs);
  }

  send(): void {
    const { attempts } = this.#settings.transport;
    if (attempts.store === undefined || this.#load !== undefined) return tell(this, this.publish());
    this.#noteSending();
    attempts.store(this, this);
  }

  enter(window: DispatchWindow): void {
    window.enter(this.#size);
    this.#window = window;
  }

  override onStored(): void {
    super.onStored();
    this.#leaveWindow();
  }

  override onFailed(error: unknown): void {
    super.onFailed(error);
    // Where there is no room, there is none for others. What fails for other reasons must not keep them back.
    if (!isFull(error)) this.#leaveWindow();
  }

  #leaveWindow(): void {
    const window = this.#window;
    this.#window = undefined;
    window?.leave(this.#size);
  }

  override isFinal(error: unknown): boolean {
    return this.#settings.refused(this, error);
  }

  /** Resolves when it is stored, or no longer wanted. May be tried again. */
  publish(): Promise<void> {
    if (this.#load !== undefined) return this.#loadAndPublish(this.#load);
    this.#noteSending();
    return this.#settings.transport.attempts.publish(this);
  }

  #noteSending(): void {
    this.mayBeStored = this.#isUnsure || !this.#settings.mandate.isFresh;
    this.#isUnsure = true;
  }

  /**
   * There was no room for it, or for its input. Queues that had none may look for room before they look whether they have it
   * already.
   */
  noteRefusal(): void {
    if (this.#load === undefined && !this.mayBeStored) this.#isUnsure = false;
  }

  async #loadAndPublish(load: () => Promise<Uint8Array>): Promise<void> {
    this.bytes = await load();
    this.#load = undefined;
    return this.publish();
  }
}

/**
 * Whether a run waits for an attempt, as far as the log has been read.
 *
 * @param isLost its message was lost, so that it is wanted even if a worker has begun it
 */
export function isWanted(run: RunState, node: number, attempt: number, isLost = false): boolean {
  const state = run.states[node];
  const isOpen = state === nodeCode.queued || (isLost && state === nodeCode.running);
  return isOpen && attemptOf(run, node) === attempt && !isRunEnded(run.life);
}

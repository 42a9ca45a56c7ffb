import type { QueuedAttempt, Transport } from "@arpeggio/core";
import type { Mandate } from "./mandate.ts";
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

/** An attempt's message, which knows whether it may be sent: see {@link Mandate}. */
export class Dispatch implements QueuedAttempt {
  readonly queue: string;
  readonly priority: number;
  readonly runId: string;
  readonly id: string;
  bytes: Uint8Array;
  readonly node: number;
  readonly attempt: number;
  readonly #run: RunState;
  readonly #mandate: Mandate;
  readonly #isLost: boolean;
  readonly #sinceMs: number;
  /** It may be stored, or have been. */
  #isUnsure: boolean;

  constructor(
    { queue, priority }: DispatchPlace,
    subject: { readonly run: RunState; readonly node: number; readonly attempt: number; readonly bytes: Uint8Array },
    more: { readonly mandate: Mandate; readonly nowMs: number; readonly history: DispatchHistory | undefined },
  ) {
    const { run, node, attempt, bytes } = subject;
    const { history } = more;
    this.queue = queue;
    this.priority = priority;
    this.runId = run.start.run;
    const suffix = history?.suffix === undefined ? "" : `:${history.suffix}`;
    this.id = `${this.runId}:${node}:${attempt}${suffix}`;
    this.bytes = bytes;
    this.node = node;
    this.attempt = attempt;
    this.#run = run;
    this.#mandate = more.mandate;
    this.#isLost = history?.isLost === true;
    this.#isUnsure = history?.sentAtMs !== undefined;
    this.#sinceMs = history?.sentAtMs ?? more.nowMs;
  }

  /** Whether its run waits for it, as far as the log has been read. */
  get isWanted(): boolean {
    const run = this.#run;
    const state = run.states[this.node];
    const isOpen = state === nodeCode.queued || (this.#isLost && state === nodeCode.running);
    return isOpen && attemptOf(run, this.node) === this.attempt && !isRunEnded(run.life);
  }

  stillWanted(): Promise<boolean> {
    return this.#mandate.mayRepeat(this, this.#sinceMs);
  }

  /** Resolves when it is stored, or no longer wanted. May be tried again. */
  publish({ attempts }: Transport): Promise<void> {
    if (this.#isUnsure || !this.#mandate.isFresh) return this.#publishIfWanted(attempts);
    this.#isUnsure = true;
    return attempts.publish(this);
  }

  /** The queue has said that it has not stored it. */
  noteRefusal(): void {
    this.#isUnsure = false;
  }

  async #publishIfWanted(attempts: Transport["attempts"]): Promise<void> {
    if (!(await this.stillWanted())) return;
    this.#isUnsure = true;
    await attempts.publish(this);
  }
}

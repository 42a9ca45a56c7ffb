import type { Transport } from "@arpeggio/core";
import type { Dispatcher } from "./dispatcher.ts";
import type { Fence } from "./fence.ts";
import type { CoordinatorStats } from "./stats.ts";
import { attemptKey, StoredAttempts } from "./stored-attempts.ts";
import type { Writes } from "./writes.ts";
import { nodeCode } from "../run/node-table.ts";
import { attemptOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";

/** Runs whose stored attempts are looked at side by side. */
const SIDE_BY_SIDE = 128;

/** Attempts of one run that may still be stored, though the queue no longer knows their ids: pairs of node and attempt. */
export interface Suspects {
  readonly run: RunState;
  readonly attempts: readonly number[];
}

export interface ResendsOptions {
  readonly transport: Transport;
  readonly writes: Writes;
  readonly fence: Fence;
  readonly dispatcher: Dispatcher;
  readonly stats: CoordinatorStats;
  /** Attempts of the run are in their queues, as they were sent long ago. */
  readonly onStillQueued: (run: RunState) => void;
}

/**
 * Publishes attempts again whose first message the queue may still hold, but no longer recognises: after an outage of all
 * coordinators that was longer than the queue remembers ids. Looks at what is stored first, run by run.
 */
export class Resends {
  readonly #options: ResendsOptions;
  readonly #stored: StoredAttempts;

  constructor(options: ResendsOptions) {
    this.#options = options;
    this.#stored = new StoredAttempts(options.transport);
  }

  /** Checkpoints wait for it: whoever finds a state must not have to send what it led to. */
  begin(suspects: readonly Suspects[]): void {
    if (suspects.length === 0) return;
    // A try that fails in the middle goes on with the runs that it has not come to.
    const left = suspects.toReversed();
    this.#options.writes.begin(async () => {
      await Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => this.#work(left)));
    });
  }

  async #work(left: Suspects[]): Promise<void> {
    for (let one = left.pop(); one !== undefined; one = left.pop()) {
      try {
        await this.#look(one);
      } catch (error) {
        left.push(one);
        throw error;
      }
    }
  }

  async #look({ run, attempts }: Suspects): Promise<void> {
    const { dispatcher, stats, writes, fence, onStillQueued } = this.#options;
    const stored = await this.#stored.of(run.start.run);
    // What is not stored because it is done has its outcome in the log.
    if (!(await fence.passed()) && !writes.isStopped) throw new Error("the log is no longer read");
    if (stored.size > 0) onStillQueued(run);
    const sent: Promise<void>[] = [];
    for (let i = 0; i < attempts.length && !writes.isStopped; i += 2) {
      const node = attempts[i] as number;
      const attempt = attempts[i + 1] as number;
      if (stored.has(attemptKey(node, attempt))) stats.stillQueued++;
      else if (isDispatched(run, node) && attemptOf(run, node) === attempt) {
        stats.redispatches++;
        sent.push(dispatcher.resend(run, node, attempt));
      }
    }
    await Promise.all(sent);
  }
}

function isDispatched({ states }: RunState, node: number): boolean {
  return states[node] === nodeCode.queued || states[node] === nodeCode.running;
}

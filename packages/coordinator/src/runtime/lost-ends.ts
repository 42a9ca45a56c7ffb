import { decodeOutcome, encodeEvent, encodeOutcome, MessageTooLargeError } from "@arpeggio/core";
import type { EventWriter, OutcomeRecord, Transport } from "@arpeggio/core";
import type { Fence } from "./fence.ts";
import type { CoordinatorLogger } from "./logger.ts";
import { outcomeKey, readOutcome, shortened } from "./outcomes.ts";
import { untilRead } from "./plan-loader.ts";
import type { CoordinatorStats } from "./stats.ts";
import type { Writes } from "./writes.ts";
import { isOfStart } from "../fold/run-ended.ts";

/** Outcomes that are looked for side by side. */
const SIDE_BY_SIDE = 256;

export interface LostEndsOptions {
  readonly transport: Transport;
  readonly partition: number;
  readonly events: EventWriter;
  readonly writes: Writes;
  readonly fence: Fence;
  readonly log: CoordinatorLogger;
  readonly stats: CoordinatorStats;
}

/** A run as the log, cut off, has it. */
export interface LeftRun {
  readonly run: string;
  readonly client: string;
  readonly startedAtMs: number;
  /** How that ends it; undefined if it does not. */
  readonly end: OutcomeRecord | undefined;
}

/**
 * Ends runs again whose ends a log has lost together with its newest messages, though their outcomes are stored: somebody may
 * have been told, so an outcome stays. The log then gets an event that says so, and whoever folds it comes to the same.
 *
 * That is for before the partition goes live: what the run would go on with is not sent, since by then it has ended. A run that has
 * ended in another way by what came into the log after the cut has its first outcome all the same.
 */
export class LostEnds {
  readonly #options: LostEndsOptions;

  constructor(options: LostEndsOptions) {
    this.#options = options;
  }

  /** Resolves when the log has them all, and they have been folded; false if it is no longer read. */
  async restore(runs: readonly LeftRun[]): Promise<boolean> {
    const { partition, writes, fence, log, stats } = this.#options;
    let ended = 0;
    for (let from = 0; from < runs.length && !writes.isStopped; from += SIDE_BY_SIDE) {
      const outcomes = runs.slice(from, from + SIDE_BY_SIDE).map((run) => this.#outcomeOf(run));
      for (const stored of await Promise.all(outcomes)) {
        if (stored === undefined) continue;
        ended++;
        this.#tell(stored.run, stored.bytes);
      }
    }
    if (ended === 0) return !writes.isStopped;
    stats.endsRestored += ended;
    log.warn(
      `${ended} runs of partition ${partition} have stored outcomes, and keep them: the log had lost their ends`,
    );
    await writes.cut();
    return fence.passed();
  }

  /** The outcome of this very run, where what is left of the log does not lead to it. */
  async #outcomeOf(left: LeftRun): Promise<{ readonly run: string; readonly bytes: Uint8Array } | undefined> {
    const { transport, log } = this.#options;
    const { run, client, end } = left;
    const get = () => transport.bucket("results").get(outcomeKey(run, client));
    const entry = await untilRead(transport.clock, log, get);
    if (entry === undefined) return undefined;
    const outcome = readOutcome(entry.value);
    if (outcome === undefined) log.error(`the stored outcome of run ${run} cannot be read, so the run goes on`);
    if (outcome?.run !== run || !isOfStart(outcome, left)) return undefined;
    if (end !== undefined && isSameEnd(end, outcome)) return undefined;
    return { run, bytes: entry.value };
  }

  #tell(run: string, bytes: Uint8Array): void {
    const { writes, events, partition } = this.#options;
    const write = (outcome: Uint8Array) => events.write(partition, encodeEvent({ type: "run.ended", run, outcome }));
    writes.begin(
      () => write(bytes),
      (error) => {
        if (!(error instanceof MessageTooLargeError)) return false;
        // It fits into a record, and not with what an event adds. What is stored stays as it is.
        writes.begin(() => write(encodeOutcome(shortened(decodeOutcome(bytes)))));
        return true;
      },
    );
  }
}

/** Whether both are of one message of the log: what one message leads to is always the same. */
function isSameEnd(one: OutcomeRecord, other: OutcomeRecord): boolean {
  return one.lastSequence === other.lastSequence && one.endedAtMs === other.endedAtMs;
}

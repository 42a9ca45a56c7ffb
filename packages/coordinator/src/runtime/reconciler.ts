import { decodeAttempt } from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";
import type { Effects } from "./effects.ts";
import type { CoordinatorLogger } from "./logger.ts";
import type { OwnedRun } from "./owned-run.ts";
import type { CoordinatorStats } from "./stats.ts";
import { armedKey } from "./timers.ts";
import type { Writes } from "./writes.ts";
import { missingWakers, waitsForMessages } from "../run/missing-wakers.ts";
import type { MissingWaker } from "../run/missing-wakers.ts";
import { isRunEnded } from "../run/run-machine.ts";

/** Runs that are looked at in one round; the others have their turn in the next. */
const RUNS_MAX = 500;
/** Messages of one run that are looked at: a run with more has something that goes on. */
const MESSAGES_MAX = 2_000;

export interface ReconcilerOptions {
  readonly transport: Transport;
  readonly runs: ReadonlyMap<string, OwnedRun>;
  readonly writes: Writes;
  readonly effects: Effects;
  readonly log: CoordinatorLogger;
  readonly stats: CoordinatorStats;
}

/**
 * Looks for runs that wait for something that nothing will bring, and sees to it that it comes after all. In normal
 * operation there are none: what it finds was lost outside of the engine, or is a fault, and is told as an error.
 *
 * Only runs are looked at to which nothing has happened since the round before, and only what is missing in two rounds
 * counts, between which the log has been read as far as it went at the first: an event that is on its way explains that.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  /** Where each run stood in its last round. */
  readonly #seen = new WeakMap<OwnedRun, number>();
  /** What was missing in a run's last round. */
  readonly #suspected = new WeakMap<OwnedRun, ReadonlySet<string>>();
  /** Ids of the runs of this pass that have not had their turn. An iterator that rests would keep all ended runs alive. */
  #waiting: string[] = [];
  #repairs = 0;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Whether anything is suspected now. */
  async round(): Promise<boolean> {
    let isSuspicious = false;
    const { writes, effects } = this.#options;
    // What is still being sent is not stored, and not missing either.
    await writes.cut();
    let armed: ReadonlySet<string> | undefined;
    const isArmed = (run: string, timer: string) => {
      armed ??= effects.armedTimers();
      return armed.has(armedKey(run, timer));
    };
    for (const run of this.#next()) {
      if (writes.isStopped) return false;
      if (this.#seen.get(run) === run.sequence) isSuspicious = (await this.#look(run, isArmed)) || isSuspicious;
      else this.#suspected.delete(run);
      this.#seen.set(run, run.sequence);
    }
    return isSuspicious;
  }

  *#next(): Iterable<OwnedRun> {
    const { runs } = this.#options;
    if (this.#waiting.length === 0) this.#waiting = [...runs.keys()];
    for (const id of this.#waiting.splice(-RUNS_MAX)) {
      const run = runs.get(id);
      if (run !== undefined) yield run;
    }
  }

  async #look(run: OwnedRun, isArmed: (run: string, timer: string) => boolean): Promise<boolean> {
    const { effects } = this.#options;
    const { state, sequence } = run;
    const messages = await this.#messagesOf(run);
    // Something has happened meanwhile, which may be just what the run waited for.
    if (run.sequence !== sequence || isRunEnded(state.life)) return false;
    const missing = missingWakers(state, {
      hasMessage: (node, attempt) => messages === undefined || messages.has(`${node}:${attempt}`),
      hasTimer: (timer) => isArmed(state.start.run, timer),
      hasEvaluation: (target) => effects.isEvaluating(state.start.run, target),
    });
    const before = this.#suspected.get(run);
    this.#suspected.set(run, new Set(missing.map(({ text }) => text)));
    for (const one of missing) if (before?.has(one.text) === true) this.#repair(run, one);
    return missing.length > 0;
  }

  /** The attempts of the run whose messages are stored; undefined if there are too many to look at. */
  async #messagesOf({ state }: OwnedRun): Promise<ReadonlySet<string> | undefined> {
    const found = new Set<string>();
    if (!waitsForMessages(state)) return found;
    const { run: runId } = state.start;
    for await (const { bytes, isPassed } of this.#options.transport.attempts.stored({ runId })) {
      if (isPassed === true) continue;
      if (found.size === MESSAGES_MAX) return undefined;
      try {
        const { node, attempt } = decodeAttempt(bytes);
        found.add(`${node}:${attempt}`);
      } catch {
        // It may be any of them, and whoever takes it sets it aside.
        return undefined;
      }
    }
    return found;
  }

  #repair(run: OwnedRun, missing: MissingWaker): void {
    const { effects, log, stats, transport } = this.#options;
    const id = run.state.start.run;
    if (missing.kind === "none") {
      log.error(
        `run ${id} waits for nothing: ${missing.text}; cancel it, and report this as a fault of the coordinator`,
      );
      return;
    }
    stats.repaired++;
    log.error(`run ${id} waited for something that was lost, which is made good: ${missing.text}`);
    effects.repair(run, missing, `again-${transport.clock.now().toString(36)}-${++this.#repairs}`);
  }
}

import { PassingMap, RecordUndecodableError } from "@arpeggio/core";
import type { LogMessage, RunEvent, RunStarted, Transport } from "@arpeggio/core";
import { begunRun, restoredRun } from "./begun-run.ts";
import type { Checkpointer } from "./checkpointer.ts";
import type { Control } from "./control.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Effects } from "./effects.ts";
import type { FoundParts } from "./event-intake.ts";
import type { Fence } from "./fence.ts";
import { foldOrEnd } from "./fold-or-end.ts";
import type { Lease } from "./lease.ts";
import type { CoordinatorLogger } from "./logger.ts";
import type { LeftRun } from "./lost-ends.ts";
import { endOfUnstarted } from "./outcomes.ts";
import { ownRun } from "./owned-run.ts";
import type { OwnedRun } from "./owned-run.ts";
import { untilRead } from "./plan-loader.ts";
import type { PlanLoader, PlanProblem } from "./plan-loader.ts";
import type { Pressure } from "./pressure.ts";
import type { StateStore, StoredState, UnreadableState } from "./state-store.ts";
import type { CoordinatorStats } from "./stats.ts";
import { isRunEnded } from "../run/run-machine.ts";
import type { RunState } from "../run/run-state.ts";

export interface PartitionRunsOptions {
  readonly transport: Transport;
  readonly plans: PlanLoader;
  readonly lease: Lease;
  readonly log: CoordinatorLogger;
  readonly stats: CoordinatorStats;
  readonly runsMax: number;
  readonly pressure: Pressure;
  readonly states: StateStore;
  readonly deadLetters: DeadLetters;
  readonly effects: Effects;
  readonly checkpointer: Checkpointer;
  readonly control: Control;
  readonly fence: Fence;
  /** The partition is no longer in this owner's hands. */
  readonly isStopped: () => boolean;
}

/**
 * The runs of a partition that have not ended: they come with their states or their starts, are moved on by events, and are let go
 * with their ends.
 */
export class PartitionRuns {
  readonly byId = new PassingMap<string, OwnedRun>();
  readonly #options: PartitionRunsOptions;
  /** Runs whose states cannot be read: they are folded again from their beginning, as far as the log has it. */
  readonly #rebuilt = new Set<string>();
  /** Those of them whose beginning has not been found in the log. */
  readonly #unfound = new Set<string>();

  constructor(options: PartitionRunsOptions) {
    this.#options = options;
  }

  /** Whether the log has to be read from its beginning. */
  get isRebuilding(): boolean {
    return this.#rebuilt.size > 0;
  }

  /** A run as its state has it. */
  async restore(stored: StoredState | UnreadableState): Promise<void> {
    const { plans, stats, transport, log, states, effects, isStopped } = this.#options;
    if ("error" in stored) return this.#rebuild(stored);
    const { run: id, snapshot, revision, blob } = stored;
    const { start, sequence, startedAtMs } = snapshot;
    let state: RunState | PlanProblem;
    try {
      state = await restoredRun(snapshot, plans);
    } catch (error) {
      if (!(error instanceof RecordUndecodableError)) throw error;
      const bytes = await untilRead(transport.clock, log, () => states.recordOf(id));
      return this.#rebuild({ run: id, bytes, error });
    }
    if (isStopped()) return;
    if ("code" in state) {
      const ended = endOfUnstarted(start, state, startedAtMs);
      return effects.end({ ended, abort: undefined, queues: [] });
    }
    this.byId.set(start.run, ownRun(state, { sequence, restoredTo: sequence, revision, blob }));
    stats.runs++;
  }

  /** The run is folded again from its beginning. */
  #rebuild({ run, bytes, error }: UnreadableState): void {
    this.#rebuilt.add(run);
    this.#unfound.add(run);
    this.#options.deadLetters.addState(run, bytes, error);
  }

  fold(event: RunEvent, message: LogMessage, found: FoundParts): void {
    const { sequence, timestampMs } = message;
    const { stats, effects, checkpointer, control, fence, log } = this.#options;
    stats.events++;
    if (!effects.isLive) stats.replayed++;
    if (this.#isOfThePast(event, sequence)) return;
    const run = this.byId.get(event.run) ?? this.#begin(event, message, found);
    if (run === undefined || sequence <= run.restoredTo) {
      fence.see(event);
      if (event.type === "run.ended" && run === undefined && !effects.isLive) effects.keepFirstOutcome(event);
      stats.ignored++;
      return;
    }
    const commands = foldOrEnd(run.state, event, timestampMs, { planOf: found.planOf, log });
    checkpointer.touch(run, sequence);
    const isFirstQueued = event.type === "run.started" && event.first !== undefined;
    if (commands.length > 0) effects.perform(run, commands, timestampMs, isFirstQueued);
    this.#letGoIfEnded(run);
    if (run.state.changed !== undefined) control.tell(run);
  }

  /** Lets go of those that have ended by what going live has led to. */
  letGoEnded(): void {
    for (const run of Array.from(this.byId.values())) this.#letGoIfEnded(run);
  }

  #letGoIfEnded(run: OwnedRun): void {
    if (!isRunEnded(run.state.life)) return;
    this.byId.delete(run.state.start.run);
    this.#options.checkpointer.end(run);
    this.#options.stats.runs--;
  }

  /** Read only for the sake of runs that are folded again from their beginning. */
  #isOfThePast(event: RunEvent, sequence: number): boolean {
    return this.#rebuilt.size > 0 && sequence <= this.#options.lease.mark && !this.#rebuilt.has(event.run);
  }

  #begin(event: RunEvent, message: LogMessage, found: FoundParts): OwnedRun | undefined {
    if (event.type !== "run.started") return undefined;
    this.#unfound.delete(event.run);
    const state = begunRun(event, message, found);
    if ("code" in state) return this.#refuse(event, state, message.timestampMs);
    const run = ownRun(state, { sequence: 0, restoredTo: -1, revision: 0, blob: undefined });
    this.byId.set(event.run, run);
    const { stats, runsMax, pressure } = this.#options;
    if (++stats.runs > runsMax) pressure.tell("QUEUE_FULL", `${stats.runs} runs are in hand (option runsMax)`);
    return run;
  }

  #refuse(event: RunStarted, problem: PlanProblem, atMs: number): undefined {
    this.#options.effects.end({ ended: endOfUnstarted(event, problem, atMs), abort: undefined, queues: [] });
  }

  /** The log has been read to its end. Nothing is left of these runs but that they were: whoever waits for one must hear of it. */
  endUnfound(): void {
    const { transport, effects } = this.#options;
    for (const run of this.#unfound) {
      const start = { run, workflow: "unknown", graph: "unknown", client: "unknown" };
      const message = "the stored state of the run cannot be read, and the event log no longer has its beginning";
      const ended = endOfUnstarted(start, { code: "STATE_UNREADABLE", message }, transport.clock.now());
      effects.end({ ended, abort: undefined, queues: [] });
    }
    this.#unfound.clear();
    this.#rebuilt.clear();
  }

  /**
   * Those that the log has begun in its replayed part, and those that have ended there. Of those that came with a state it was seen whether
   * they had ended when that was loaded.
   */
  *left(): Iterable<LeftRun> {
    for (const { state, restoredTo } of this.byId.values()) {
      const { start, startedAtMs } = state;
      if (restoredTo < 0) yield { run: start.run, client: start.client, startedAtMs, end: undefined };
    }
    for (const { client, outcome } of this.#options.effects.replayedEnds())
      yield { run: outcome.run, client, startedAtMs: outcome.startedAtMs, end: outcome };
  }
}

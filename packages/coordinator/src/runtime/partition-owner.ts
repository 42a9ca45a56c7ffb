import { PassingMap, RecordUndecodableError } from "@arpeggio/core";
import type { EventWriter, LogMessage, LogPlace, RunEvent, RunStarted, Transport } from "@arpeggio/core";
import { begunRun, restoredRun } from "./begun-run.ts";
import { Checkpointer } from "./checkpointer.ts";
import { Control } from "./control.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Effects } from "./effects.ts";
import { isFinalReadError } from "./evaluations.ts";
import { EventIntake } from "./event-intake.ts";
import type { FoundParts } from "./event-intake.ts";
import { readPastCut } from "./log-cut.ts";
import type { KeptEnd } from "./log-cut.ts";
import { isLogCut, LogReading } from "./log-reading.ts";
import { Fence } from "./fence.ts";
import { foldOrEnd } from "./fold-or-end.ts";
import type { Lease } from "./lease.ts";
import { Mandate } from "./mandate.ts";
import type { CoordinatorLogger } from "./logger.ts";
import { endOfUnstarted } from "./outcomes.ts";
import { ownRun } from "./owned-run.ts";
import type { OwnedRun } from "./owned-run.ts";
import type { PastRuns } from "./past-runs.ts";
import { untilRead } from "./plan-loader.ts";
import type { PlanLoader, PlanProblem } from "./plan-loader.ts";
import { Reconciler } from "./reconciler.ts";
import { Pressure } from "./pressure.ts";
import { StateStore } from "./state-store.ts";
import type { StoredState, UnreadableState } from "./state-store.ts";
import type { CoordinatorStats } from "./stats.ts";
import { Writes } from "./writes.ts";
import { isRunEnded } from "../run/run-machine.ts";
import type { RunState } from "../run/run-state.ts";

export interface PartitionOwnerOptions {
  readonly transport: Transport;
  readonly partition: number;
  readonly lease: Lease;
  readonly plans: PlanLoader;
  readonly pasts: PastRuns;
  readonly events: EventWriter;
  readonly log: CoordinatorLogger;
  readonly stats: CoordinatorStats;
  readonly checkpointMs: number;
  readonly leaseMs: number;
  readonly runsMax: number;
  /** The partition is no longer in this owner's hands; it has stopped. */
  readonly onLost: () => void;
}

/**
 * Moves the runs of one partition forward for as long as it holds the lease.
 *
 * It loads the checkpoints, folds the log after the mark silently to its end, does what that leads to, and then folds
 * and does event by event. See docs/internals/coordinator.md for the order of writes and what a crash leaves.
 */
export class PartitionOwner {
  readonly #options: PartitionOwnerOptions;
  readonly #runs = new PassingMap<string, OwnedRun>();
  readonly #pressure: Pressure;
  readonly #writes: Writes;
  readonly #deadLetters: DeadLetters;
  readonly #states: StateStore;
  readonly #control: Control;
  readonly #effects: Effects;
  readonly #checkpointer: Checkpointer;
  readonly #reconciler: Reconciler;
  readonly #fence: Fence;
  readonly #intake: EventIntake;
  readonly #reading: LogReading;
  #folded: number;
  /** When the log stored the last message that was folded here. */
  #foldedAtMs: number | undefined;
  /** Runs whose states cannot be read: they are folded again from their beginning, as far as the log has it. */
  readonly #rebuilt = new Set<string>();
  /** Those of them whose beginning has not been found in the log. */
  readonly #unfound = new Set<string>();
  /** The log has lost its end since the partition was last taken. */
  #isLogCut = false;
  #isStopping = false;
  #isStopped = false;
  #onLive: () => void = () => {};

  constructor(options: PartitionOwnerOptions) {
    const { transport, partition, lease, log, stats, plans, leaseMs } = options;
    const { clock } = transport;
    const find = (run: string) => this.#runs.get(run);
    this.#options = options;
    this.#folded = lease.mark;
    this.#pressure = new Pressure({ transport, log });
    this.#writes = new Writes({ clock, pressure: this.#pressure, stats });
    this.#deadLetters = new DeadLetters({ transport, partition, writes: this.#writes, log, stats });
    this.#states = new StateStore(transport, partition, stats);
    this.#control = new Control({
      transport,
      partition,
      log,
      find,
      pasts: options.pasts,
      runs: () => this.#runs.values(),
      isUnsure: (run) => this.#isBehind || this.#effects.isEnding(run),
      onUndecodable: (bytes, error) => this.#deadLetters.addRequest(bytes, error),
    });
    const writes = this.#writes;
    this.#fence = new Fence({ partition, events: options.events, writes, clock });
    const fence = this.#fence;
    const mandate = new Mandate({ transport, lease, leaseMs, fence, writes, stats });
    this.#effects = new Effects({ ...options, writes, fence, mandate, control: this.#control, find });
    this.#reconciler = new Reconciler({ ...options, runs: this.#runs, writes: this.#writes, effects: this.#effects });
    this.#checkpointer = new Checkpointer({
      clock,
      everyMs: options.checkpointMs,
      leaseMs,
      lease,
      states: this.#states,
      writes: this.#writes,
      pressure: this.#pressure,
      stats,
      folded: () => this.#folded,
      lastRead: () => this.#lastRead(),
      confirmFirsts: (ageMs) => this.#effects.confirmFirsts(ageMs),
      onLost: () => void this.abandon("another coordinator has taken it over"),
    });
    this.#intake = new EventIntake({
      transport,
      plans,
      log,
      isAwaited: ({ run, target }) => find(run)?.state.evaluations?.has(target) === true,
      onEvent: (event, message, found) => this.#fold(event, message, found),
      onUndecodable: ({ sequence }, index, bytes, error) =>
        this.#deadLetters.addEvent({ sequence, index }, bytes, error),
      onFolded: ({ sequence, timestampMs }) => {
        this.#folded = sequence;
        this.#foldedAtMs = timestampMs;
      },
      onFull: () => this.#reading.rest(),
      onIdle: () => {
        const last = this.#lastRead();
        if (this.#reading.isResting && last !== undefined) this.#reading.goOn(last);
        else this.#caughtUp();
      },
    });
    this.#reading = new LogReading({
      transport,
      partition,
      log,
      onMessage: (message) => this.#intake.take(message),
      onCaughtUp: () => this.#caughtUp(),
      onError: (error) => this.#onUnreadable(error),
    });
  }

  /** Resolves when it has caught up with the log and is live; false if the lease was lost on the way. */
  async start(): Promise<boolean> {
    const isHeld = await this.#checkpointer.holding(this.#catchUp());
    if (!isHeld) await this.abandon("the lease was lost while the log was replayed");
    return isHeld;
  }

  get partition(): number {
    return this.#options.partition;
  }

  /** Whether it knows of every run of the partition that has not ended. */
  get isLive(): boolean {
    return this.#effects.isLive && !this.#isStopped && !this.#isBehind;
  }

  /** Events have been read, or wait to be read, that were in the log long ago, and are not folded. */
  get #isBehind(): boolean {
    return this.#intake.isWaiting || !this.#reading.isCaughtUp;
  }

  /** The last event that is folded. */
  get folded(): number {
    return this.#folded;
  }

  /** What lies up to here is never folded again. */
  get mark(): number {
    return this.#options.lease.mark;
  }

  has(run: string): boolean {
    return this.#runs.has(run);
  }

  /** Marks the end of the log as it is now; see {@link Fence}. */
  setFence(): void {
    this.#fence.set();
  }

  /** Whether everything that was in the log when the last fence was set has been folded. */
  get hasPassedFence(): boolean {
    return this.#fence.isPassed;
  }

  /** Looks for runs that wait for something that was lost, and tells whether it suspects any; see {@link Reconciler}. */
  reconcile(): Promise<boolean> {
    this.#effects.confirmFirsts(0);
    return this.#reconciler.round();
  }

  /** Brings everything to where another can go on at once, and gives the partition up. */
  async stop(): Promise<void> {
    if (this.#isStopped || this.#isStopping) return;
    this.#isStopping = true;
    const { lease, log, leaseMs, transport } = this.#options;
    // What cannot be stored in the time of a lease is left to the next owner, who waits for it to run out.
    const limit = transport.clock.after(leaseMs, () => this.#writes.stop());
    // While the log is still read: what may have to be sent again is sent only if it is wanted.
    await this.#writes.cut();
    // It may have been given up meanwhile.
    if (!this.#isStopped) await this.#stopReading();
    // An owner that is not live has sent nothing, so the mark must stay where it is.
    if (this.#effects.isLive && !this.#writes.isStopped) await this.#checkpointer.finish();
    limit.cancel();
    const isStored = !this.#writes.isStopped;
    this.#writes.stop();
    if (!isStored) return;
    await lease.release(lease.mark).catch((error: unknown) => log.warn("a lease was not released", error));
  }

  /** Lets go without a word: another takes over when the lease has run out. */
  async abandon(why: string): Promise<void> {
    if (this.#isStopped) return;
    const { log, partition, stats, onLost } = this.#options;
    log.warn(`partition ${partition} is given up: ${why}`);
    stats.leasesLost++;
    this.#writes.stop();
    await this.#stopReading();
    onLost();
  }

  async #catchUp(): Promise<void> {
    const { transport, lease, log } = this.#options;
    const states = await untilRead(transport.clock, log, () => this.#states.load(lease, isFinalReadError));
    for (const state of states) await this.#restore(state);
    const live = new Promise<void>((resolve) => (this.#onLive = resolve));
    await this.#beginReading();
    await live;
    await this.#control.start();
    if (this.#isStopped) await this.#control.stop();
    else this.#checkpointer.start();
  }

  #beginReading(): Promise<void> {
    const { lease } = this.#options;
    const begin = () => {
      const from = lease.mark === 0 || this.#rebuilt.size > 0 ? 0 : lease.mark + 1;
      return this.#reading.begin(from, lease.lastRead);
    };
    const onCut = ({ sequence }: KeptEnd) => {
      this.#isLogCut = true;
      this.#folded = Math.min(this.#folded, sequence);
    };
    return readPastCut({ ...this.#options, states: this.#states, runs: this.#runs, onCut }, begin);
  }

  #onUnreadable(error: Error): void {
    const { lease, log, partition } = this.#options;
    log.error(`partition ${partition} can no longer be read`, error);
    const lastRead = this.#lastRead();
    if (isLogCut(error) && lastRead !== undefined) {
      // What shows here by the last message that was folded has to show to the next owner, too.
      lease.noteRead(lastRead);
      lease.keep().catch((failure: unknown) => log.warn("the next owner may not notice that the log was cut", failure));
    }
    void this.abandon("its log can no longer be read");
  }

  /** The last message that was folded here. */
  #lastRead(): LogPlace | undefined {
    const timestampMs = this.#foldedAtMs;
    return timestampMs === undefined ? undefined : { sequence: this.#folded, timestampMs };
  }

  async #restore(stored: StoredState | UnreadableState): Promise<void> {
    const { plans, stats, transport, log } = this.#options;
    if ("error" in stored) return this.#rebuild(stored);
    const { run: id, snapshot, revision, blob } = stored;
    const { start, sequence, startedAtMs } = snapshot;
    let state: RunState | PlanProblem;
    try {
      state = await restoredRun(snapshot, plans);
    } catch (error) {
      if (!(error instanceof RecordUndecodableError)) throw error;
      const bytes = await untilRead(transport.clock, log, () => this.#states.recordOf(id));
      return this.#rebuild({ run: id, bytes, error });
    }
    if (this.#isStopped) return;
    if ("code" in state) {
      const ended = endOfUnstarted(start, state, startedAtMs);
      return this.#effects.end({ ended, abort: undefined, queues: [] });
    }
    this.#runs.set(start.run, ownRun(state, { sequence, restoredTo: sequence, revision, blob }));
    stats.runs++;
  }

  /** The run is folded again from its beginning. */
  #rebuild({ run, bytes, error }: UnreadableState): void {
    this.#rebuilt.add(run);
    this.#unfound.add(run);
    this.#deadLetters.addState(run, bytes, error);
  }

  #caughtUp(): void {
    this.#goLiveIfReady();
    if (!this.#isBehind) this.#control.answerLate();
  }

  #goLiveIfReady(): void {
    if (this.#effects.isLive || this.#isBehind || this.#isStopped) return;
    const { log, partition, lease } = this.#options;
    this.#endUnfound();
    this.#effects.goLive(this.#runs.values(), this.#isLogCut);
    for (const run of Array.from(this.#runs.values())) this.#letGoIfEnded(run);
    log.info(`partition ${partition} is live at ${this.#folded}, epoch ${lease.epoch}, ${this.#runs.size} runs`);
    this.#onLive();
  }

  #fold(event: RunEvent, message: LogMessage, found: FoundParts): void {
    const { sequence, timestampMs } = message;
    const { stats } = this.#options;
    stats.events++;
    if (!this.#effects.isLive) stats.replayed++;
    if (this.#isOfThePast(event, sequence)) return;
    const run = this.#runs.get(event.run) ?? this.#begin(event, message, found);
    if (run === undefined || sequence <= run.restoredTo) {
      this.#fence.see(event);
      stats.ignored++;
      return;
    }
    const commands = foldOrEnd(run.state, event, timestampMs, { planOf: found.planOf, log: this.#options.log });
    this.#checkpointer.touch(run, sequence);
    const isFirstQueued = event.type === "run.started" && event.first !== undefined;
    if (commands.length > 0) this.#effects.perform(run, commands, timestampMs, isFirstQueued);
    this.#letGoIfEnded(run);
    if (run.state.changed !== undefined) this.#control.tell(run);
  }

  #letGoIfEnded(run: OwnedRun): void {
    if (!isRunEnded(run.state.life)) return;
    this.#runs.delete(run.state.start.run);
    this.#checkpointer.end(run);
    this.#options.stats.runs--;
  }

  /** Read only for the sake of runs that are folded again from their beginning. */
  #isOfThePast(event: RunEvent, sequence: number): boolean {
    return this.#rebuilt.size > 0 && sequence <= this.#options.lease.mark && !this.#rebuilt.has(event.run);
  }

  #begin(event: RunEvent, message: LogMessage, found: FoundParts): OwnedRun | undefined {
    if (event.type !== "run.started") return undefined;
    const state = begunRun(event, message, found);
    if ("code" in state) return this.#refuse(event, state, message.timestampMs);
    const run = ownRun(state, { sequence: 0, restoredTo: -1, revision: 0, blob: undefined });
    this.#runs.set(event.run, run);
    this.#unfound.delete(event.run);
    const { stats, runsMax } = this.#options;
    if (++stats.runs > runsMax) this.#pressure.tell("QUEUE_FULL", `${stats.runs} runs are in hand (option runsMax)`);
    return run;
  }

  /** Nothing is left of these runs but that they were: whoever waits for one must hear of it. */
  #endUnfound(): void {
    const { transport } = this.#options;
    for (const run of this.#unfound) {
      const start = { run, workflow: "unknown", graph: "unknown", client: "unknown" };
      const message = "the stored state of the run cannot be read, and the event log no longer has its beginning";
      const ended = endOfUnstarted(start, { code: "STATE_UNREADABLE", message }, transport.clock.now());
      this.#effects.end({ ended, abort: undefined, queues: [] });
    }
    this.#unfound.clear();
    this.#rebuilt.clear();
  }

  #refuse(event: RunStarted, problem: PlanProblem, atMs: number): undefined {
    this.#effects.end({ ended: endOfUnstarted(event, problem, atMs), abort: undefined, queues: [] });
  }

  async #stopReading(): Promise<void> {
    this.#isStopped = true;
    this.#options.stats.runs -= this.#runs.size;
    this.#intake.stop();
    this.#fence.stop();
    this.#effects.stop();
    this.#onLive();
    for (const stopped of await Promise.allSettled([this.#reading.stop(), this.#control.stop()])) {
      if (stopped.status === "rejected") this.#options.log.warn("a subscription was not ended", stopped.reason);
    }
    // Not waited for where the round itself has found the lease lost.
    if (!this.#writes.isStopped) await this.#checkpointer.stop();
    else void this.#checkpointer.stop();
  }
}

import type { EventWriter, LogPlace, Transport } from "@arpeggio/core";
import { Checkpointer } from "./checkpointer.ts";
import { Control } from "./control.ts";
import { CutRecovery } from "./cut-recovery.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Effects } from "./effects.ts";
import { isFinalReadError } from "./evaluations.ts";
import { EventIntake } from "./event-intake.ts";
import { Fence } from "./fence.ts";
import type { Lease } from "./lease.ts";
import { readPastCut } from "./log-cut.ts";
import type { KeptEnd } from "./log-cut.ts";
import { isLogCut, LogReading } from "./log-reading.ts";
import type { CoordinatorLogger } from "./logger.ts";
import { Mandate } from "./mandate.ts";
import { PartitionRuns } from "./partition-runs.ts";
import type { PastRuns } from "./past-runs.ts";
import { untilRead } from "./plan-loader.ts";
import type { PlanLoader } from "./plan-loader.ts";
import { PassedAttempts } from "./passed-attempts.ts";
import { Pressure } from "./pressure.ts";
import { Reconciler } from "./reconciler.ts";
import { StateStore } from "./state-store.ts";
import type { CoordinatorStats } from "./stats.ts";
import { Writes } from "./writes.ts";

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
  /** Decides what becomes of attempts that were never delivered. */
  readonly passed: PassedAttempts;
  readonly #options: PartitionOwnerOptions;
  readonly #writes: Writes;
  readonly #states: StateStore;
  readonly #control: Control;
  readonly #effects: Effects;
  readonly #checkpointer: Checkpointer;
  readonly #reconciler: Reconciler;
  readonly #fence: Fence;
  readonly #intake: EventIntake;
  readonly #reading: LogReading;
  readonly #runs: PartitionRuns;
  readonly #cut: CutRecovery;
  #folded: number;
  /** When the log stored the last message that was folded here. */
  #foldedAtMs: number | undefined;
  #isStopping = false;
  #isStopped = false;
  #onLive: () => void = () => {};

  constructor(options: PartitionOwnerOptions) {
    const { transport, partition, lease, log, stats, plans, leaseMs } = options;
    const { clock } = transport;
    const find = (run: string) => this.#runs.byId.get(run);
    this.#options = options;
    this.#folded = lease.mark;
    const pressure = new Pressure({ transport, log });
    const writes = new Writes({ clock, pressure, stats });
    const deadLetters = new DeadLetters({ transport, partition, writes, log, stats });
    const fence = new Fence({ partition, events: options.events, writes, clock });
    const mandate = new Mandate({ transport, lease, leaseMs, fence, writes, stats });
    this.#writes = writes;
    this.#fence = fence;
    this.#states = new StateStore(transport, partition, stats);
    this.#control = new Control({
      transport,
      partition,
      log,
      find,
      pasts: options.pasts,
      runs: () => this.#runs.byId.values(),
      isUnsure: (run) => this.#isBehind || this.#effects.isEnding(run),
      onUndecodable: (bytes, error) => deadLetters.addRequest(bytes, error),
    });
    this.#effects = new Effects({ ...options, writes, fence, mandate, control: this.#control, find });
    this.passed = new PassedAttempts({ ...options, fence, find, effects: this.#effects });
    this.#checkpointer = new Checkpointer({
      clock,
      everyMs: options.checkpointMs,
      leaseMs,
      lease,
      states: this.#states,
      writes,
      pressure,
      stats,
      folded: () => this.#folded,
      lastRead: () => this.#lastRead(),
      confirmFirsts: (ageMs) => this.#effects.confirmFirsts(ageMs),
      beforeStates: () => this.#cut.end(),
      onLost: () => void this.abandon("another coordinator has taken it over"),
    });
    this.#runs = new PartitionRuns({
      ...options,
      pressure,
      states: this.#states,
      deadLetters,
      effects: this.#effects,
      checkpointer: this.#checkpointer,
      control: this.#control,
      fence,
      isStopped: () => this.#isStopped,
    });
    this.#reconciler = new Reconciler({ ...options, runs: this.#runs.byId, writes, effects: this.#effects });
    const onReady = () => this.#goLiveIfReady();
    this.#cut = new CutRecovery({ ...options, writes, fence, left: () => this.#runs.left(), onReady });
    this.#intake = new EventIntake({
      transport,
      plans,
      log,
      isAwaited: ({ run, target }) => find(run)?.state.evaluations?.has(target) === true,
      onEvent: (event, message, found) => this.#runs.fold(event, message, found),
      onUndecodable: ({ sequence }, index, bytes, error) => deadLetters.addEvent({ sequence, index }, bytes, error),
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
    return this.#runs.byId.has(run);
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
    if (this.#writes.isStopped) return;
    this.#writes.stop();
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
    for (const state of states) await this.#runs.restore(state);
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
      const from = lease.mark === 0 || this.#runs.isRebuilding ? 0 : lease.mark + 1;
      return this.#reading.begin(from, lease.lastRead);
    };
    const onCut = ({ sequence }: KeptEnd) => {
      this.#cut.begin();
      this.#folded = Math.min(this.#folded, sequence);
    };
    return readPastCut({ ...this.#options, states: this.#states, runs: this.#runs.byId, onCut }, begin);
  }

  #onUnreadable(error: Error): void {
    const { log, partition } = this.#options;
    log.error(`partition ${partition} can no longer be read`, error);
    const lastRead = this.#lastRead();
    if (isLogCut(error) && lastRead !== undefined) this.#cut.handOn(lastRead);
    void this.abandon("its log can no longer be read");
  }

  /** The last message that was folded here. */
  #lastRead(): LogPlace | undefined {
    const timestampMs = this.#foldedAtMs;
    return timestampMs === undefined ? undefined : { sequence: this.#folded, timestampMs };
  }

  #caughtUp(): void {
    this.#goLiveIfReady();
    if (!this.#isBehind) this.#control.answerLate();
  }

  #goLiveIfReady(): void {
    if (this.#effects.isLive || this.#isBehind || this.#isStopped || !this.#cut.isReady()) return;
    const { log, partition, lease } = this.#options;
    const { byId } = this.#runs;
    this.#runs.endUnfound();
    this.#effects.goLive(byId.values(), this.#cut.isUnderWay);
    this.#runs.letGoEnded();
    log.info(`partition ${partition} is live at ${this.#folded}, epoch ${lease.epoch}, ${byId.size} runs`);
    this.#onLive();
  }

  async #stopReading(): Promise<void> {
    this.#isStopped = true;
    this.#options.stats.runs -= this.#runs.byId.size;
    this.#intake.stop();
    this.#fence.stop();
    this.#effects.stop();
    this.#onLive();
    for (const stopped of await Promise.allSettled([this.#reading.stop(), this.#control.stop()])) {
      if (stopped.status === "rejected") this.#options.log.warn("a subscription was not ended", stopped.reason);
    }
    // Not waited for where the round itself has found the lease lost.
    const stopped = this.#checkpointer.stop();
    if (!this.#writes.isStopped) await stopped;
  }
}

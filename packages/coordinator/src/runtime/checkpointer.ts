import { PassingSet, TransportClosedError } from "@arpeggio/core";
import type { Clock, LogPlace, Timer } from "@arpeggio/core";
import type { Lease } from "./lease.ts";
import type { OwnedRun } from "./owned-run.ts";
import type { Pressure } from "./pressure.ts";
import type { StateStore } from "./state-store.ts";
import type { CoordinatorStats } from "./stats.ts";
import type { Writes } from "./writes.ts";
import { isRunEnded } from "../run/run-machine.ts";
import { encodeRun } from "../run/run-snapshot.ts";

/** A run that keeps the mark back by more events than this is written. */
export const LAG_EVENTS_MAX = 50_000;
/** The same for longer than this, in milliseconds. */
export const LAG_MS_MAX = 5_000;
/** A state of a million bytes may keep the mark back by so much more, in milliseconds: storing it costs more than folding again. */
const LAG_MS_PER_MB = 1_000;
/** The same in events. */
const LAG_EVENTS_PER_MB = 10_000;
/** How long a first attempt that is queued together with its start may go without a word. */
const FIRSTS_MS = 500;
/** At most so many states in one round: the others have their turn in the next. */
const STATES_MAX = 500;

export interface CheckpointerOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly leaseMs: number;
  readonly lease: Lease;
  readonly states: StateStore;
  readonly writes: Writes;
  readonly pressure: Pressure;
  readonly stats: CoordinatorStats;
  /** The last event that is folded, with all others of its message. */
  readonly folded: () => number;
  /** The same message with its time; undefined if none was folded since the partition was taken. */
  readonly lastRead: () => LogPlace | undefined;
  /** Sends first attempts of which nothing was heard for so long, in milliseconds. */
  readonly confirmFirsts: (ageMs: number) => void;
  /** Called when everything that was sent before is stored, and before any state is; false if somebody else owns the partition. */
  readonly beforeStates: () => Promise<boolean>;
  /** Somebody else owns the partition by now. */
  readonly onLost: () => void;
}

interface TakenState {
  readonly run: OwnedRun;
  readonly since: number;
  readonly bytes: Uint8Array;
}

/**
 * Moves the mark of a partition: the place in the log from which a successor folds. Few runs are ever written: one that
 * ends within the lag leaves nothing behind but its outcome.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  /** Runs with events that no checkpoint has, longest first. */
  readonly #dirty = new PassingSet<OwnedRun>();
  /** Runs that have ended and may have a state in the bucket. */
  #ended: OwnedRun[] = [];
  #timer: Timer | undefined;
  #round: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = this.#options.clock.after(this.#options.everyMs, () => {
      void this.run().finally(() => {
        if (!this.#isStopped) this.start();
      });
    });
  }

  /** An event of the run has been folded. */
  touch(run: OwnedRun, sequence: number): void {
    run.sequence = sequence;
    if (run.dirtySince !== undefined) return;
    run.dirtySince = sequence - 1;
    run.dirtyAtMs = this.#options.clock.now();
    this.#dirty.add(run);
  }

  /** The run is over: its outcome takes the place of its state. */
  end(run: OwnedRun): void {
    this.#dirty.delete(run);
    run.dirtySince = undefined;
    // Also a write that is under way, or was reported as failed, may have stored one.
    if (run.revision > 0 || run.stateBytes > 0) this.#ended.push(run);
  }

  /** One round; joins the one that is under way. Never throws: what fails is tried again in the next. */
  run(): Promise<void> {
    this.#round ??= this.#runOnce(false).finally(() => (this.#round = undefined));
    return this.#round;
  }

  /** The last round, which waits for everything that was sent; after {@link stop}. */
  finish(): Promise<void> {
    return this.#runOnce(true);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#round;
  }

  async #runOnce(isLast: boolean): Promise<void> {
    const { lease, leaseMs, pressure, onLost, stats, writes, folded, lastRead } = this.#options;
    const cut = folded();
    const read = lastRead();
    // With the first write, before any state: none is newer than what the lease says was read.
    if (read !== undefined) lease.noteRead(read);
    const written = this.#take(cut);
    // Whoever finds a state must not have to send its first attempt. In the last round nothing is read any more, by
    // which it is known whether that is needed: the mark stays before the starts of what has no state.
    if (!isLast) this.#options.confirmFirsts(written.length > 0 ? 0 : FIRSTS_MS);
    const mark = Math.max(lease.mark, this.#oldest() ?? cut);
    const ended = this.#ended;
    const isIdle = written.length === 0 && ended.length === 0 && mark === lease.mark;
    if (isIdle && !isLast && lease.ageMs < leaseMs / 3) return;
    this.#ended = [];
    try {
      // First what follows from the events is stored, then the states that have the events, then the mark: whoever
      // finds a state must not have to send what it led to.
      const isHeld = (await this.holding(writes.cut())) && (await this.#write(written, ended, mark));
      if (!isHeld) onLost();
      else if (!isIdle) stats.checkpoints++;
    } catch (error) {
      this.#putBack(written);
      for (const run of ended) this.#ended.push(run);
      if (error instanceof TransportClosedError) onLost();
      else pressure.failed("a checkpoint failed and is made again", error);
    }
  }

  async #write(written: readonly TakenState[], ended: readonly OwnedRun[], mark: number): Promise<boolean> {
    const { states, lease, beforeStates } = this.#options;
    if (!(await beforeStates())) return false;
    // A state of a run that another owner has seen the end of would bring the run back to life at the next takeover, so
    // an owner that was paused for long must find out before it stores one.
    if (written.length > 0 && !(await lease.keep())) return false;
    const storing = Promise.all(written.map(({ run, bytes }) => states.store(run, bytes, lease)));
    if (!(await this.holding(storing)) || (await storing).includes(false)) return false;
    await Promise.all(ended.map((run) => states.remove(run)));
    return lease.renew(mark);
  }

  /** Waits for work, and renews the lease as long as it takes; false if it is lost or the owner has stopped. */
  async holding(work: Promise<unknown>): Promise<boolean> {
    const { lease, leaseMs, clock, writes } = this.#options;
    const done = work.then(() => true);
    // Nobody looks at it any more if the lease is lost first.
    done.catch(() => {});
    for (;;) {
      let timer: Timer | undefined;
      const late = new Promise<boolean>((resolve) => (timer = clock.after(leaseMs / 3, () => resolve(false))));
      const isDone = await Promise.race([done, late]).finally(() => timer?.cancel());
      if (writes.isStopped) return false;
      if (isDone) return true;
      if (!(await lease.keep())) return false;
    }
  }

  /** The states that are due, as of now. They do not keep the mark back; what is folded from now on does. */
  #take(cut: number): TakenState[] {
    const before = this.#options.clock.now() - LAG_MS_MAX;
    const taken: TakenState[] = [];
    for (const run of this.#dirty) {
      const since = run.dirtySince ?? cut;
      const isYoung = since >= cut - LAG_EVENTS_MAX && run.dirtyAtMs > before;
      if (isYoung || taken.length === STATES_MAX) break;
      const moreMb = run.stateBytes / 1e6;
      const isWorthIt =
        since < cut - LAG_EVENTS_MAX - moreMb * LAG_EVENTS_PER_MB || run.dirtyAtMs <= before - moreMb * LAG_MS_PER_MB;
      if (!isWorthIt) continue;
      const bytes = encodeRun(run.state, run.sequence);
      run.stateBytes = bytes.length;
      taken.push({ run, since, bytes });
    }
    for (const { run } of taken) {
      this.#dirty.delete(run);
      run.dirtySince = undefined;
    }
    return taken;
  }

  #putBack(taken: readonly TakenState[]): void {
    const alive = taken.filter(({ run }) => !isRunEnded(run.state.life));
    for (const { run, since } of alive) {
      run.dirtySince = since;
      this.#dirty.delete(run);
    }
    // In front, because they are the oldest.
    const others = [...this.#dirty];
    this.#dirty.clear();
    for (const { run } of alive) this.#dirty.add(run);
    for (const run of others) this.#dirty.add(run);
  }

  #oldest(): number | undefined {
    for (const run of this.#dirty) return run.dirtySince;
    return undefined;
  }
}

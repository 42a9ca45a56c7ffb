import { decodeOutcome, encodeEvent, stepDefaults } from "@arpeggio/core";
import type { EventWriter, RunEnded, Transport } from "@arpeggio/core";
import type { Control } from "./control.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Evaluations } from "./evaluations.ts";
import type { Fence } from "./fence.ts";
import { FIRST_NODE, FirstAttempts } from "./first-attempts.ts";
import type { Lease } from "./lease.ts";
import type { CoordinatorLogger } from "./logger.ts";
import type { Mandate } from "./mandate.ts";
import { endOf, endOfUnstarted, Outcomes } from "./outcomes.ts";
import type { EndedRun } from "./outcomes.ts";
import type { OwnedRun } from "./owned-run.ts";
import type { CoordinatorStats } from "./stats.ts";
import { Resends } from "./resends.ts";
import type { Suspects } from "./resends.ts";
import { Timers } from "./timers.ts";
import type { Writes } from "./writes.ts";
import type { AbortCommand, Command } from "../fold/commands.ts";
import { isOfStart } from "../fold/run-ended.ts";
import type { MissingWaker } from "../run/missing-wakers.ts";
import { nodeCode } from "../run/node-table.ts";
import { loggedName } from "../run/round-names.ts";
import { attemptOf, isAttempted, nodePlanOf, scopeOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";

export interface EffectsOptions {
  readonly transport: Transport;
  readonly partition: number;
  readonly lease: Lease;
  readonly writes: Writes;
  readonly fence: Fence;
  readonly mandate: Mandate;
  readonly events: EventWriter;
  readonly control: Control;
  readonly log: CoordinatorLogger;
  readonly stats: CoordinatorStats;
  readonly find: (run: string) => OwnedRun | undefined;
}

interface Ending {
  readonly ended: EndedRun;
  readonly abort: AbortCommand | undefined;
  readonly queues: readonly string[];
}

/**
 * Does what the fold's commands ask for. While the log is replayed it only notes them: what is still to be done when the
 * replay has come to the end of the log is then done once.
 */
export class Effects {
  readonly #options: EffectsOptions;
  readonly #dispatcher: Dispatcher;
  readonly #evaluations: Evaluations;
  readonly #outcomes: Outcomes;
  readonly #timers: Timers;
  readonly #resends: Resends;
  readonly #firsts: FirstAttempts;
  /** By run. */
  readonly #replayedEndings = new Map<string, Ending>();
  #replayedAborts: (readonly [run: string, abort: AbortCommand])[] = [];
  #isLive = false;

  constructor(options: EffectsOptions) {
    const { transport, writes, fence, stats, find } = options;
    this.#options = options;
    this.#dispatcher = new Dispatcher(options);
    this.#firsts = new FirstAttempts(transport.clock, this.#dispatcher);
    const { control, lease } = options;
    const onStillQueued = (run: RunState) => {
      if (lease.isAfterCut) control.takeBackAborts(run.start.run);
    };
    this.#resends = new Resends({ transport, writes, fence, stats, dispatcher: this.#dispatcher, onStillQueued });
    this.#evaluations = new Evaluations(options);
    this.#outcomes = new Outcomes({ transport, writes, stats, onStored: () => options.control.answerLate() });
    this.#timers = new Timers({
      clock: transport.clock,
      isWanted: (run, timer) => find(run)?.state.timers?.has(timer) === true,
      onDue: (run, timer) => this.#fire(run, timer),
    });
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  /**
   * Ends the run where that cannot be done.
   *
   * @param timestampMs when the log stored the event that they follow from.
   * @param isFirstQueued the log was to put the first attempt into its queue together with the start.
   */
  perform(run: OwnedRun, commands: readonly Command[], timestampMs: number, isFirstQueued = false): void {
    this.#guarded(run.state, timestampMs, () => this.#perform(run, commands, timestampMs, isFirstQueued));
  }

  /** A fault in what follows from an event is as one of the fold: it ends its run, and the others of the partition go on. */
  #guarded(run: RunState, timestampMs: number, perform: () => void): void {
    try {
      perform();
    } catch (error) {
      const { start } = run;
      this.#options.log.error(`what follows in run ${start.run} could not be done`, error);
      run.life = "failed";
      run.endedAtMs = timestampMs;
      const message = `the coordinator could not go on: ${error instanceof Error ? error.message : String(error)}`;
      const ended = endOfUnstarted(start, { code: "COORDINATOR_FAULT", message }, run.startedAtMs, timestampMs);
      this.end({ ended, abort: undefined, queues: NONE });
    }
  }

  #perform(run: OwnedRun, commands: readonly Command[], timestampMs: number, isFirstQueued: boolean): void {
    let abort: AbortCommand | undefined;
    for (const command of commands) {
      switch (command.type) {
        case "dispatch":
          if (this.#isLive && isFirstQueued && command.node === FIRST_NODE) this.#firsts.note(run.state, timestampMs);
          else if (this.#isLive) this.#dispatcher.dispatch(run.state, command.node, command.attempt);
          else (run.replayed ??= []).push(command.node, command.attempt, timestampMs);
          break;
        case "arm":
          if (this.#isLive) this.#timers.arm(run.state.start.run, command.timer, command.dueAtMs);
          break;
        case "evaluate":
          if (this.#isLive) this.#evaluations.begin(run.state, command.target);
          break;
        case "abort":
          abort = command;
          break;
        case "finish":
          this.end({
            ended: endOf(run.state, command, run.sequence),
            abort,
            queues: abort === undefined ? NONE : queuesOf(run.state),
          });
          return;
      }
    }
    if (abort === undefined) return;
    if (this.#isLive) this.#options.control.abort(run.state.start.run, abort);
    else this.#replayedAborts.push([run.state.start.run, abort]);
  }

  /** See {@link FirstAttempts.confirm}. */
  confirmFirsts(ageMs: number): void {
    this.#firsts.confirm(ageMs);
  }

  /** Of the runs that have ended in the replayed part of the log; empty once that is over. */
  *replayedEnds(): Iterable<EndedRun> {
    for (const { ended } of this.#replayedEndings.values()) yield ended;
  }

  /** A run that has ended in the replayed part of the log had another end before, which was lost: its first outcome stays. */
  keepFirstOutcome(event: RunEnded): void {
    const ending = this.#replayedEndings.get(event.run);
    const outcome = decodeOutcome(event.outcome);
    if (ending === undefined || !isOfStart(outcome, ending.ended.outcome)) return;
    const { client } = ending.ended;
    this.end({ ...ending, ended: { client, outcome, stored: new Uint8Array(event.outcome) } });
  }

  /** A run has ended. */
  end(ending: Ending): void {
    if (!this.#isLive) this.#replayedEndings.set(ending.ended.outcome.run, ending);
    else if (ending.abort === undefined) this.#outcomes.put(ending.ended);
    else this.#endAborted(ending, ending.abort);
  }

  /**
   * The replay is over: does what it led to and what nothing shows to have been done.
   *
   * @param isCut the log has lost its end, and the queues may have, too: whatever is under way is looked for.
   */
  goLive(runs: Iterable<OwnedRun>, isCut: boolean): void {
    const { stats, control, transport } = this.#options;
    this.#isLive = true;
    const suspects: Suspects[] = [];
    for (const run of runs) {
      const { state } = run;
      this.#guarded(state, transport.clock.now(), () => {
        const unsure = isCut ? attemptsUnderWay(state) : this.#sendAgain(run);
        if (unsure.length > 0) suspects.push({ run: state, attempts: unsure });
        run.replayed = undefined;
        for (const [timer, dueAtMs] of state.timers ?? []) this.#timers.arm(state.start.run, timer, dueAtMs);
        for (const target of state.evaluations ?? []) this.#evaluations.begin(state, target);
      });
    }
    this.#resends.begin(suspects);
    for (const [run, abort] of this.#replayedAborts) control.abort(run, abort);
    stats.repeatedOutcomes += this.#replayedEndings.size;
    for (const ending of this.#replayedEndings.values()) this.end(ending);
    this.#replayedAborts = [];
    this.#replayedEndings.clear();
  }

  /** Publishes what was dispatched in the replayed part; gives the attempts whose ids the queue may have forgotten. */
  #sendAgain({ state, replayed = [] }: OwnedRun): number[] {
    const { stats, transport } = this.#options;
    // Half of it, because the log's clock need not be ours.
    const knownSinceMs = transport.clock.now() - transport.limits.dedupeMs / 2;
    const unsure: number[] = [];
    for (let i = 0; i < replayed.length; i += 3) {
      const node = replayed[i] as number;
      const attempt = replayed[i + 1] as number;
      // A node that has begun or ended was out before; only one that is queued may have been lost with its owner.
      if (state.states[node] !== nodeCode.queued || attemptOf(state, node) !== attempt) continue;
      const sentAtMs = replayed[i + 2] as number;
      if (sentAtMs < knownSinceMs) unsure.push(node, attempt);
      else {
        stats.redispatches++;
        this.#dispatcher.dispatch(state, node, attempt, { sentAtMs });
      }
    }
    return unsure;
  }

  /** The timers that will fire; see {@link armedKey}. */
  armedTimers(): ReadonlySet<string> {
    return this.#timers.armed();
  }

  /** Whether a run has ended, and its outcome is not known to be stored. */
  isEnding(run: string): boolean {
    return this.#outcomes.isUnderWay(run);
  }

  isEvaluating(run: string, target: string): boolean {
    return this.#evaluations.isUnderWay(run, target);
  }

  /** Sees to it that what a run waits for comes after all. @param suffix makes the message another one for the queue. */
  repair({ state }: OwnedRun, missing: Exclude<MissingWaker, { kind: "none" }>, suffix: string): void {
    if (missing.kind === "message") {
      this.#dispatcher.dispatch(state, missing.node, missing.attempt, { suffix, isLost: true });
      return;
    }
    if (missing.kind === "timer") this.#timers.arm(state.start.run, missing.timer, missing.dueAtMs);
    else this.#evaluations.begin(state, missing.target);
  }

  /** Resolves when the attempt is stored as another message, or no longer wanted. @param suffix as of {@link repair}. */
  resend({ state }: OwnedRun, node: number, attempt: number, suffix: string): Promise<void> {
    return this.#dispatcher.resend(state, node, attempt, { suffix, sentAtMs: this.#options.transport.clock.now() });
  }

  stop(): void {
    this.#timers.stop();
  }

  #endAborted({ ended, queues }: Ending, abort: AbortCommand): void {
    const { transport, control, log } = this.#options;
    const { run } = ended.outcome;
    control.abort(run, abort);
    // Whoever reads the outcome may rely on nothing more being begun, as far as that can be had; it does not wait for more.
    const stopped = Promise.allSettled([
      control.flush(),
      ...queues.map((queue) => transport.attempts.discard(queue, run)),
    ]);
    this.#outcomes.put(ended, async () => {
      for (const one of await stopped) {
        if (one.status === "rejected") log.warn(`attempts of run ${run} may still be begun`, one.reason);
      }
    });
  }

  #fire(run: string, timer: string): void {
    const { writes, events, partition, stats, find } = this.#options;
    stats.timersFired++;
    const state = find(run)?.state;
    const fired = state === undefined ? timer : loggedName(state, timer);
    const frame = encodeEvent({ type: "timer.fired", run, timer: fired });
    writes.begin(() => events.write(partition, frame));
  }
}

const NONE: readonly string[] = [];

/** Pairs of node and attempt. */
function attemptsUnderWay(run: RunState): number[] {
  const found: number[] = [];
  for (let node = 0; node < run.nodeCount; node++) {
    const state = run.states[node] as number;
    if (state !== nodeCode.queued && state !== nodeCode.running) continue;
    if (isAttempted(run, nodePlanOf(scopeOf(run, node), node), node)) found.push(node, attemptOf(run, node));
  }
  return found;
}

/** Every queue that an attempt of the run may lie in. */
function queuesOf({ plan, start, extras }: RunState): readonly string[] {
  const further = [...(extras?.plans?.values() ?? [])].flatMap(({ queues }) => queues);
  return [...new Set([...plan.queues, ...further, start.defaults?.queue ?? stepDefaults.queue])];
}

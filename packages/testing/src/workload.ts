import { isDeepStrictEqual } from "node:util";
import { RunCancelledError, RunFailedError, RunIdTakenError } from "@arpeggio/client";
import type { RunHandle, RunStatus } from "@arpeggio/client";
import type { ReplayedNode } from "@arpeggio/coordinator";
import type { Canvas, OutcomeRecord } from "@arpeggio/core";
import type { Actor } from "./actor.ts";
import type { ClientProcess } from "./client-process.ts";
import { isCode, isExcused } from "./excuses.ts";
import { ExpectedEnds } from "./expected-ends.ts";
import type { StartedRun } from "./expected-ends.ts";
import { Interventions } from "./interventions.ts";
import type { Course, PlannedCancel, PlannedRun } from "./planned-run.ts";
import { Redrives } from "./redrives.ts";
import type { World } from "./world.ts";

const START_TRIES_MAX = 5;
const TRY_AGAIN_MS = 700;
/** Who asks for what has ended has the log read once more, each message of which is a step in which somebody may ask. */
const ASK_APART_MS = 500;

interface Started extends StartedRun {
  /** Of the client that has started it. */
  readonly client: number;
  isCancelAsked: boolean;
}

/** Starts runs, waits for them, asks about them, and holds what clients are told against what the log says. */
export class Workload {
  readonly violations: string[] = [];
  readonly interventions: Interventions;
  readonly #world: World;
  readonly #plans: readonly PlannedRun[];
  readonly #redrives: Redrives;
  readonly #started = new Map<string, Started>();
  /** Plans whose start nobody waits for any more. */
  readonly #settled = new Set<PlannedRun>();
  /** Handles that wait, by their client's process. */
  readonly #waiting = new Map<Actor, number>();
  #askedAtMs = -Infinity;
  readonly #handles = new Map<string, { readonly handle: RunHandle<unknown>; readonly actor: Actor }>();

  constructor(world: World, plans: readonly PlannedRun[]) {
    this.#world = world;
    this.#plans = plans;
    this.interventions = new Interventions(world);
    this.#redrives = new Redrives(world, {
      onStarted: (handle, of, redrive, process) => this.#follow(handle, redrive, of, process),
      onWrong: (what) => this.#wrong(what),
    });
  }

  /** A process of a client has begun: it starts what is to be started, and attaches to what was started before. */
  onClient(process: ClientProcess): void {
    const { client, number, actor } = process;
    for (const started of this.#started.values()) {
      if (started.client === number) this.#wait(client.attach(started.id), process);
    }
    for (const plan of this.#plans) {
      if (plan.client !== number || this.#settled.has(plan)) continue;
      const delayMs = plan.atMs - this.#world.elapsedMs;
      this.#world.timeline.plan(delayMs, actor, () => void this.#start(plan, process, 1));
    }
  }

  /** Whether every start has settled, every run of the log has ended, and every client that waits has been told. */
  get isDone(): boolean {
    const { auditor } = this.#world;
    if (!this.#isAllStarted) return false;
    for (const run of auditor.replay.runs()) if (!auditor.isSettled(run)) return false;
    for (const [actor, count] of this.#waiting) if (!actor.isGone && count > 0) return false;
    return true;
  }

  /** Whether nothing is left to do but to wait until nodes may be tried again. */
  get isOnlyWaiting(): boolean {
    const { auditor } = this.#world;
    if (!this.#isAllStarted) return false;
    return auditor.replay.runs().every((run) => {
      if (run.outcome !== undefined) return auditor.isTold(run.id);
      const nodes = run.nodes();
      // What has parts does nothing by itself; a task has some when a canvas has taken its place.
      const isReplaced = (path: string) => nodes.some((other) => other.path.startsWith(`${path}!replaced`));
      const isAtWork = ({ path, kind, state }: ReplayedNode) =>
        state === "queued" || (state === "running" && kind === "task" && !isReplaced(path));
      return !nodes.some(isAtWork) && run.nextTimerAtMs !== undefined;
    });
  }

  /** What is still open, for whoever has to find out why. */
  open(): readonly string[] {
    const { auditor } = this.#world;
    const runs = auditor.replay.runs().flatMap((run) => {
      if (auditor.isSettled(run)) return [];
      if (run.outcome !== undefined) return [`${run.id} has ended, and nothing is stored`];
      const nodes = run.nodes().filter(({ state }) => ["queued", "running", "waiting"].includes(state));
      return [
        `${run.id} goes on: ${nodes.map(({ path, state, attempt }) => `${path} is ${state} (attempt ${attempt})`).join(", ")}`,
      ];
    });
    const starts = this.#plans.filter((plan) => !this.#settled.has(plan)).map(({ label }) => `${label} is not started`);
    const redrives = this.#unredriven().map(({ course }) => `${course.label} is not redriven`);
    const waits = [...this.#waiting].filter(([actor, count]) => !actor.isGone && count > 0);
    return [...runs, ...starts, ...redrives, ...waits.map(([{ name }, count]) => `${name} waits for ${count} results`)];
  }

  /** Asks for the status of some run, unless it has just asked. */
  ask(): void {
    const { elapsedMs } = this.#world;
    if (elapsedMs < this.#askedAtMs + ASK_APART_MS) return;
    this.#askedAtMs = elapsedMs;
    const alive = [...this.#handles.values()].filter(({ actor }) => !actor.isGone);
    if (alive.length === 0) return;
    const { handle, actor } = this.#world.weather.random.pick(alive);
    handle.status().then(
      (status) => {
        if (this.#world.auditor.hasLost(handle.id)) return;
        const { state } = status;
        const outcome = this.#outcome(handle.id);
        const isEnd = state === "succeeded" || state === "failed" || state === "cancelled";
        if (isEnd && outcome?.state !== state) this.#wrong(`${actor.name} is told that ${handle.id} has ${state}`);
        if (isEnd) this.#checkPast(status);
      },
      (error: unknown) => {
        if (isCode(error, "RUN_NOT_FOUND") && !this.#isExcused(error) && !this.#mayBeGone(handle.id))
          this.#wrong(`${actor.name} is told that there is no ${handle.id}`);
      },
    );
  }

  /** What is told of a run that has ended is what its events say; that nobody can tell may be. */
  #checkPast({ id, nodes, nodesGone }: RunStatus): void {
    if (nodesGone?.includes("does not lead") === true) this.#wrong(`the past of ${id} is lost: ${nodesGone}`);
    const states = new Map(
      this.#world.auditor.replay
        .run(id)
        ?.nodes()
        .map(({ path, state }) => [path, state]),
    );
    for (const { node, state } of nodes) {
      const known = states.get(node);
      if (known !== state) this.#wrong(`${node} of ${id} is told to have ${state}, and it has ${known}`);
    }
  }

  /** At the end: what every run came to. */
  async checkEnd(): Promise<void> {
    const ends = new ExpectedEnds(this.#world.auditor, this.interventions, this.#started);
    for (const what of await ends.check()) this.#wrong(what);
    this.#checkRetries();
  }

  #checkRetries(): void {
    const { auditor, startMs } = this.#world;
    for (const { run, attempt, idempotencyKey: key, atMs } of auditor.executions) {
      const retry = this.#started.get(run)?.course.retry;
      if (retry === undefined || auditor.hasLost(run)) continue;
      if (attempt > retry.attempts) this.#wrong(`${key} is executed, and only ${retry.attempts} attempts may be made`);
      const before = auditor.failedAtMs.get(`${key.slice(0, key.lastIndexOf("/"))}/${attempt - 1}`);
      if (before !== undefined && atMs + startMs < before + retry.delayMsMin)
        this.#wrong(`${key} is executed sooner than ${retry.delayMsMin} ms after the attempt before`);
    }
  }

  async #start(plan: PlannedRun, process: ClientProcess, tries: number): Promise<void> {
    const { client, actor } = process;
    try {
      this.#world.say(actor.name, `starts ${plan.label}`);
      const handle = await client.run(plan.canvas as Canvas<unknown, unknown>, plan.input, plan.options);
      this.#world.say(actor.name, `has started ${plan.label} as ${handle.id}`);
      this.#settled.add(plan);
      this.#follow(handle, plan, undefined, process);
    } catch (error) {
      this.#world.say(actor.name, () => `cannot start ${plan.label}: ${String(error)}`);
      if (isCode(error, "CLIENT_CLOSED")) return;
      if (error instanceof RunIdTakenError) return this.#checkTaken(plan);
      if (!this.#isExcused(error, plan.options.id)) this.#wrong(`${plan.label} cannot be started: ${String(error)}`);
      // With an id of its own a start can be repeated; without, it may have been stored or not.
      if (plan.options.id === undefined || tries === START_TRIES_MAX) this.#settled.add(plan);
      else this.#world.timeline.plan(TRY_AGAIN_MS, actor, () => void this.#start(plan, process, tries + 1));
    }
  }

  /** The id is another's: there must be such a run. */
  #checkTaken(plan: PlannedRun): void {
    this.#settled.add(plan);
    const others = this.#plans.filter(({ options }) => options.id === plan.options.id);
    if (others.length < 2) this.#wrong(`${plan.label} is refused although nobody else has its id`);
  }

  /** A run was started: its client waits for it, and does what is to be done to it. */
  #follow(handle: RunHandle<unknown>, course: Course, redriveOf: string | undefined, process: ClientProcess): void {
    const { timeline, auditor } = this.#world;
    const { id } = handle;
    const { actor, number } = process;
    if (auditor.replay.run(id) === undefined && !auditor.hasLost(id))
      this.#wrong(`${id} is started and not in the log`);
    if (!this.#started.has(id)) this.#started.set(id, { id, course, redriveOf, client: number, isCancelAsked: false });
    this.#wait(handle, process);
    const { interventions = [], cancel } = course;
    for (const one of interventions) timeline.plan(one.afterMs, actor, () => this.interventions.begin(id, one));
    if (cancel !== undefined) timeline.plan(cancel.afterMs, actor, () => void this.#cancel(handle, cancel, actor));
  }

  #wait(handle: RunHandle<unknown>, process: ClientProcess): void {
    const { actor } = process;
    this.#handles.set(`${actor.name} ${handle.id}`, { handle, actor });
    this.#waiting.set(actor, (this.#waiting.get(actor) ?? 0) + 1);
    const done = () => this.#waiting.set(actor, (this.#waiting.get(actor) ?? 0) - 1);
    handle.result().then(
      (value) => {
        done();
        void this.#checkTold(handle.id, actor, { state: "succeeded", value });
      },
      (error: unknown) => {
        if (error instanceof RunFailedError) this.#hearOfEnd(handle.id, process, "failed");
        else if (error instanceof RunCancelledError) this.#hearOfEnd(handle.id, process, "cancelled");
        else if (isCode(error, "RUN_NOT_FOUND") && this.#mayBeGone(handle.id))
          this.#world.say(actor.name, `is told that ${handle.id} is gone`);
        else if (isCode(error, "BLOB_NOT_FOUND") && this.#world.auditor.hasLost(handle.id))
          this.#world.say(actor.name, `is told that a part of the result of ${handle.id} is gone`);
        else if (this.#isExcused(error)) {
          // The storage had an error, or the clock has jumped: it is asked again.
          this.#world.timeline.plan(TRY_AGAIN_MS, actor, () => this.#wait(handle, process));
          return void this.#world.timeline.plan(TRY_AGAIN_MS, actor, done);
        } else if (!isCode(error, "CLIENT_CLOSED"))
          this.#wrong(`${actor.name} waits for ${handle.id} and gets ${String(error)}`);
        done();
      },
    );
  }

  #hearOfEnd(run: string, process: ClientProcess, state: "failed" | "cancelled"): void {
    void this.#checkTold(run, process.actor, { state });
    const redrive = this.#started.get(run)?.course.redrive;
    if (redrive !== undefined) this.#redrives.onEnded(run, redrive, process);
  }

  async #cancel(handle: RunHandle<unknown>, { compensate }: PlannedCancel, actor: Actor): Promise<void> {
    const started = this.#started.get(handle.id);
    if (started !== undefined) started.isCancelAsked = true;
    this.#world.say(actor.name, `cancels ${handle.id}`);
    try {
      const state = await handle.cancel({ reason: "the simulation says so", compensate });
      if (this.#outcome(handle.id)?.state !== state && !this.#world.auditor.hasLost(handle.id))
        this.#wrong(`${actor.name} cancels ${handle.id} and is told that it has ${state}`);
    } catch (error) {
      if (!this.#isExcused(error, handle.id) && !isCode(error, "CLIENT_CLOSED"))
        this.#wrong(`${actor.name} cannot cancel ${handle.id}: ${String(error)}`);
    }
  }

  async #checkTold(
    id: string,
    actor: Actor,
    told: { readonly state: string; readonly value?: unknown },
  ): Promise<void> {
    const outcome = this.#outcome(id);
    this.#world.say(actor.name, `is told that ${id} has ${told.state}`);
    if (this.#world.auditor.hasLost(id)) return;
    if (outcome?.state !== told.state) this.#wrong(`${actor.name} is told that ${id} has ${told.state}`);
    else if (told.state === "succeeded" && !isDeepStrictEqual(told.value, await this.#world.auditor.valueOf(outcome)))
      this.#wrong(`${actor.name} gets another result of ${id} than the log has`);
  }

  get #isAllStarted(): boolean {
    return this.#settled.size === this.#plans.length && this.#unredriven().length === 0;
  }

  /** Runs that have ended and are still to be gone on with. */
  #unredriven(): readonly Started[] {
    return [...this.#started.values()].filter(({ id, course }) => {
      if (course.redrive === undefined || this.#redrives.isSettled(id)) return false;
      // What became of it nobody knows, so nobody may be told of its end.
      if (this.#world.auditor.hasLost(id)) return this.#redrives.isPending(id);
      const state = this.#outcome(id)?.state;
      return state === "failed" || state === "cancelled";
    });
  }

  /** Whether so much of the run is lost that nobody may know of it. */
  #mayBeGone(run: string): boolean {
    const { auditor } = this.#world;
    return auditor.hasLost(run) && !auditor.isOnlyShort(run);
  }

  /** @param run whose loss would explain it, too. */
  #isExcused(error: unknown, run?: string): boolean {
    return isExcused(error, this.#world.settings) || (run !== undefined && this.#world.auditor.hasLost(run));
  }

  #outcome(id: string): OutcomeRecord | undefined {
    return this.#world.auditor.replay.run(id)?.outcome;
  }

  #wrong(what: string): void {
    if (!this.violations.includes(what)) this.violations.push(what);
  }
}

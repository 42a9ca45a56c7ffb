import { isDeepStrictEqual } from "node:util";
import { RunCancelledError, RunFailedError, RunIdTakenError } from "@arpeggio/client";
import type { Client, RunHandle, RunOptions } from "@arpeggio/client";
import type { ReplayedNode } from "@arpeggio/coordinator";
import { isArpeggioError } from "@arpeggio/core";
import type { AnyCanvas, Canvas, OutcomeRecord } from "@arpeggio/core";
import type { Actor } from "./actor.ts";
import { isAmong } from "./canvas-ends.ts";
import type { CanvasEnd } from "./canvas-ends.ts";
import { Interventions } from "./interventions.ts";
import type { Intervention } from "./interventions.ts";
import type { World } from "./world.ts";

/** A run that somebody is going to start. */
export interface PlannedRun {
  /** For the trace. */
  readonly label: string;
  /** Which client starts it, counted from 1. */
  readonly client: number;
  readonly atMs: number;
  readonly canvas: AnyCanvas;
  readonly input: unknown;
  readonly options: RunOptions;
  /** How long after its start it is cancelled; absent if it is not. */
  readonly cancelAfterMs?: number;
  /** What else is done to it. */
  readonly interventions?: readonly Intervention[];
  /** What it must come to; undefined where nobody knows. */
  readonly expected?: Expectation;
}

/** How a run may end. */
export interface Expectation {
  /** Every way in which the canvas may end by what it means. */
  readonly ends: readonly CanvasEnd[];
  /** Codes of failures that may come instead: those of timeouts and of cancelling. */
  readonly alsoCodes: readonly string[];
}

const START_TRIES_MAX = 5;
const TRY_AGAIN_MS = 700;

interface Started {
  readonly plan: PlannedRun;
  readonly id: string;
  isCancelAsked: boolean;
}

/** Starts runs, waits for them, asks about them, and holds what clients are told against what the log says. */
export class Workload {
  readonly violations: string[] = [];
  readonly interventions: Interventions;
  readonly #world: World;
  readonly #plans: readonly PlannedRun[];
  readonly #started = new Map<string, Started>();
  /** Plans whose start nobody waits for any more. */
  readonly #settled = new Set<PlannedRun>();
  /** Handles that wait, by their client's process. */
  readonly #waiting = new Map<Actor, number>();
  readonly #handles = new Map<string, { readonly handle: RunHandle<unknown>; readonly actor: Actor }>();

  constructor(world: World, plans: readonly PlannedRun[]) {
    this.#world = world;
    this.interventions = new Interventions(world);
    this.#plans = plans;
  }

  /** A process of a client has begun: it starts what is to be started, and attaches to what was started before. */
  onClient(client: Client, number: number, actor: Actor): void {
    const { timeline } = this.#world;
    for (const { plan, id } of this.#started.values()) {
      if (plan.client === number) this.#wait(client.attach(id), actor);
    }
    for (const plan of this.#plans) {
      if (plan.client !== number || this.#settled.has(plan)) continue;
      const delayMs = plan.atMs - this.#world.elapsedMs;
      timeline.plan(delayMs, actor, () => void this.#start(client, plan, actor, 1));
    }
  }

  /** Whether every start has settled, every run of the log has ended, and every client that waits has been told. */
  get isDone(): boolean {
    const { replay, told } = this.#world.auditor;
    if (this.#settled.size < this.#plans.length) return false;
    for (const run of replay.runs()) if (run.outcome === undefined || !told.has(run.id)) return false;
    for (const [actor, count] of this.#waiting) if (!actor.isGone && count > 0) return false;
    return true;
  }

  /** Whether nothing is left to do but to wait until nodes may be tried again. */
  get isOnlyWaiting(): boolean {
    const { replay, told } = this.#world.auditor;
    if (this.#settled.size < this.#plans.length) return false;
    return replay.runs().every((run) => {
      if (run.outcome !== undefined) return told.has(run.id);
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
    const { replay, told } = this.#world.auditor;
    const runs = replay.runs().flatMap((run) => {
      if (run.outcome !== undefined) return told.has(run.id) ? [] : [`${run.id} has ended, and nothing is stored`];
      const nodes = run.nodes().filter(({ state }) => ["queued", "running", "waiting"].includes(state));
      return [
        `${run.id} goes on: ${nodes.map(({ path, state, attempt }) => `${path} is ${state} (attempt ${attempt})`).join(", ")}`,
      ];
    });
    const starts = this.#plans.filter((plan) => !this.#settled.has(plan)).map(({ label }) => `${label} is not started`);
    const waits = [...this.#waiting].filter(([actor, count]) => !actor.isGone && count > 0);
    return [...runs, ...starts, ...waits.map(([{ name }, count]) => `${name} waits for ${count} results`)];
  }

  /** Asks for the status of some run. */
  ask(): void {
    const alive = [...this.#handles.values()].filter(({ actor }) => !actor.isGone);
    if (alive.length === 0) return;
    const { handle, actor } = this.#world.weather.random.pick(alive);
    handle.status().then(
      ({ state }) => {
        const outcome = this.#outcome(handle.id);
        const isEnd = state === "succeeded" || state === "failed" || state === "cancelled";
        if (isEnd && outcome?.state !== state) this.#wrong(`${actor.name} is told that ${handle.id} has ${state}`);
      },
      (error: unknown) => {
        if (isCode(error, "RUN_NOT_FOUND") && !this.#isImpatience(error))
          this.#wrong(`${actor.name} is told that there is no ${handle.id}`);
      },
    );
  }

  /** At the end: what every run came to. */
  async checkEnd(): Promise<void> {
    for (const { id, plan, isCancelAsked } of this.#started.values()) {
      const outcome = this.#outcome(id);
      if (outcome === undefined || plan.expected === undefined) continue;
      await this.#checkExpected(id, plan.expected, outcome, isCancelAsked);
    }
  }

  async #start(client: Client, plan: PlannedRun, actor: Actor, tries: number): Promise<void> {
    const { timeline, auditor } = this.#world;
    try {
      this.#world.say(actor.name, `starts ${plan.label}`);
      const handle = await client.run(plan.canvas as Canvas<unknown, unknown>, plan.input, plan.options);
      this.#world.say(actor.name, `has started ${plan.label} as ${handle.id}`);
      this.#settled.add(plan);
      if (auditor.replay.run(handle.id) === undefined) this.#wrong(`${handle.id} is started and not in the log`);
      if (!this.#started.has(handle.id)) this.#started.set(handle.id, { plan, id: handle.id, isCancelAsked: false });
      this.#wait(handle, actor);
      for (const one of plan.interventions ?? [])
        timeline.plan(one.afterMs, actor, () => this.interventions.begin(handle.id, one));
      if (plan.cancelAfterMs !== undefined) {
        timeline.plan(plan.cancelAfterMs, actor, () => void this.#cancel(handle, actor));
      }
    } catch (error) {
      this.#world.say(actor.name, () => `cannot start ${plan.label}: ${String(error)}`);
      if (error instanceof RunIdTakenError || isCode(error, "CLIENT_CLOSED")) {
        if (error instanceof RunIdTakenError) this.#checkTaken(plan);
        return;
      }
      if (isArpeggioError(error)) this.#wrong(`${plan.label} cannot be started: ${String(error)}`);
      // With an id of its own a start can be repeated; without, it may have been stored or not.
      if (plan.options.id === undefined || tries === START_TRIES_MAX) this.#settled.add(plan);
      else timeline.plan(TRY_AGAIN_MS, actor, () => void this.#start(client, plan, actor, tries + 1));
    }
  }

  /** The id is another's: there must be such a run. */
  #checkTaken(plan: PlannedRun): void {
    this.#settled.add(plan);
    const others = this.#plans.filter(({ options }) => options.id === plan.options.id);
    if (others.length < 2) this.#wrong(`${plan.label} is refused although nobody else has its id`);
  }

  #wait(handle: RunHandle<unknown>, actor: Actor): void {
    this.#handles.set(`${actor.name} ${handle.id}`, { handle, actor });
    this.#waiting.set(actor, (this.#waiting.get(actor) ?? 0) + 1);
    const done = () => this.#waiting.set(actor, (this.#waiting.get(actor) ?? 0) - 1);
    handle.result().then(
      (value) => {
        done();
        void this.#checkTold(handle.id, actor, { state: "succeeded", value });
      },
      (error: unknown) => {
        if (error instanceof RunFailedError) void this.#checkTold(handle.id, actor, { state: "failed" });
        else if (error instanceof RunCancelledError) void this.#checkTold(handle.id, actor, { state: "cancelled" });
        else if (isArpeggioError(error) && error.code !== "CLIENT_CLOSED" && !this.#isImpatience(error))
          this.#wrong(`${actor.name} waits for ${handle.id} and gets ${String(error)}`);
        else if (!isArpeggioError(error) || this.#isImpatience(error)) {
          // The storage had an error, or the clock has jumped: it is asked again.
          this.#world.timeline.plan(TRY_AGAIN_MS, actor, () => this.#wait(handle, actor));
          return void this.#world.timeline.plan(TRY_AGAIN_MS, actor, done);
        }
        done();
      },
    );
  }

  async #cancel(handle: RunHandle<unknown>, actor: Actor): Promise<void> {
    const started = this.#started.get(handle.id);
    if (started !== undefined) started.isCancelAsked = true;
    this.#world.say(actor.name, `cancels ${handle.id}`);
    try {
      const state = await handle.cancel("the simulation says so");
      if (this.#outcome(handle.id)?.state !== state)
        this.#wrong(`${actor.name} cancels ${handle.id} and is told that it has ${state}`);
    } catch (error) {
      if (isArpeggioError(error) && error.code !== "CLIENT_CLOSED" && !this.#isImpatience(error))
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
    if (outcome?.state !== told.state) this.#wrong(`${actor.name} is told that ${id} has ${told.state}`);
    else if (told.state === "succeeded" && !isDeepStrictEqual(told.value, await this.#world.auditor.valueOf(outcome)))
      this.#wrong(`${actor.name} gets another result of ${id} than the log has`);
  }

  async #checkExpected(
    id: string,
    { ends, alsoCodes }: Expectation,
    outcome: OutcomeRecord,
    isCancelAsked: boolean,
  ): Promise<void> {
    const { auditor } = this.#world;
    if (this.interventions.nodeCancelled.has(id)) {
      // A cancelled node counts as failed, and one at the top cancels the run: everything may come of it.
    } else if (outcome.state === "cancelled") {
      if (!isCancelAsked) this.#wrong(`${id} is cancelled and nobody asked for it`);
    } else if (auditor.hasFailedWith(id, alsoCodes)) {
      // A settled item may have met a failure that its meaning does not have, and what comes after it another value.
    } else if (outcome.state === "failed") {
      const { code = "", message = "" } = outcome.failure ?? {};
      if (!isAmong(ends, { failed: true }) && !alsoCodes.includes(code))
        this.#wrong(`${id} has failed with ${code}: ${message}`);
    } else if (ends.every((end) => "failed" in end)) {
      this.#wrong(`${id} has succeeded and had to fail`);
    } else if (!isAmong(ends, { value: await auditor.valueOf(outcome) })) {
      this.#wrong(`${id} has come to another value than it means`);
    }
  }

  get #hasJumps(): boolean {
    return this.#world.settings.faults.clockJump > 0;
  }

  /** How long nobody has known a run is counted by the client's clock, which may have jumped. */
  #isImpatience(error: unknown): boolean {
    return this.#hasJumps && isCode(error, "RUN_NOT_FOUND");
  }

  #outcome(id: string): OutcomeRecord | undefined {
    return this.#world.auditor.replay.run(id)?.outcome;
  }

  #wrong(what: string): void {
    if (!this.violations.includes(what)) this.violations.push(what);
  }
}

function isCode(error: unknown, code: string): boolean {
  return isArpeggioError(error) && error.code === code;
}

import type { Client, RedrivePlan, RunHandle } from "@arpeggio/client";
import type { Actor } from "./actor.ts";
import type { ClientProcess } from "./client-process.ts";
import { isCode, isExcused } from "./excuses.ts";
import type { PlannedRedrive } from "./planned-run.ts";
import type { World } from "./world.ts";

export interface RedriveEvents {
  onStarted(handle: RunHandle<unknown>, of: string, redrive: PlannedRedrive, process: ClientProcess): void;
  onWrong(what: string): void;
}

const START_TRIES_MAX = 5;
const TRY_AGAIN_MS = 700;

/** Goes on with runs that have not succeeded. */
export class Redrives {
  readonly #world: World;
  readonly #events: RedriveEvents;
  /** Runs that were gone on with, or that nobody tries to any more. */
  readonly #settled = new Set<string>();
  /** Who will go on with which run, were it alone. */
  readonly #willing = new Map<string, Set<Actor>>();
  /** Who is about to, as long as it lives. */
  readonly #doing = new Map<string, Actor>();

  constructor(world: World, events: RedriveEvents) {
    this.#world = world;
    this.#events = events;
  }

  isSettled(run: string): boolean {
    return this.#settled.has(run);
  }

  /** Whether somebody is still going to go on with the run. */
  isPending(run: string): boolean {
    if (this.#settled.has(run)) return false;
    for (const actor of this.#willing.get(run) ?? []) if (!actor.isGone) return true;
    return false;
  }

  /** A client was told that the run has not succeeded. It may be the client's second life, or another one's second look. */
  onEnded(run: string, redrive: PlannedRedrive, process: ClientProcess): void {
    const willing = this.#willing.get(run) ?? new Set<Actor>();
    if (this.#settled.has(run) || willing.has(process.actor)) return;
    this.#willing.set(run, willing.add(process.actor));
    this.#later(redrive.afterMs, run, redrive, process, 1);
  }

  #later(ms: number, run: string, redrive: PlannedRedrive, process: ClientProcess, tries: number): void {
    const { timeline } = this.#world;
    timeline.plan(ms, process.actor, () => void this.#redrive(run, redrive, process, tries));
  }

  async #redrive(run: string, redrive: PlannedRedrive, process: ClientProcess, tries: number): Promise<void> {
    const { client, actor } = process;
    const again = (next: number) => this.#later(TRY_AGAIN_MS, run, redrive, process, next);
    const other = this.#doing.get(run);
    if (this.#settled.has(run)) return;
    if (other !== undefined && other !== actor && !other.isGone) return again(tries);
    this.#doing.set(run, actor);
    let plan: RedrivePlan;
    let from: string | undefined;
    try {
      ({ plan, from } = await this.#planned(run, redrive, client));
    } catch (error) {
      this.#world.say(actor.name, () => `cannot plan ${redrive.label}: ${String(error)}`);
      if (isCode(error, "CLIENT_CLOSED")) return;
      if (this.#world.auditor.hasLost(run)) return void this.#settled.add(run);
      if (this.#isExcused(error)) return again(tries);
      this.#settled.add(run);
      return this.#events.onWrong(`${run} has ended and cannot be redriven: ${String(error)}`);
    }
    try {
      const where = from === undefined ? "" : ` from ${from}`;
      this.#world.say(
        actor.name,
        () => `starts ${redrive.label}${where}, keeping ${plan.kept.join(", ") || "nothing"}`,
      );
      // It may be stored although its answer is lost.
      if (redrive.id !== undefined) this.#world.auditor.redriveAsked(redrive.id, from);
      const handle = await plan.start();
      this.#world.auditor.redriveAsked(handle.id, from);
      this.#world.say(actor.name, `has started ${redrive.label} as ${handle.id}`);
      this.#settled.add(run);
      this.#events.onStarted(handle, run, redrive, process);
    } catch (error) {
      this.#world.say(actor.name, () => `cannot start ${redrive.label}: ${String(error)}`);
      if (isCode(error, "CLIENT_CLOSED")) return;
      if (!this.#isExcused(error) && !this.#world.auditor.hasLost(run))
        this.#events.onWrong(`${redrive.label} cannot be started: ${String(error)}`);
      // With an id of its own a start can be repeated; without, it may have been stored or not.
      if (redrive.id !== undefined && tries < START_TRIES_MAX) again(tries + 1);
      else this.#settled.add(run);
    }
  }

  async #planned(
    run: string,
    { workflow, from, id }: PlannedRedrive,
    client: Client,
  ): Promise<{ readonly plan: RedrivePlan; readonly from?: string }> {
    const options = { ...(workflow === undefined ? {} : { workflow }), ...(id === undefined ? {} : { id }) };
    const plan = await client.planRedrive(run, options);
    // What a node of the topmost level comes to may be asked for again, whether it is known or not.
    const nodes = [...plan.kept, ...plan.rerun.filter((path) => !/[[./!]/.test(path))];
    if (from === undefined || nodes.length === 0) return { plan };
    const chosen = nodes[from % nodes.length] as string;
    return { plan: await client.planRedrive(run, { ...options, from: chosen }), from: chosen };
  }

  #isExcused(error: unknown): boolean {
    // Its coordinator may be dead or stand still.
    return isCode(error, "NO_ANSWER") || isExcused(error, this.#world.settings);
  }
}

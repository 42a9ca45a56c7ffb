import { isDeepStrictEqual } from "node:util";
import type { Client, RunHandle } from "@arpeggio/client";
import { doDeed, insisted } from "./deeds.ts";
import { kindAt, workOf } from "./work.ts";
import type { RedrivenWork, Work } from "./work.ts";

/** How a client was told that a run ended. */
export type Told = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

/** A run whose start was acknowledged. */
export interface AcceptedRun {
  readonly id: string;
  readonly work: Work;
  readonly startedAtMs: number;
  readonly handle: RunHandle<unknown>;
  /** One for each client that started it. */
  readonly told: Told[];
  toldAtMs: number | undefined;
  /** Of a redrive: the paths of what the run before it has done, which must not run again. */
  readonly kept: readonly string[] | undefined;
}

export interface LoadOptions {
  readonly clients: readonly [Client, Client];
  readonly random: () => number;
}

/** How many runs are under way at a time, and how many of them may be large. */
const WINDOW = 32;
const LARGE_MAX = 2;
/** Starts lie at least this far apart, in milliseconds. */
const PACE_MS = 40;

/** Keeps a window of mixed runs under way. */
export class Load {
  readonly accepted = new Map<string, AcceptedRun>();
  /** Starts that were answered with an error; the run may be there all the same. */
  readonly refused: string[] = [];
  readonly problems: string[] = [];
  ended = 0;
  readonly #options: LoadOptions;
  readonly #under = new Set<Promise<void>>();
  #large = 0;
  #started = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Starts runs until then; resolves when every start has been answered. */
  async keepUp(untilMs: number): Promise<void> {
    const { random } = this.#options;
    while (Date.now() < untilMs) {
      const kind = kindAt(random());
      if (kind === "map" && this.#large === LARGE_MAX) continue;
      const one = this.#runToEnd(workOf(kind, this.#started++, random)).finally(() => this.#under.delete(one));
      this.#under.add(one);
      const room = this.#under.size < WINDOW ? Promise.resolve() : Promise.race(this.#under);
      await Promise.race([room, pause(untilMs - Date.now())]);
      await pause(PACE_MS);
    }
  }

  /** Resolves when all that were started have ended, or after `patienceMs`. */
  async end(patienceMs: number): Promise<void> {
    const timeout = pause(patienceMs);
    await Promise.race([Promise.all(this.#under), timeout]);
  }

  /** Runs that nobody was told the end of. */
  untold(): AcceptedRun[] {
    return [...this.accepted.values()].filter(({ toldAtMs }) => toldAtMs === undefined);
  }

  async #runToEnd(work: Work): Promise<void> {
    const isLarge = work.kind === "map";
    if (isLarge) this.#large++;
    try {
      const handles = await this.#start(work);
      const [first] = handles;
      if (first === undefined) return;
      const accepted = this.#accept(first, work, undefined);
      const others = handles.length > 1 ? [] : this.#options.clients.map((client) => client.attach(first.id));
      for (const deed of work.deeds) await doDeed(deed, first, others);
      await this.#hear(accepted, handles);
      if (work.redriven !== undefined && accepted.told.every(({ ok }) => !ok))
        await this.#redrive(accepted, work.redriven);
    } catch (error) {
      this.problems.push(`${work.kind} ${JSON.stringify(work.input)}: ${String(error)}`);
    } finally {
      if (isLarge) this.#large--;
    }
  }

  /** Goes on with a run that has failed or was cancelled. */
  async #redrive({ id, work }: AcceptedRun, { value, kept }: RedrivenWork): Promise<void> {
    const client = this.#options.clients[this.#started % 2] as Client;
    // With an id, so that asking again starts nothing twice.
    const plan = await insisted(() => client.planRedrive(id, { id: `again-${id}` }));
    if (kept !== undefined && !isDeepStrictEqual([...plan.kept].sort(), [...kept].sort()))
      this.problems.push(`a redrive of ${id} would keep ${plan.kept.join(", ")} and not ${kept.join(", ")}`);
    const handle = await insisted(() => plan.start());
    const redriven: Work = { ...work, want: { state: "succeeded", value } };
    await this.#hear(this.#accept(handle, redriven, plan.kept), [handle]);
  }

  #accept(handle: RunHandle<unknown>, work: Work, kept: readonly string[] | undefined): AcceptedRun {
    const { id } = handle;
    const accepted: AcceptedRun = { id, work, startedAtMs: Date.now(), handle, told: [], toldAtMs: undefined, kept };
    if (this.accepted.has(id)) this.problems.push(`two runs were given the id ${id}`);
    this.accepted.set(id, accepted);
    return accepted;
  }

  async #hear(accepted: AcceptedRun, handles: readonly RunHandle<unknown>[]): Promise<void> {
    accepted.told.push(...(await Promise.all(handles.map(toldBy))));
    accepted.toldAtMs = Date.now();
    this.ended++;
  }

  async #start({ canvas, input, options, isTwice }: Work): Promise<readonly RunHandle<unknown>[]> {
    const { clients } = this.#options;
    const by = isTwice ? clients : [clients[this.#started % 2] as Client];
    const starts = await Promise.allSettled(by.map((client) => client.run(canvas, input, options)));
    const handles: RunHandle<unknown>[] = [];
    for (const start of starts) {
      if (start.status === "fulfilled") handles.push(start.value);
      else this.refused.push(String(start.reason));
    }
    return handles;
  }
}

async function toldBy(handle: RunHandle<unknown>): Promise<Told> {
  try {
    return { ok: true, value: await handle.result() };
  } catch (error) {
    return { ok: false, error };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)).unref());
}

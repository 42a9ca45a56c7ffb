import type { Client, RunHandle } from "@arpeggio/client";
import { kindAt, workOf } from "./work.ts";
import type { Work } from "./work.ts";

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
}

export interface LoadOptions {
  readonly clients: readonly [Client, Client];
  readonly random: () => number;
}

/** How many runs are under way at a time, and how many of them may be large. */
const WINDOW = 24;
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
      const accepted: AcceptedRun = {
        id: first.id,
        work,
        startedAtMs: Date.now(),
        handle: first,
        told: [],
        toldAtMs: undefined,
      };
      if (this.accepted.has(first.id)) this.problems.push(`two runs were given the id ${first.id}`);
      this.accepted.set(first.id, accepted);
      if (work.cancelAfterMs !== undefined) {
        await pause(work.cancelAfterMs);
        await first.cancel("nobody wants it any more");
      }
      accepted.told.push(...(await Promise.all(handles.map(toldBy))));
      accepted.toldAtMs = Date.now();
      this.ended++;
    } catch (error) {
      this.problems.push(`${work.kind} ${JSON.stringify(work.input)}: ${String(error)}`);
    } finally {
      if (isLarge) this.#large--;
    }
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

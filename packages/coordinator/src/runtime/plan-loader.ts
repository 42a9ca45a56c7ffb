import {
  decodeGraph,
  GraphInvalidError,
  isArpeggioError,
  RecordUndecodableError,
  setAside,
  soundGraph,
  TransportClosedError,
  wholeGraph,
} from "@arpeggio/core";
import type { Clock, RunFailureRecord, Transport } from "@arpeggio/core";
import type { CoordinatorLogger } from "./logger.ts";
import { PlanCache } from "../run/plan-cache.ts";
import { planGraph } from "../run/plan.ts";
import type { Plan } from "../run/plan.ts";

const PLANS_MAX = 1_000;
const RETRY_MS = 500;

/** Why a graph has no plan. A run of it fails with this. */
export type PlanProblem = Pick<RunFailureRecord, "code" | "message">;

/** Turns hashes of graphs into plans, each once as long as it is used. */
export class PlanLoader {
  readonly #transport: Transport;
  readonly #log: CoordinatorLogger;
  readonly #cache = new PlanCache(PLANS_MAX);
  readonly #loading = new Map<string, Promise<Plan | PlanProblem>>();

  constructor(transport: Transport, log: CoordinatorLogger) {
    this.#transport = transport;
    this.#log = log;
  }

  /** The plan, if it is at hand. */
  get(hash: string): Plan | undefined {
    return this.#cache.get(hash);
  }

  /** Fetches a graph; waits for as long as its store cannot be read. */
  load(hash: string): Promise<Plan | PlanProblem> {
    const plan = this.#cache.get(hash);
    if (plan !== undefined) return Promise.resolve(plan);
    const loading = this.#loading.get(hash) ?? this.#load(hash).finally(() => this.#loading.delete(hash));
    this.#loading.set(hash, loading);
    return loading;
  }

  async #load(hash: string): Promise<Plan | PlanProblem> {
    const value = await this.#stored(hash);
    if (value === undefined) return { code: "GRAPH_NOT_FOUND", message: `the graph ${hash} of the run is not stored` };
    try {
      const plan = planGraph(hash, soundGraph(hash, decodeGraph(await wholeGraph(value, (key) => this.#stored(key)))));
      this.#cache.add(plan);
      return plan;
    } catch (error) {
      // Whatever a foreign or broken graph does to the planner, it is the graph's fault and only its runs'.
      if (error instanceof RecordUndecodableError) await this.#setAside(hash, value, error);
      const message = error instanceof Error ? error.message : String(error);
      const code = isArpeggioError(error) ? error.code : new GraphInvalidError([]).code;
      return { code, message: `the graph ${hash} of the run cannot be run: ${message}` };
    }
  }

  async #stored(key: string): Promise<Uint8Array | undefined> {
    const { clock } = this.#transport;
    return (await untilRead(clock, this.#log, () => this.#transport.bucket("graphs").get(key)))?.value;
  }

  async #setAside(place: string, bytes: Uint8Array, reason: RecordUndecodableError): Promise<void> {
    try {
      const key = await setAside(this.#transport, { source: "graphs", place, bytes, reason });
      this.#log.error(`a graph was set aside as dead letter ${key}: ${reason.message}`);
    } catch (error) {
      this.#log.error(`the graph ${place}, which cannot be decoded, could not be set aside`, error);
    }
  }
}

/** Reads, and again every half second until it succeeds or the transport is closed: `isFinal` tells errors that stay. */
export async function untilRead<T>(
  clock: Clock,
  log: CoordinatorLogger,
  read: () => Promise<T>,
  isFinal: (error: unknown) => boolean = () => false,
): Promise<T> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (isFinal(error) || error instanceof TransportClosedError) throw error;
      log.warn("a read failed and is tried again", error);
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    }
  }
}

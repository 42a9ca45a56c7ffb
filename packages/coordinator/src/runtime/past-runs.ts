import { decodeOutcome, isArpeggioError, partitionOf, token } from "@arpeggio/core";
import type { Timer, Transport } from "@arpeggio/core";
import type { OwnedRun } from "./owned-run.ts";
import { PastReading } from "./past-reading.ts";
import type { Past, PastPlace } from "./past-reading.ts";
import type { PlanLoader } from "./plan-loader.ts";

/** So many are folded side by side: they share the event loop with the runs under way. */
const SIDE_BY_SIDE = 2;
const WAITING_MAX = 100;
/** How many are kept for further questions, and for how long, in milliseconds. */
const KEPT_MAX = 4;
const KEEP_MS = 10_000;

interface Known {
  readonly past: Promise<Past>;
  /** Until when it is kept; undefined while it is being folded. */
  timer: Timer | undefined;
}

/**
 * Runs as their events tell them: they are folded again for whoever asks about what their states do not have, and kept for a
 * moment, since one question seldom comes alone. Where the events of one that has ended lie is read from its stored outcome, so
 * nobody who asks can have anything else read.
 */
export class PastRuns {
  readonly #transport: Transport;
  readonly #plans: PlanLoader;
  /** By run and last event, the oldest first. */
  readonly #known = new Map<string, Known>();
  readonly #readings = new Set<PastReading>();
  #free = SIDE_BY_SIDE;
  readonly #waiting: (() => void)[] = [];
  #isStopped = false;

  constructor(transport: Transport, plans: PlanLoader) {
    this.#transport = transport;
    this.#plans = plans;
  }

  /** A run as it was; undefined where no run of this id has ended in this partition. */
  async ended(run: string, partition: number): Promise<Past | undefined> {
    if (!isRunOf(run, partition, this.#transport.events.partitions)) return undefined;
    const entry = await this.#transport.bucket("results").newest(`${run}.*`);
    if (entry === undefined) return undefined;
    const { firstSequence: first, lastSequence: last, state: life, counts } = decodeOutcome(entry.value);
    if (first === undefined || last === undefined) return { why: UNNOTED };
    const nodeCount = Object.values(counts).reduce((sum, count) => sum + (count ?? 0), 0);
    return this.#of({ run, partition, first, last, life, nodeCount });
  }

  /** A run under way, with what it has come by so far. */
  async soFar({ state, sequence: last }: OwnedRun, partition: number): Promise<Past> {
    const { start, life, nodeCount, startSequence: first } = state;
    return first === 0 ? { why: UNNOTED } : this.#of({ run: start.run, partition, first, last, life, nodeCount });
  }

  stop(): void {
    this.#isStopped = true;
    for (const { timer } of this.#known.values()) timer?.cancel();
    this.#known.clear();
    for (const reading of this.#readings) reading.stop(STOPPED);
    for (const begin of this.#waiting.splice(0)) begin();
  }

  #of(place: PastPlace): Promise<Past> | Past {
    const key = `${place.run} ${place.last}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known.past;
    if (this.#waiting.length >= WAITING_MAX) return { why: "too many others are being looked at; ask again" };
    const past = this.#folded(place);
    const entry: Known = { past, timer: undefined };
    this.#known.set(key, entry);
    void past.then(() => this.#keep(key, entry));
    return past;
  }

  async #folded(place: PastPlace): Promise<Past> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#isStopped) return { why: STOPPED };
    const reading = new PastReading({ transport: this.#transport, plans: this.#plans, place });
    this.#readings.add(reading);
    reading.start();
    const past = await reading.done;
    this.#readings.delete(reading);
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
    return past;
  }

  #keep(key: string, entry: Known): void {
    if (this.#isStopped) return;
    entry.timer = this.#transport.clock.after(KEEP_MS, () => this.#known.delete(key));
    const done = [...this.#known].filter(([, { timer }]) => timer !== undefined);
    for (const [oldest, { timer }] of done.slice(0, Math.max(0, done.length - KEPT_MAX))) {
      timer?.cancel();
      this.#known.delete(oldest);
    }
  }
}

const UNNOTED = "it never began, or began with a release that did not note where its events lie";
const STOPPED = "its coordinator has stopped; ask again";

/** Whether it can be the id of a run in this partition: whoever asks may write anything. */
function isRunOf(run: string, partition: number, partitions: number): boolean {
  try {
    return partitionOf(token("run id", run), partitions) === partition;
  } catch (error) {
    if (isArpeggioError(error)) return false;
    throw error;
  }
}

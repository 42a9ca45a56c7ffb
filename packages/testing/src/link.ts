import { QueueFullError, StorageFullError } from "@arpeggio/core";
import type { Actor } from "./actor.ts";
import type { Timeline } from "./timeline.ts";
import type { Trace } from "./trace.ts";
import type { Weather } from "./weather.ts";

/** After this long without an answer, a request is sent again. */
const RESEND_MS = 1_000;

/** What the broker stores in, each of which may be full. */
export type Store = "log" | "queues" | "records" | "blobs";

/** What all links of a simulation share. */
export interface Network {
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly trace: Trace;
  /** Until when the broker is away. */
  downUntilMs: number;
  /** How often the broker was started anew. */
  restarts: number;
  /** Until when a store takes nothing. */
  readonly fullUntilMs: Map<Store, number>;
}

export interface RequestOptions<T> {
  /** Requests of one lane arrive in the order in which they were made. */
  readonly lane?: string;
  /** What is done when it arrives again because its answer was lost, `first` being what it came to. @defaultValue the same again */
  readonly again?: (first: T) => Promise<T>;
  /**
   * Asked before it is sent again, and before it arrives at a broker that was started anew while it was on its way: such a
   * request was lost with its connection. Where it says no, the request is done.
   */
  readonly stillWanted?: (() => boolean | Promise<boolean>) | undefined;
  /** It may have been done before: `stillWanted` is asked before it is sent first, too. */
  readonly mayBeDone?: boolean;
  /** For the trace; without it the request is not told of. */
  readonly what?: string | (() => string);
  /** Where it stores something. */
  readonly store?: Store;
  /** It begins a subscription: one that fails brings nothing. */
  readonly isSubscription?: boolean;
  /** It may be late, but does not fail: what needs no answer in truth. */
  readonly isSafe?: boolean;
}

interface Pending {
  readonly lane: string | undefined;
  readonly apply: () => Promise<unknown>;
  /** Sends it again if it is still wanted; absent from what is sent again in any case. */
  readonly ask?: (() => void) | undefined;
  /** How often the broker had been started anew when it was sent. */
  restarts: number;
}

/**
 * The connection of one process to the broker: every request takes its time there and back, may be lost, done twice, or
 * fail. When the process dies, some of what it has sent last still arrives, and nothing ever comes back.
 */
export class Link {
  readonly actor: Actor;
  readonly network: Network;
  readonly #pending = new Set<Pending>();
  readonly #lanes = new Map<string, { arrivesAtMs: number }>();

  constructor(actor: Actor, network: Network) {
    this.actor = actor;
    this.network = network;
  }

  /** Sends something to the broker and brings back what it came to. Never settles once the process is dead. */
  request<T>(apply: () => Promise<T>, options: RequestOptions<T> = {}): Promise<T> {
    const { actor, network } = this;
    return new Promise<T>((resolve, reject) => {
      if (actor.isGone) return;
      let first: { readonly value: T } | undefined;
      const settle = (end: () => void) => {
        const { timeline, weather } = network;
        if (weather.strikes("loss")) {
          timeline.plan(RESEND_MS, actor, () => (pending.ask ?? (() => this.#send(pending)))());
        } else {
          timeline.plan(weather.latencyMs(), actor, end);
        }
      };
      const { stillWanted } = options;
      const ask = (isWanted: () => boolean | Promise<boolean>) => {
        const { restarts } = network;
        Promise.resolve(isWanted()).then((answer) => {
          if (!answer) resolve(undefined as T);
          else if (network.restarts === restarts) this.#send(pending);
          else ask(isWanted);
        }, reject);
      };
      const pending: Pending = {
        lane: options.lane,
        restarts: 0,
        ask: stillWanted === undefined ? undefined : () => ask(stillWanted),
        apply: () => {
          // A subscription that is there and brings things does not turn out to have failed.
          const mayFail = options.isSafe !== true && (options.isSubscription !== true || first === undefined);
          if (mayFail && network.weather.strikes("error")) {
            const error = storageError();
            const isDone = options.isSubscription !== true && network.weather.random.chance(0.5);
            this.#tell(options, isDone ? " (done, but reported as failed)" : " (failed)");
            const done = isDone ? apply().catch(() => {}) : Promise.resolve();
            return done.then(() => settle(() => reject(error)));
          }
          const { store } = options;
          if (store !== undefined && this.#isFull(store)) {
            this.#tell(options, " (no room)");
            settle(() => reject(noRoom(store)));
            return Promise.resolve();
          }
          this.#tell(options, first === undefined ? "" : " (again)");
          const doing = first !== undefined && options.again !== undefined ? options.again(first.value) : apply();
          return doing.then(
            (value) => {
              first ??= { value };
              settle(() => resolve(value));
            },
            (error: Error) => settle(() => reject(error)),
          );
        },
      };
      if (options.mayBeDone === true && pending.ask !== undefined) pending.ask();
      else this.#send(pending);
    });
  }

  /** Tells the broker something without an answer; lost where it is lost. */
  tell(apply: () => void, lane?: string): void {
    const pending: Pending = {
      lane,
      restarts: 0,
      apply: () => {
        apply();
        return Promise.resolve();
      },
    };
    if (!this.actor.isGone) this.#send(pending, true);
  }

  /** A way from the broker to the process on which everything keeps its order. */
  channel(): (run: () => void) => void {
    const { timeline, weather } = this.network;
    let lastAtMs = 0;
    return (run) => {
      const atMs = Math.max(lastAtMs, timeline.nowMs + weather.latencyMs(), this.#downUntilMs());
      lastAtMs = atMs;
      timeline.planAt(atMs, this.actor, run);
    };
  }

  /** Brings one thing to the process, whatever else is on its way. */
  bring(run: () => void): void {
    const { timeline, weather } = this.network;
    timeline.plan(weather.latencyMs(), this.actor, run);
  }

  /** Whether something that the broker says only once gets lost. */
  isLost(): boolean {
    const { timeline, weather } = this.network;
    return this.#downUntilMs() > timeline.nowMs || weather.strikes("drop");
  }

  /** The process is dead. What it sent last may still arrive, in order, up to some point. */
  cut(): void {
    const { weather } = this.network;
    const arriving = weather.random.int(0, this.#pending.size);
    for (const pending of [...this.#pending].slice(0, arriving)) {
      if (!this.#isLostWithConnection(pending)) void pending.apply().catch(() => {});
    }
    this.#pending.clear();
    this.actor.isGone = true;
  }

  #send(pending: Pending, isOnce = false): void {
    const { timeline, weather } = this.network;
    const lane = this.#laneOf(pending);
    const atMs = Math.max(timeline.nowMs + weather.latencyMs(), lane?.arrivesAtMs ?? 0);
    if (lane !== undefined) lane.arrivesAtMs = atMs;
    pending.restarts = this.network.restarts;
    this.#pending.add(pending);
    // Not the actor's: what has left a process arrives even if the process stands still.
    timeline.planAt(atMs, undefined, () => this.#arrive(pending, isOnce));
  }

  #arrive(pending: Pending, isOnce: boolean): void {
    const { timeline, weather } = this.network;
    if (!this.#pending.has(pending)) return;
    const lane = this.#laneOf(pending);
    const downUntilMs = this.#downUntilMs();
    const isLost = weather.strikes("loss");
    const { ask } = pending;
    if (ask !== undefined && (isLost || downUntilMs > timeline.nowMs || this.#isLostWithConnection(pending))) {
      this.#pending.delete(pending);
      timeline.planAt(isLost ? timeline.nowMs + RESEND_MS : downUntilMs, this.actor, ask);
      return;
    }
    if (isOnce && (isLost || downUntilMs > timeline.nowMs)) {
      this.#pending.delete(pending);
      return;
    }
    let againAtMs = isLost ? timeline.nowMs + RESEND_MS : 0;
    againAtMs = Math.max(againAtMs, downUntilMs, lane?.arrivesAtMs ?? 0);
    // The first of a lane is the one that may hold it up; those behind it wait for the same time.
    const isHeldUp = isLost || downUntilMs > timeline.nowMs || (lane !== undefined && this.#isBehind(pending));
    if (isHeldUp) {
      if (lane !== undefined) lane.arrivesAtMs = againAtMs;
      timeline.planAt(againAtMs, undefined, () => this.#arrive(pending, isOnce));
      return;
    }
    this.#pending.delete(pending);
    void pending.apply();
  }

  /** Whether the broker it was sent to is gone, in requests that are not sent again without a question. */
  #isLostWithConnection({ ask, restarts }: Pending): boolean {
    return ask !== undefined && restarts !== this.network.restarts;
  }

  /** Whether another one of its lane was sent before and has not arrived. */
  #isBehind(pending: Pending): boolean {
    for (const other of this.#pending) {
      if (other === pending) return false;
      if (other.lane === pending.lane) return true;
    }
    return false;
  }

  #laneOf({ lane: name }: Pending): { arrivesAtMs: number } | undefined {
    if (name === undefined) return undefined;
    let lane = this.#lanes.get(name);
    if (lane === undefined) this.#lanes.set(name, (lane = { arrivesAtMs: 0 }));
    return lane;
  }

  #downUntilMs(): number {
    return Math.max(this.actor.downUntilMs, this.network.downUntilMs);
  }

  #isFull(store: Store): boolean {
    const { fullUntilMs, timeline } = this.network;
    return (fullUntilMs.get(store) ?? 0) > timeline.nowMs;
  }

  #tell({ what }: { readonly what?: string | (() => string) }, how: string): void {
    if (what === undefined) return;
    const { timeline, trace } = this.network;
    trace.add(timeline.nowMs, this.actor.name, typeof what === "string" ? what + how : () => what() + how);
  }
}

function noRoom(store: Store): Error {
  const detail = "the simulation says so";
  return store === "queues" ? new QueueFullError(store, detail) : new StorageFullError(store, detail);
}

/** What a broker's client throws that knows no better: nothing that the engine has a code for. */
function storageError(): Error {
  return Object.assign(new Error("the storage does not answer"), { name: "SimulatedStorageError" });
}

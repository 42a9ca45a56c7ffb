import { encodeEvent, encodePayload, partitionOf } from "@arpeggio/core";
import type { RunEvent, Transport } from "@arpeggio/core";
import type { ReplayedRun } from "@arpeggio/coordinator";
import type { Actor } from "./actor.ts";
import { SIGNAL } from "./canvas-composites.ts";
import { ENDED } from "./ended-states.ts";
import type { World } from "./world.ts";

/** What somebody does to a run while it goes on. */
export interface Intervention {
  /** How long after its start. */
  readonly afterMs: number;
  readonly what: "pause" | "cancel a node" | "signal early";
  /** Of a pause: how long it lasts. */
  readonly forMs: number;
}

const AGAIN_MS = 3_000;
/** The same for a run of which something is lost: what goes on with it must have the time to see that it stands still. */
const TORN_AGAIN_MS = 200_000;
const SIGNAL_AFTER_MS_MAX = 2_000;

/**
 * Pauses runs and lets them go on, cancels nodes, and sends the signals that are waited for; now and then one of them twice. It
 * writes what a client would, from the clients' processes, and looks at the log to see what is still to be done.
 */
export class Interventions {
  /** Runs of which a node was to be cancelled: nobody knows what they come to. */
  readonly nodeCancelled = new Set<string>();
  readonly #world: World;
  readonly #senders = new Map<Actor, Transport>();
  /** When something is due: the end of a pause, the next try to send a signal. */
  readonly #dueMs = new Map<string, number>();
  #signals = 0;

  constructor(world: World) {
    this.#world = world;
  }

  onClient(actor: Actor, transport: Transport): void {
    this.#senders.set(actor, transport);
  }

  begin(run: string, { what, forMs }: Intervention): void {
    const { auditor, weather, elapsedMs } = this.#world;
    switch (what) {
      case "pause":
        this.#dueMs.set(`${run} resume`, elapsedMs + forMs);
        return this.#send({ type: "run.pause.requested", run, reason: "the simulation says so" });
      case "cancel a node": {
        const open =
          auditor.replay
            .run(run)
            ?.nodes()
            .filter(({ state }) => !ENDED.has(state)) ?? [];
        if (open.length === 0) return;
        this.nodeCancelled.add(run);
        const nodes = [weather.random.pick(open).path];
        return this.#send({ type: "nodes.cancel.requested", run, nodes, reason: "the simulation says so" });
      }
      case "signal early":
        return this.#signal(run, SIGNAL.name);
    }
  }

  /** Does what is due; called all the time. */
  tend(): void {
    const { auditor } = this.#world;
    for (const run of auditor.replay.runs()) if (run.outcome === undefined) this.#tendRun(run);
    for (const run of auditor.torn) if (!auditor.isTold(run)) this.#tendTorn(run);
  }

  /** Something of it is lost, and nobody knows what it waits for: what it may be is said again. */
  #tendTorn(run: string): void {
    if (!this.#isDue(`${run} torn`, AGAIN_MS, TORN_AGAIN_MS)) return;
    this.#send({ type: "run.resume.requested", run });
    this.#signal(run, SIGNAL.name);
  }

  #tendRun({ id, isPaused, waitingSignals }: ReplayedRun): void {
    const { random } = this.#world.weather;
    if (isPaused && this.#isDue(`${id} resume`, 0)) this.#send({ type: "run.resume.requested", run: id });
    for (const name of waitingSignals)
      if (this.#isDue(`${id} ${name}`, random.int(0, SIGNAL_AFTER_MS_MAX))) this.#signal(id, name);
  }

  /** Whether it is time for something, which then has some time to come about. */
  #isDue(what: string, firstMs: number, againMs = AGAIN_MS): boolean {
    const { elapsedMs } = this.#world;
    const dueMs = this.#dueMs.get(what) ?? elapsedMs + firstMs;
    const isDue = elapsedMs >= dueMs;
    this.#dueMs.set(what, isDue ? elapsedMs + againMs : dueMs);
    return isDue;
  }

  #signal(run: string, signal: string): void {
    const event = {
      type: "signal.received",
      run,
      signal,
      id: `signal-${++this.#signals}`,
      payload: encodePayload(SIGNAL.payload),
    } as const;
    this.#send(event);
    if (this.#world.weather.random.chance(0.3)) this.#send(event);
  }

  #send(event: RunEvent): void {
    const alive = [...this.#senders].filter(([actor]) => !actor.isGone);
    if (alive.length === 0) return;
    const [actor, { events }] = this.#world.weather.random.pick(alive);
    this.#world.say(actor.name, () => `asks for ${event.type} of ${event.run}`);
    // What does not arrive is asked for again.
    events.append(partitionOf(event.run, events.partitions), encodeEvent(event), { origin: "client" }).catch(() => {});
  }
}

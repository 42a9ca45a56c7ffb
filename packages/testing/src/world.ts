import { createClient } from "@arpeggio/client";
import type { Client } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import type { Coordinator } from "@arpeggio/coordinator";
import type { Transport } from "@arpeggio/core";
import { createWorker } from "@arpeggio/worker";
import type { TaskSource, Worker } from "@arpeggio/worker";
import { Actor } from "./actor.ts";
import { Auditor } from "./auditor.ts";
import { Broker, idOf, runOf } from "./broker.ts";
import type { Faults } from "./faults.ts";
import { gathered } from "./gathered.ts";
import { Link } from "./link.ts";
import type { Network } from "./link.ts";
import type { OneTurn } from "./one-turn.ts";
import type { Random } from "./random.ts";
import { simulatedTransport } from "./simulated-transport.ts";
import { Timeline } from "./timeline.ts";
import { Trace } from "./trace.ts";
import { Weather } from "./weather.ts";

/** What the world is made of. */
export interface WorldSettings {
  readonly faults: Faults;
  readonly clients: number;
  readonly coordinators: number;
  readonly workers: number;
  readonly partitions: number;
  readonly inlineBytesMax: number;
  /** How many attempts all queues together hold at most. */
  readonly queueMessagesMax: number;
  readonly leaseMs: number;
  readonly checkpointMs: number;
  readonly janitorMs: number;
  readonly ackWaitMs: number;
  readonly concurrency: number;
  readonly deliveriesMax: number;
  /** When the broker loses power, in virtual milliseconds since the beginning: it then comes back without what it had stored last. */
  readonly powerLossesMs: readonly number[];
}

/** A process's place in the world: when it dies, another one takes it. */
interface Place {
  readonly role: "client" | "coordinator" | "worker";
  readonly number: number;
  lives: number;
  process: Process | undefined;
}

interface Process {
  readonly actor: Actor;
  readonly link: Link;
  readonly view: Transport;
  /** Ends it in good order. */
  stop: () => Promise<void>;
}

/** What the processes of the world run, and who is told of them. */
export interface WorldEvents {
  tasksOf(actor: Actor): readonly TaskSource[];
  onWorker(worker: Worker, actor: Actor): void;
  onClient(client: Client, number: number, actor: Actor, transport: Transport): void;
}

const START_MS = Date.UTC(2026, 0, 1);
const RESTART_MS_MAX = 3_000;
const STOP_MS_MAX = 20_000;
const FULL_MS_MAX = 5_000;

/** The broker and the processes around it, on one timeline. */
export class World {
  readonly startMs = START_MS;
  readonly timeline = new Timeline(START_MS);
  readonly trace = new Trace(START_MS);
  readonly weather: Weather;
  readonly network: Network;
  readonly broker: Broker;
  readonly auditor: Auditor;
  readonly settings: WorldSettings;
  readonly #places: readonly Place[];
  readonly #events: WorldEvents;
  readonly #coordinators = new Map<Actor, Coordinator>();
  #view: Transport | undefined;
  #powerLosses = 0;
  #areLeasesLost = false;

  constructor(random: Random, settings: WorldSettings, events: WorldEvents) {
    const { timeline, trace } = this;
    const { clients, coordinators, workers, partitions, inlineBytesMax, queueMessagesMax } = settings;
    this.settings = settings;
    this.#events = events;
    this.weather = new Weather(random, settings.faults);
    this.network = { timeline, trace, weather: this.weather, downUntilMs: 0, restarts: 0, fullUntilMs: new Map() };
    this.broker = new Broker(this.network, { partitions, inlineBytesMax, queueMessagesMax });
    this.auditor = new Auditor(this.broker);
    const places = (role: Place["role"], count: number) =>
      Array.from({ length: count }, (_, i): Place => ({ role, number: i + 1, lives: 0, process: undefined }));
    this.#places = [...places("coordinator", coordinators), ...places("worker", workers), ...places("client", clients)];
  }

  /** Virtual time since the beginning. */
  get elapsedMs(): number {
    return this.timeline.nowMs - START_MS;
  }

  async start(): Promise<void> {
    if (this.settings.powerLossesMs.length > 0) await this.broker.beLossy();
    this.#view = await this.broker.open("auditor");
    await this.auditor.start(this.#view);
    for (const place of this.#places) {
      this.timeline.plan(this.weather.random.int(0, 50), undefined, () => void this.#begin(place));
    }
  }

  /** Lets the next thing happen, and everything that follows from it at once. */
  async step(turn: OneTurn): Promise<void> {
    if (!this.timeline.step()) throw new Error("nothing is planned any more");
    turn.noteActivity();
    await turn.settle();
    await this.auditor.check();
    if (!this.weather.isCalm) this.#disturb();
    const lossAtMs = this.settings.powerLossesMs[this.#powerLosses];
    if (lossAtMs !== undefined && this.elapsedMs >= lossAtMs) await this.#losePower();
  }

  /** From now on nothing goes wrong any more, and everybody comes back. */
  calm(): void {
    this.weather.isCalm = true;
    for (const { process } of this.#places) process?.actor.keepTime();
    this.say("world", "faults are over");
  }

  say(who: string, what: string | (() => string)): void {
    this.trace.add(this.timeline.nowMs, who, what);
  }

  /** What coordinators found missing and brought again: nothing is lost here but by a fault of theirs. */
  repairs(): readonly string[] {
    if (this.#powerLosses > 0) return [];
    const all = [...this.#coordinators].filter(([, it]) => it.stats().repaired > 0);
    return all.map(([{ name }]) => `${name} had to bring again what was lost`);
  }

  /** Attempts that were stored a second time: nothing that is stored gets lost here. */
  dispatchedTwice(): readonly string[] {
    // An owner that had lost its partition has it again, and cannot know what another one has sent.
    if (this.#areLeasesLost) return [];
    const twice = [...this.broker.storedTwice].filter((id) => !this.auditor.hasLost(runOf(id)));
    return twice.map((id) => `attempt ${id} was dispatched twice`);
  }

  /** What is left where nothing should be. */
  leftovers(): readonly string[] {
    const owned = [...this.#coordinators].filter(([actor]) => !actor.isGone);
    // A run that had ended, and whose end the log has lost, is gone through again.
    const isTorn = [...this.auditor.torn].length > 0;
    const inHand = owned.flatMap(([{ name }, it]) =>
      it.stats().runs > 0 && !isTorn ? [`${name} has runs in hand`] : [],
    );
    const partitions = owned.flatMap(([, it]) => [...it.owned()]).sort((a, b) => a - b);
    const all = Array.from({ length: this.settings.partitions }, (_, i) => i);
    if (partitions.join() === all.join()) return inHand;
    return [...inHand, `partitions ${partitions.join() || "none"} are owned, out of ${all.length}`];
  }

  /** Attempts that are stored, but for those that have come back. */
  async storedAttempts(): Promise<readonly string[]> {
    const stored = await gathered((this.#view as Transport).attempts.stored({}));
    const returned = new Set(this.broker.returned);
    return stored.map(({ bytes }) => idOf(bytes)).filter((id) => !returned.has(id));
  }

  #disturb(): void {
    const { weather, timeline } = this;
    const { random } = weather;
    const { leaseMs } = this.settings;
    if (weather.strikes("restart")) this.broker.restart();
    if (weather.strikes("full")) this.#fill();
    const crashes = weather.strikes("crash");
    const pauses = weather.strikes("pause");
    const outages = weather.strikes("outage");
    const jumps = weather.strikes("clockJump");
    if (!crashes && !pauses && !outages && !jumps) return;
    const alive = this.#places.filter(({ process }) => process !== undefined);
    if (alive.length === 0) return;
    const place = random.pick(alive);
    const { actor, stop } = place.process as Process;
    if (crashes && random.chance(0.2)) {
      this.say(actor.name, "stops in good order");
      const replace = () => {
        if (!actor.isGone) this.#replace(place);
      };
      stop().then(replace, replace);
      timeline.plan(STOP_MS_MAX, actor, replace);
    } else if (crashes) {
      this.say(actor.name, "dies");
      this.#replace(place);
    } else if (pauses) {
      actor.pausedUntilMs = Math.max(actor.pausedUntilMs, timeline.nowMs + random.int(10, leaseMs * 4));
      this.say(actor.name, () => "stands still");
    } else if (outages) {
      actor.downUntilMs = Math.max(actor.downUntilMs, timeline.nowMs + random.int(10, leaseMs * 3));
      this.say(actor.name, "has no connection");
    } else {
      const ms = random.int(-10_000, 10_000);
      actor.jump(ms);
      this.say(actor.name, `has its clock set by ${ms} ms`);
    }
  }

  async #losePower(): Promise<void> {
    this.#powerLosses++;
    const lost = await this.broker.losePower();
    if (lost === undefined) return;
    this.#areLeasesLost ||= lost.keys.partitions.length > 0;
    await this.auditor.lose(lost);
  }

  #fill(): void {
    const { random } = this.weather;
    const store = random.pick(["log", "queues", "records", "blobs"] as const);
    const { fullUntilMs } = this.network;
    fullUntilMs.set(store, Math.max(fullUntilMs.get(store) ?? 0, this.timeline.nowMs + random.int(10, FULL_MS_MAX)));
    this.say("broker", `has no room for ${store}`);
  }

  #replace(place: Place): void {
    this.#kill(place);
    this.timeline.plan(this.weather.random.int(1, RESTART_MS_MAX), undefined, () => void this.#begin(place));
  }

  #kill(place: Place): void {
    const { process } = place;
    if (process === undefined) return;
    place.process = undefined;
    process.link.cut();
    void process.view.close();
  }

  async #begin(place: Place): Promise<void> {
    const name = `${place.role}-${place.number}.${++place.lives}`;
    const actor = new Actor(name, this.timeline, this.weather.clockRate());
    const link = new Link(actor, this.network);
    const view = await this.broker.open(name);
    const transport = simulatedTransport(view, link, this.broker);
    const process: Process = { actor, link, view, stop: () => Promise.resolve() };
    place.process = process;
    this.say(name, "begins");
    try {
      process.stop = await this.#run(place, actor, transport, (stop) => (process.stop = stop));
    } catch (error) {
      // As a process would: it ends, and is begun again.
      this.say(name, `cannot begin: ${String(error)}`);
      if (!actor.isGone) this.#replace(place);
    }
  }

  async #run(
    { role, number }: Place,
    actor: Actor,
    transport: Transport,
    onStop: (stop: () => Promise<void>) => void,
  ): Promise<() => Promise<void>> {
    const { leaseMs, checkpointMs, janitorMs, ackWaitMs, concurrency, deliveriesMax } = this.settings;
    const name = `${role}-${number}`;
    const log = this.#logger(actor);
    switch (role) {
      case "coordinator": {
        const coordinator = createCoordinator({ transport, name, leaseMs, checkpointMs, janitorMs, log });
        this.#coordinators.set(actor, coordinator);
        onStop(() => coordinator.stop());
        await coordinator.start();
        return () => coordinator.stop();
      }
      case "worker": {
        const tasks = this.#events.tasksOf(actor);
        const worker = createWorker({ transport, name, log, tasks, ackWaitMs, concurrency, deliveriesMax });
        onStop(() => worker.stop());
        this.#events.onWorker(worker, actor);
        await worker.start();
        return () => worker.stop();
      }
      case "client": {
        const client = await createClient({ transport, name });
        this.#events.onClient(client, number, actor, transport);
        return () => client.close();
      }
    }
  }

  #logger(actor: Actor) {
    const say = (message: string, data?: unknown) =>
      this.say(actor.name, () =>
        data === undefined ? message : `${message}: ${data instanceof Error ? String(data) : JSON.stringify(data)}`,
      );
    return { debug: () => {}, info: say, warn: say, error: say };
  }
}

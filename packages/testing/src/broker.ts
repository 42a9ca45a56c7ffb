import { decodeAttempt } from "@arpeggio/core";
import type { Delivery, Transport } from "@arpeggio/core";
import { createEmbeddedTransport } from "@arpeggio/transport-embedded";
import type { EmbeddedOptions, EmbeddedTransport } from "@arpeggio/transport-embedded";
import type { Network } from "./link.ts";
import { LossyStores } from "./lossy-stores.ts";
import type { Lost } from "./lossy-stores.ts";
import { ReturnedAttempts } from "./returned-attempts.ts";

/** Somebody who reads a queue. */
export interface QueueListener {
  readonly queue: string;
  /** Its process is dead. */
  isGone(): boolean;
  hand(delivery: Delivery): void;
}

const DOWN_MS_MAX = 1_500;

/** The embedded transport as the broker of the simulated world, with what a real server does beyond it. */
export class Broker {
  readonly network: Network;
  readonly #embedded: EmbeddedTransport;
  /** Of a server that loses power. */
  #lossy: LossyStores | undefined;
  /** Ids of attempts that were acknowledged, so that a server that starts anew has forgotten them. */
  #consumed = new Set<string>();
  readonly #returned: ReturnedAttempts;
  /** How often the server has forgotten an id. */
  readonly #forgotten = new Map<string, number>();
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #listeners = new Set<QueueListener>();
  /** By attempt: the message in which it was handed over first. */
  readonly #messages = new Map<string, string>();
  readonly #storedTwice = new Set<string>();
  /** By message: what was handed over last and is not acknowledged. */
  readonly #handed = new Map<string, { readonly delivery: Delivery; readonly queue: string }>();

  constructor(network: Network, options: EmbeddedOptions) {
    this.network = network;
    const { timeline } = network;
    const clock = {
      now: () => Math.floor(timeline.nowMs),
      after(delayMs: number, run: () => void) {
        const planned = timeline.plan(delayMs, undefined, run);
        return { cancel: () => void (planned.isCancelled = true) };
      },
    };
    this.#embedded = createEmbeddedTransport({ ...options, clock });
    this.#returned = new ReturnedAttempts(clock.now, idOf);
  }

  /** Called before anybody opens it: from now on it can lose what it has stored. */
  async beLossy(): Promise<void> {
    const { timeline } = this.network;
    const view = await this.#embedded.open("power");
    this.#lossy = await LossyStores.over(view, () => Math.floor(timeline.nowMs), idOf);
  }

  async open(name: string): Promise<Transport> {
    const embedded = await this.#embedded.open(name);
    const view = this.#lossy?.of(embedded) ?? embedded;
    const put = (key: string, bytes: Uint8Array) => {
      this.#blobs.set(key, new Uint8Array(bytes));
      return view.blobs.put(key, bytes);
    };
    return { ...view, attempts: this.#returned.of(view.attempts), blobs: { ...view.blobs, put } };
  }

  /** Every blob that was ever put. */
  blob(key: string): Uint8Array | undefined {
    return this.#blobs.get(key);
  }

  /** The id under which the embedded transport must store an attempt, so that it has forgotten what a server would have. */
  storedId(id: string): string {
    const times = this.#forgotten.get(id);
    return times === undefined ? id : `${id}~${times}`;
  }

  addListener(listener: QueueListener): void {
    this.#listeners.add(listener);
  }

  removeListener(listener: QueueListener): void {
    this.#listeners.delete(listener);
  }

  handed(delivery: Delivery, { queue }: QueueListener): void {
    this.#handed.set(delivery.messageId, { delivery, queue });
    const id = idOf(delivery.bytes);
    const first = this.#messages.get(id) ?? delivery.messageId;
    this.#messages.set(id, first);
    if (first !== delivery.messageId) this.#storedTwice.add(id);
  }

  acknowledged(delivery: Delivery): void {
    const handed = this.#handed.get(delivery.messageId);
    if (handed !== undefined) this.#returned.acknowledged(delivery, handed.queue);
    this.#handed.delete(delivery.messageId);
    this.#consumed.add(idOf(delivery.bytes));
  }

  /** Attempts that were handed over in two messages. */
  get storedTwice(): Iterable<string> {
    return this.#storedTwice;
  }

  /** Attempts that are stored although they were acknowledged. */
  get returned(): readonly string[] {
    return this.#returned.ids();
  }

  /**
   * Starts the server anew: nothing reaches it for a while, it has forgotten the ids of what is no longer stored, some of what was
   * acknowledged last is stored again, and it hands over again what nobody has acknowledged, to anybody.
   */
  restart(): void {
    this.#goDown();
    this.#comeBack();
    this.#handAgain();
  }

  /** The same without the newest of what it had stored; gives what is lost. */
  async losePower(): Promise<Lost | undefined> {
    const { timeline, weather, trace } = this.network;
    this.#goDown();
    const lost = await this.#lossy?.lose(weather.random);
    this.#comeBack(lost?.attemptsKeptUntilMs);
    trace.add(timeline.nowMs, "broker", "has lost the end of what it had stored");
    const ids = new Set(lost?.attempts);
    for (const id of ids) {
      this.#forgotten.set(id, (this.#forgotten.get(id) ?? 0) + 1);
      this.#messages.delete(id);
    }
    for (const [message, { delivery }] of this.#handed) if (ids.has(idOf(delivery.bytes))) this.#handed.delete(message);
    this.#handAgain();
    return lost;
  }

  #goDown(): void {
    const { timeline, weather, trace } = this.network;
    this.network.downUntilMs = Math.max(this.network.downUntilMs, timeline.nowMs + weather.random.int(50, DOWN_MS_MAX));
    this.network.restarts++;
    trace.add(timeline.nowMs, "broker", "starts anew");
  }

  /** What is stored again is known again by its id; the ids of everything else that was acknowledged are forgotten. */
  #comeBack(keptUntilMs?: number): void {
    const returned = this.#returned.restart(keptUntilMs);
    for (const id of this.#consumed) if (!returned.has(id)) this.#forgotten.set(id, (this.#forgotten.get(id) ?? 0) + 1);
    this.#consumed = new Set(returned);
    if (returned.size === 0) return;
    const { timeline, trace } = this.network;
    trace.add(timeline.nowMs, "broker", () => `has again what was acknowledged: ${[...returned].join(", ")}`);
  }

  #handAgain(): void {
    const { random } = this.network.weather;
    const listeners = [...this.#listeners].filter((listener) => !listener.isGone());
    for (const { delivery, queue } of this.#handed.values()) {
      const others = listeners.filter((listener) => listener.queue === queue);
      if (others.length > 0 && random.chance(0.5)) random.pick(others).hand(delivery);
    }
  }
}

/** The run of an attempt's id. */
export function runOf(id: string): string {
  return id.slice(0, id.indexOf(":"));
}

/** The id under which coordinators publish an attempt. */
export function idOf(bytes: Uint8Array): string {
  const { run, node, attempt } = decodeAttempt(bytes);
  return `${run}:${node}:${attempt}`;
}

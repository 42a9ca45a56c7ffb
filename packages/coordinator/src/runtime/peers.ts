import { busSubjects, elapsedMs, encodePayload, peerIn } from "@arpeggio/core";
import type { Subscription, Transport } from "@arpeggio/core";
import { sayOn } from "./bus-voice.ts";
import type { CoordinatorLogger } from "./logger.ts";

interface Peer {
  readonly owned: number;
  readonly seenAtMs: number;
  /** How much had been heard of all peers when it said this. */
  readonly heard: number;
}

export interface PeersOptions {
  readonly transport: Transport;
  readonly name: string;
  /** A coordinator that says nothing for this long is gone, in milliseconds. */
  readonly silenceMs: number;
  /** How many partitions this coordinator owns; undefined while it cannot know. */
  readonly owned: () => number | undefined;
  readonly log: CoordinatorLogger;
}

/**
 * The other live coordinators, by what they say of themselves on the bus. A missed message only makes the sharing less
 * even for a while: who owns a partition is decided by its lease alone.
 */
export class Peers {
  readonly #options: PeersOptions;
  readonly #peers = new Map<string, Peer>();
  #subscription: Subscription | undefined;
  #heard = 0;
  #heardBeforeOffer = 0;

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { bus } = this.#options.transport;
    this.#subscription = await bus.subscribe(busSubjects.coordinators, ({ bytes }) => this.#hear(bytes));
    this.announce();
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
    this.#say(-1);
  }

  /** Tells the others how many partitions this coordinator owns. Who does not know says nothing: it would be given more. */
  announce(): void {
    const owned = this.#options.owned();
    if (owned !== undefined) this.#say(owned);
  }

  /** It has fallen silent. */
  forget(name: string): void {
    this.#peers.delete(name);
  }

  /** How many partitions each of the others owns. */
  owned(): readonly number[] {
    return Array.from(this.#alive(), ({ owned }) => owned);
  }

  /**
   * The same of those only that have said something since the last offer: one that stands still looks alive for a while, and
   * takes nothing.
   */
  ownedBySpeakers(): readonly number[] {
    return this.#alive().flatMap(({ owned, heard }) => (heard > this.#heardBeforeOffer ? [owned] : []));
  }

  /** A partition is left to the others: only one that speaks from now on may have seen it. */
  noteOffer(): void {
    this.#heardBeforeOffer = this.#heard;
  }

  #alive(): readonly Peer[] {
    const before = elapsedMs(this.#options.transport.clock) - this.#options.silenceMs;
    for (const [name, { seenAtMs }] of this.#peers) if (seenAtMs < before) this.#peers.delete(name);
    return [...this.#peers.values()];
  }

  #say(owned: number): void {
    const { transport, name, log } = this.#options;
    sayOn(transport.bus, busSubjects.coordinators, encodePayload([name, owned]), log);
  }

  #hear(bytes: Uint8Array): void {
    const said = peerIn(bytes);
    if (said === undefined || said.name === this.#options.name) return;
    const { name, owned } = said;
    const isNew = !this.#peers.has(name);
    if (owned < 0) this.#peers.delete(name);
    else this.#peers.set(name, { owned, seenAtMs: elapsedMs(this.#options.transport.clock), heard: ++this.#heard });
    // So that a newcomer knows of everybody before it takes what it should leave to them.
    if (isNew && owned >= 0) this.announce();
  }
}

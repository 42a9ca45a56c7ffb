import { decodeLease, elapsedMs, partitionOf, setAside, TransportClosedError } from "@arpeggio/core";
import type { EventWriter, ObservedEntry, Subscription, Timer, Transport } from "@arpeggio/core";
import { shouldHandOver, takeDelayMs } from "./fairness.ts";
import type { Share } from "./fairness.ts";
import { isFree, Lease, readLease } from "./lease.ts";
import type { LeaseEntry } from "./lease.ts";
import { LeaseWatch } from "./lease-watch.ts";
import type { CoordinatorLogger } from "./logger.ts";
import { PartitionOwner } from "./partition-owner.ts";
import { Peers } from "./peers.ts";
import type { PastRuns } from "./past-runs.ts";
import type { PlanLoader } from "./plan-loader.ts";
import type { CoordinatorStats } from "./stats.ts";

export interface OwnershipOptions {
  readonly transport: Transport;
  /** Differs for every coordinator that ever ran: the lease tells owners apart by it. */
  readonly name: string;
  readonly leaseMs: number;
  readonly checkpointMs: number;
  readonly runsMax: number;
  readonly plans: PlanLoader;
  readonly pasts: PastRuns;
  readonly events: EventWriter;
  readonly log: CoordinatorLogger;
  readonly stats: CoordinatorStats;
}

interface Holding {
  readonly owner: PartitionOwner;
  readonly lease: Lease;
}

/** The least time between two looks, in milliseconds. */
const LOOK_MS_MIN = 20;

/** Which partitions this coordinator owns: takes free ones and those whose owner has fallen silent, hands over surplus ones. */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #holdings = new Map<number, Holding>();
  readonly #taking = new Set<number>();
  readonly #leases: LeaseWatch;
  /** When the first of the partitions of others may be taken, as far as the last look could tell. */
  #nextDueMs = Infinity;
  readonly #peers: Peers;
  #timer: Timer | undefined;
  #starting: Promise<void> = Promise.resolve();
  #looking: Promise<void> = Promise.resolve();
  #subscription: Subscription | undefined;
  #isStopped = false;

  constructor(options: OwnershipOptions) {
    const { transport, name, leaseMs, log } = options;
    this.#options = options;
    this.#leases = new LeaseWatch(transport.clock);
    const owned = () => (this.#isSure() ? this.#count() : undefined);
    this.#peers = new Peers({ transport, name, log, silenceMs: leaseMs * 2, owned });
  }

  get owned(): readonly number[] {
    return [...this.#holdings.keys()].sort((a, b) => a - b);
  }

  /** Of partitions whose every run is known here. */
  live(): readonly PartitionOwner[] {
    return Array.from(this.#holdings.values(), ({ owner }) => owner).filter((owner) => owner.isLive);
  }

  /** Resolves when the partitions that were free are live here, or when it is stopped. */
  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  /** Does not wait for a start that is under way to succeed: a broker may never answer. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#stopOwners();
    await this.#starting.catch(() => {});
    await this.#looking;
    await this.#stopOwners();
    await this.#subscription?.stop();
    await this.#peers.stop();
  }

  async #start(): Promise<void> {
    const { transport } = this.#options;
    await this.#peers.start();
    this.#subscription = await transport.bucket("partitions").observe("*", (entry) => this.#onLease(entry));
    await Promise.all(await this.#look());
    if (!this.#isStopped) this.#lookAgain();
  }

  async #stopOwners(): Promise<void> {
    await Promise.all(Array.from(this.#holdings.values(), ({ owner }) => owner.stop()));
    this.#holdings.clear();
  }

  #lookAgain(): void {
    const { transport, leaseMs, log } = this.#options;
    // A lease that runs out before the next look is looked at in that moment.
    const dueInMs = Math.max(LOOK_MS_MIN, this.#nextDueMs - elapsedMs(transport.clock));
    this.#timer = transport.clock.after(Math.min(leaseMs / 4, dueInMs), () => {
      this.#looking = this.#look()
        .then(() => this.#handOverSurplus())
        .catch((error: unknown) => log.warn("a look at the partitions failed and is made again", error))
        .finally(() => {
          if (!this.#isStopped) this.#lookAgain();
        });
    });
  }

  /** Takes what is to be taken; gives the partitions that are being made live. */
  async #look(): Promise<Promise<void>[]> {
    const { transport, name } = this.#options;
    const { partitions } = transport.events;
    this.#peers.announce();
    this.#nextDueMs = Infinity;
    const begun: Promise<void>[] = [];
    // Each coordinator begins elsewhere, so that those who start together do not race for every single one.
    const first = partitionOf(name, partitions);
    for (let i = 0; i < partitions; i++) {
      const live = await this.#check((first + i) % partitions);
      if (live !== undefined) begun.push(live.done);
    }
    return begun;
  }

  /** Takes a partition if it is time to. Never throws. */
  async #check(partition: number): Promise<{ readonly done: Promise<void> } | undefined> {
    if (this.#isStopped || this.#holdings.has(partition) || this.#taking.has(partition)) return undefined;
    const { transport, name, log } = this.#options;
    this.#taking.add(partition);
    try {
      const entry = await readLease(transport, partition);
      if (!this.#isDue(partition, entry) || this.#isStopped) return undefined;
      if (entry.unreadable !== undefined) await this.#setLeaseAside(partition, entry.unreadable);
      const lease = await Lease.take(transport, partition, name, entry);
      if (this.#isStopped) await lease?.release(lease.mark);
      // Wrapped: an async function would wait for the promise itself.
      return lease === undefined || this.#isStopped ? undefined : { done: this.#own(partition, lease) };
    } catch (error) {
      if (error instanceof TransportClosedError) this.#isStopped = true;
      else log.warn(`partition ${partition} could not be looked at`, error);
      return undefined;
    } finally {
      this.#taking.delete(partition);
    }
  }

  async #setLeaseAside(partition: number, { bytes, error }: NonNullable<LeaseEntry["unreadable"]>): Promise<void> {
    const { transport, log, stats } = this.#options;
    const key = await setAside(transport, { source: "leases", place: String(partition), bytes, reason: error });
    stats.deadLetters++;
    log.error(`the lease of partition ${partition} was set aside as dead letter ${key}: ${error.message}`);
  }

  #isDue(partition: number, entry: LeaseEntry): boolean {
    const { transport, leaseMs } = this.#options;
    const freeAtMs = this.#leases.sinceMs(partition, entry) + (isFree(entry) ? 0 : leaseMs);
    // Read after that, which may have begun to count in this very moment: a free lease is taken at once.
    const now = elapsedMs(transport.clock);
    // Whose lease has run out has no share any more; if it is only slow, its next word brings it back.
    if (now >= freeAtMs && !isFree(entry)) this.#peers.forget(entry.record.owner);
    // The partition that is looked at counts as being taken, and not yet as owned.
    const dueAtMs = freeAtMs + takeDelayMs(this.#share(this.#count() - 1));
    if (now >= dueAtMs) return true;
    this.#nextDueMs = Math.min(this.#nextDueMs, dueAtMs);
    return false;
  }

  async #own(partition: number, lease: Lease): Promise<void> {
    const { log, stats } = this.#options;
    const onLost = () => {
      if (this.#holdings.get(partition)?.owner === owner) this.#holdings.delete(partition);
      this.#peers.announce();
    };
    const owner = new PartitionOwner({ ...this.#options, partition, lease, onLost });
    this.#holdings.set(partition, { owner, lease });
    stats.takeovers++;
    this.#peers.announce();
    try {
      await owner.start();
    } catch (error) {
      // Nobody waits for a takeover that is under way when all is stopped, and the transport may be closed meanwhile.
      if (!this.#isStopped) log.error(`partition ${partition} could not be made live`, error);
      await owner.abandon("it could not be made live");
    }
  }

  async #handOverSurplus(): Promise<void> {
    const { log, stats } = this.#options;
    const share = { ...this.#share(this.#holdings.size), others: this.#peers.ownedBySpeakers() };
    if (this.#isStopped || !shouldHandOver(share)) return;
    const [partition, { owner } = {}] = [...this.#holdings].at(-1) ?? [];
    if (partition === undefined || owner === undefined) return;
    log.info(`partition ${partition} is handed over to a coordinator with fewer`);
    stats.handOvers++;
    // Counted from now: the others come first.
    this.#leases.restart(partition);
    try {
      await owner.stop();
    } finally {
      this.#holdings.delete(partition);
      this.#peers.noteOffer();
      this.#peers.announce();
    }
  }

  #onLease({ key, value }: ObservedEntry): void {
    // Other notes about a partition lie beside its lease.
    if (!/^\d+$/.test(key)) return;
    try {
      // A partition that was given up need not wait for the next look.
      const record = decodeLease(value);
      this.#leases.hear(Number(key), record);
      if (record.owner === "") void this.#check(Number(key));
    } catch (error) {
      this.#options.log.warn(`the lease of partition ${key} cannot be read`, error);
    }
  }

  #count(): number {
    return this.#holdings.size + this.#taking.size;
  }

  /** Whether no lease can have run out: who has stood still may have lost what it counts, and finds out with the next renewal. */
  #isSure(): boolean {
    return [...this.#holdings.values()].every(({ lease }) => lease.ageMs < this.#options.leaseMs);
  }

  #share(owned: number): Share {
    const { transport, leaseMs } = this.#options;
    return { partitions: transport.events.partitions, owned, others: this.#peers.owned(), leaseMs };
  }
}

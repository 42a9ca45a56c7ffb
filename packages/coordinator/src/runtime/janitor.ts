import {
  BlobNotFoundError,
  decodeOutcome,
  decodeRemains,
  loadPayload,
  partitionOf,
  remainsKey,
  TransportClosedError,
} from "@arpeggio/core";
import type { OutcomeRecord, Payload, Timer, Transport } from "@arpeggio/core";
import { isFinalReadError } from "./evaluations.ts";
import type { CoordinatorLogger } from "./logger.ts";
import type { PartitionOwner } from "./partition-owner.ts";
import { removeRead } from "./state-store.ts";
import type { CoordinatorStats } from "./stats.ts";

/** What is looked at in one round. */
const ATTEMPTS_MAX = 1_000;
const STATES_MAX = 1_000;
const BLOBS_MAX = 2_000;
/** Blobs that are passed over to get to those whose turn it is; beyond that it begins anew. */
const BLOBS_LISTED_MAX = 50_000;

export interface JanitorOptions {
  readonly transport: Transport;
  /** How long it rests between two rounds, in milliseconds; 0 is for ever. */
  readonly everyMs: number;
  /** The owners of this coordinator's partitions, as far as they know all their runs. */
  readonly owners: () => readonly PartitionOwner[];
  readonly log: CoordinatorLogger;
  readonly stats: CoordinatorStats;
}

interface Finding {
  readonly owner: PartitionOwner;
  /** How far the partition was folded when this was found. */
  readonly folded: number;
}

/**
 * Removes what ended runs have left behind and what crashes have stranded, and looks for runs that wait in vain. Each
 * coordinator does so for the partitions that it owns, so nothing has two janitors.
 *
 * A thing goes when no run has wanted it in two rounds, and when everything that was known at the first of them lies
 * below the mark: what a successor may fold again must find what it needs. Between the two, the log has been read as far as it
 * went at the first (`fence.ts`).
 */
export class Janitor {
  readonly #options: JanitorOptions;
  #found = new Map<string, Finding>();
  #foundNow = new Map<string, Finding>();
  /** The place in the list of blobs from which they have their turn, and whether they have had one. */
  #blobsFrom = 0;
  #isSecondLook = false;
  #timer: Timer | undefined;
  #round: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: JanitorOptions) {
    this.#options = options;
  }

  start(): void {
    const { everyMs, transport } = this.#options;
    if (everyMs === 0 || this.#isStopped) return;
    this.#timer = transport.clock.after(everyMs, () => void this.round().finally(() => this.start()));
  }

  /** Does not wait for a round that is under way: a broker may never answer, and what it still removes is garbage. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** One round; joins the one that is under way. Never throws. */
  round(): Promise<void> {
    this.#round ??= this.#runOnce().finally(() => (this.#round = undefined));
    return this.#round;
  }

  async #runOnce(): Promise<void> {
    const { log } = this.#options;
    this.#foundNow = new Map();
    const suspicious = new Set<PartitionOwner>();
    const parts = [
      ...this.#owners().map((owner) => async () => {
        if (await owner.reconcile()) suspicious.add(owner);
      }),
      () => this.#attempts(),
      ...this.#owners().map((owner) => () => this.#states(owner)),
      () => this.#blobs(),
    ];
    for (const part of parts) {
      if (this.#isStopped) return;
      try {
        await part();
      } catch (error) {
        if (error instanceof TransportClosedError) return;
        log.warn("tidying up failed and is made again in the next round", error);
      }
    }
    this.#found = this.#foundNow;
    for (const { owner } of this.#found.values()) suspicious.add(owner);
    for (const owner of suspicious) owner.setFence();
  }

  /** One that has not read what was in the log at its last round may not know of runs that have just been started. */
  #owners(): readonly PartitionOwner[] {
    return this.#options.owners().filter((owner) => owner.hasPassedFence);
  }

  async #attempts(): Promise<void> {
    const { transport, log, stats } = this.#options;
    const orphans = new Map<string, { readonly queue: string; readonly runId: string }>();
    let left = ATTEMPTS_MAX;
    for await (const { queue, runId } of transport.attempts.stored({})) {
      if (this.#isStopped || left-- === 0) break;
      const key = `attempts ${queue} ${runId}`;
      if (!orphans.has(key) && this.#isOrphan(key, runId)) orphans.set(key, { queue, runId });
    }
    for (const { queue, runId } of orphans.values()) {
      await transport.attempts.discard(queue, runId);
      stats.orphanAttempts++;
      log.info(`attempts of run ${runId}, which has ended, were removed from queue '${queue}'`);
    }
  }

  async #states(owner: PartitionOwner): Promise<void> {
    const { transport, log, stats } = this.#options;
    const bucket = transport.bucket("runs");
    const orphans: { readonly key: string; readonly revision: number }[] = [];
    let left = STATES_MAX;
    for await (const { key, revision } of bucket.entries(`${owner.partition}.>`)) {
      if (this.#isStopped || left-- === 0) break;
      const run = key.slice(key.indexOf(".") + 1);
      if (this.#isOrphan(`state ${key} ${revision}`, run, owner)) orphans.push({ key, revision });
    }
    for (const { key, revision } of orphans) {
      // Should another owner have written it meanwhile, it stays.
      if (!(await removeRead(transport, key, revision))) continue;
      stats.orphanStates++;
      log.info(`state ${key} of a run that has ended was removed`);
    }
  }

  async #blobs(): Promise<void> {
    const { transport, log, stats } = this.#options;
    const byRun = new Map<string, string[]>();
    const to = this.#blobsFrom + BLOBS_MAX;
    let seen = 0;
    for await (const key of transport.blobs.list("")) {
      if (this.#isStopped) return;
      if (++seen <= this.#blobsFrom) continue;
      if (seen > to) break;
      const [run, name] = key.split("/", 2);
      if (run === undefined || name === undefined || !this.#isOrphan(`blob ${key}`, run)) continue;
      byRun.set(run, [...(byRun.get(run) ?? []), key]);
    }
    let removed = 0;
    for (const [run, keys] of byRun) {
      const orphans = await this.#unreferenced(run, keys);
      for (const key of orphans) await transport.blobs.delete(key);
      if (orphans.length === 0) continue;
      removed += orphans.length;
      log.info(`${orphans.length} blobs of run ${run}, which has ended, were removed`);
    }
    stats.orphanBlobs += removed;
    // The next ones have their turn when these have been looked at twice.
    this.#isSecondLook = !this.#isSecondLook;
    if (this.#isSecondLook) return;
    this.#blobsFrom = seen <= to || to >= BLOBS_LISTED_MAX ? 0 : to - removed;
  }

  /**
   * Those of the blobs that the run's outcome does not refer to, neither itself nor through other blobs, and without which the
   * run can be looked at and redriven.
   */
  async #unreferenced(run: string, keys: readonly string[]): Promise<readonly string[]> {
    const { blobs } = this.#options.transport;
    const entry = await this.#options.transport.bucket("results").newest(`${run}.*`);
    if (entry === undefined) return keys;
    const outcome = readableOutcome(entry.value);
    // Nobody can tell what it refers to, and the blobs of other runs are not to wait for somebody who can.
    if (outcome === undefined) return [];
    const { value, named, state, blobs: folded = [] } = outcome;
    const left = state === "succeeded" ? [] : await this.#leftBy(run);
    const values = [...(value === undefined ? [] : [value]), ...Object.values(named ?? {}), ...left];
    // Most results lie in one blob, and everything else went when it was looked at for the first time.
    const needed = new Set([remainsKey(run), ...folded]);
    let others = keys.filter((key) => !needed.has(key) && !isOfStart(run, key));
    for (const one of values) {
      const own = await referencesIn(one, () => Promise.reject(new BlobNotFoundError("")));
      others = others.filter((key) => !own.has(key));
    }
    for (const one of values) {
      if (others.length === 0) return [];
      const all = await referencesIn(one, (key) => blobs.get(key));
      others = others.filter((key) => !all.has(key));
    }
    return others;
  }

  /** What a redrive of the run may go on with. */
  async #leftBy(run: string): Promise<readonly Payload[]> {
    try {
      const { input, succeeded } = decodeRemains(await this.#options.transport.blobs.get(remainsKey(run)));
      return [input, ...succeeded.flatMap(({ value }) => (value === undefined ? [] : [value]))];
    } catch (error) {
      if (isFinalReadError(error)) return [];
      throw error;
    }
  }

  /** Whether a thing of this run is wanted by nobody, and was not in the round before either. */
  #isOrphan(thing: string, run: string, owner = this.#ownerOf(run)): boolean {
    if (owner === undefined || owner.has(run)) return false;
    const before = this.#found.get(thing);
    const isSame = before?.owner === owner;
    this.#foundNow.set(thing, isSame ? before : { owner, folded: owner.folded });
    return isSame && owner.mark >= before.folded;
  }

  #ownerOf(run: string): PartitionOwner | undefined {
    const { transport } = this.#options;
    const partition = partitionOf(run, transport.events.partitions);
    return this.#owners().find((one) => one.partition === partition);
  }
}

/** Whether a run's start names the blob: its input, and what it has kept of the run that it goes on with. */
function isOfStart(run: string, key: string): boolean {
  return key.startsWith(`${run}/input-`) || key.startsWith(`${run}/kept-`);
}

/** An outcome; undefined for what does not decode, which may be of a newer release. */
function readableOutcome(bytes: Uint8Array): OutcomeRecord | undefined {
  try {
    return decodeOutcome(bytes);
  } catch (error) {
    if (isFinalReadError(error)) return undefined;
    throw error;
  }
}

/** The keys of all blobs that a value refers to; those in blobs that cannot be read do not count. */
async function referencesIn(value: Payload, fetch: (key: string) => Promise<Uint8Array>): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  const noted = (key: string) => {
    keys.add(key);
    return fetch(key);
  };
  await loadPayload(value, noted).catch((error: unknown) => {
    // Nobody can read the value any more, and what lies behind the blob that is gone even less.
    if (!isFinalReadError(error)) throw error;
  });
  return keys;
}

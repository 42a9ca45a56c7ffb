import {
  decodePayload,
  encodeFrame,
  encodePayload,
  recordKinds,
  RecordUndecodableError,
  RevisionMismatchError,
  splitFrames,
  WIRE_VERSION,
} from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";
import type { CheckpointStamp, Lease } from "./lease.ts";
import type { OwnedRun } from "./owned-run.ts";
import type { CoordinatorStats } from "./stats.ts";
import { outcomeKey, readOutcome } from "./outcomes.ts";
import { isOfStart } from "../fold/run-ended.ts";
import { decodeRun } from "../run/run-snapshot.ts";
import type { RunSnapshot } from "../run/run-snapshot.ts";

/** States of which the outcomes are looked for side by side. */
const SIDE_BY_SIDE = 64;

/** A run's state as it was found in the bucket. */
export interface StoredState {
  readonly run: string;
  readonly revision: number;
  readonly blob: string | undefined;
  readonly snapshot: RunSnapshot;
}

/** A record that cannot be read. */
export interface UnreadableState {
  readonly run: string;
  readonly bytes: Uint8Array;
  readonly error: Error & { readonly code: string };
}

/**
 * The checkpoints of a partition's runs: one record a run, under `<partition>.<run>`. A state that is too large for one
 * lies in the blob store, and the record says where.
 */
export class StateStore {
  readonly #transport: Transport;
  readonly #partition: number;
  readonly #stats: CoordinatorStats;

  constructor(transport: Transport, partition: number, stats: CoordinatorStats) {
    this.#transport = transport;
    this.#partition = partition;
    this.#stats = stats;
  }

  /**
   * Every state of the partition that is valid; removes those that were stored too late, and those of runs that are over:
   * a server that was killed may have forgotten that it had removed one, or a replica of it.
   */
  async load(lease: Lease, isFinal: (error: unknown) => boolean): Promise<readonly (StoredState | UnreadableState)[]> {
    const found: (StoredState | UnreadableState)[] = [];
    let unchecked: StoredState[] = [];
    const check = async () => {
      const areOver = await Promise.all(unchecked.map((state) => this.#isOver(state)));
      for (const [i, state] of unchecked.entries()) if (areOver[i] !== true) found.push(state);
      unchecked = [];
    };
    for await (const state of this.#all(lease, isFinal)) {
      if ("error" in state) found.push(state);
      else if (unchecked.push(state) === SIDE_BY_SIDE) await check();
    }
    await check();
    return found;
  }

  /** The outcome of a run is stored before its state is removed; so is all that had to be stopped. */
  async #isOver({ run, revision, blob, snapshot }: StoredState): Promise<boolean> {
    const outcome = await this.#transport.bucket("results").get(outcomeKey(run, snapshot.start.client));
    if (outcome === undefined) return false;
    const known = readOutcome(outcome.value);
    // An id may be used again: then the outcome may be that of the run before.
    if (known !== undefined && !isOfStart(known, snapshot)) return false;
    await removeRead(this.#transport, `${this.#partition}.${run}`, revision);
    if (blob !== undefined) await this.#transport.blobs.delete(blob);
    return true;
  }

  async *#all(lease: Lease, isFinal: (error: unknown) => boolean): AsyncIterable<StoredState | UnreadableState> {
    const bucket = this.#transport.bucket("runs");
    let newest = 0;
    for await (const { key, value, revision } of bucket.entries(`${this.#partition}.>`)) {
      const run = key.slice(key.indexOf(".") + 1);
      newest = Math.max(newest, revision);
      try {
        const blob = stateBlobOf(value);
        const snapshot = decodeRun(blob === undefined ? value : await this.#transport.blobs.get(blob));
        if (snapshot.start.run !== run) throw new RecordUndecodableError(`it is the state of '${snapshot.start.run}'`);
        const stamp = stampOf(value);
        if (stamp !== undefined && lease.isLateCheckpoint(stamp, revision))
          await removeRead(this.#transport, key, revision);
        else yield { run, revision, blob, snapshot };
      } catch (error) {
        if (!isFinal(error)) throw error;
        yield { run, bytes: value, error: error as Error & { code: string } };
      }
    }
    lease.noteCheckpoints(newest);
  }

  /** What is stored of a run; nothing if it is gone meanwhile. */
  async recordOf(run: string): Promise<Uint8Array> {
    const entry = await this.#transport.bucket("runs").get(`${this.#partition}.${run}`);
    return entry?.value ?? new Uint8Array(0);
  }

  /**
   * Stores a state over the one before. Where somebody else has written it meanwhile and the lease is still ours, that was
   * an owner before us with an older copy of the same fold, so ours goes over it. False if the lease is lost.
   */
  async store(run: OwnedRun, bytes: Uint8Array, lease: Lease): Promise<boolean> {
    const id = run.state.start.run;
    const { limits, blobs } = this.#transport;
    const old = run.blob;
    let value = bytes;
    run.blob = undefined;
    if (bytes.length > limits.inlineBytesMax) {
      run.blob = `${id}/state-${lease.epoch}-${run.sequence}`;
      await blobs.put(run.blob, bytes);
      value = referenceTo(run.blob);
    }
    if (!(await this.#put(run, value, lease))) return false;
    this.#stats.states++;
    this.#stats.stateBytes += bytes.length;
    if (old !== undefined && old !== run.blob) await blobs.delete(old);
    return true;
  }

  /** Removes the state of a run that has ended. */
  async remove(run: OwnedRun): Promise<void> {
    await this.#transport.bucket("runs").delete(this.#key(run));
    if (run.blob !== undefined) await this.#transport.blobs.delete(run.blob);
  }

  async #put(run: OwnedRun, value: Uint8Array, lease: Lease): Promise<boolean> {
    const bucket = this.#transport.bucket("runs");
    const key = this.#key(run);
    for (;;) {
      try {
        const stamp = { epoch: lease.epoch, replaced: run.revision };
        run.revision = await bucket.putAt(key, stamped(value, stamp), run.revision);
        return true;
      } catch (error) {
        if (!(error instanceof RevisionMismatchError)) throw error;
        if (!(await lease.isHeld())) return false;
        run.revision = (await bucket.get(key))?.revision ?? 0;
      }
    }
  }

  #key(run: OwnedRun): string {
    return `${this.#partition}.${run.state.start.run}`;
  }
}

/**
 * Removes a state as it was read; false if there is another one by now. A replica that is behind, or has forgotten something when it
 * was killed, still shows what has been replaced, and nothing may wait for that.
 */
export async function removeRead(transport: Transport, key: string, revision: number): Promise<boolean> {
  try {
    await transport.bucket("runs").delete(key, revision);
    return true;
  } catch (error) {
    if (error instanceof RevisionMismatchError) return false;
    throw error;
  }
}

/** A record with a second frame behind the state, `[epoch, replaced]`: what was replaced is known only when it is stored. */
function stamped(value: Uint8Array, { epoch, replaced }: CheckpointStamp): Uint8Array {
  const stamp = encodeFrame(WIRE_VERSION, recordKinds.checkpoint, encodePayload([epoch, replaced]));
  const record = new Uint8Array(value.length + stamp.length);
  record.set(value);
  record.set(stamp, value.length);
  return record;
}

function stampOf(record: Uint8Array): CheckpointStamp | undefined {
  const [, frame] = splitFrames(record);
  const [epoch, replaced] = frame === undefined ? [] : listIn(frame.body);
  return typeof epoch === "number" && typeof replaced === "number" ? { epoch, replaced } : undefined;
}

/** The record in the place of a large state: `[key]` instead of a snapshot. */
function referenceTo(key: string): Uint8Array {
  return encodeFrame(WIRE_VERSION, recordKinds.checkpoint, encodePayload([key]));
}

export function stateBlobOf(value: Uint8Array): string | undefined {
  const [frame] = splitFrames(value);
  if (frame === undefined) throw new RecordUndecodableError("an empty state");
  // A list of one begins with this byte; a snapshot is an object.
  if (frame.body[0] !== 0x91) return undefined;
  const [key] = listIn(frame.body);
  if (typeof key !== "string") throw new RecordUndecodableError("a state that lies elsewhere does not say where");
  return key;
}

function listIn(body: Uint8Array): readonly unknown[] {
  const list = decodePayload(body);
  if (Array.isArray(list)) return list;
  throw new RecordUndecodableError("a state has no list where one must be");
}

import {
  ABORT_REMEMBERED_MS,
  decodeLease,
  elapsedMs,
  encodeLease,
  RecordUndecodableError,
  RevisionMismatchError,
  splitFrames,
  WIRE_VERSION,
} from "@arpeggio/core";
import type { LeaseRecord, LogPlace, Transport } from "@arpeggio/core";

/** The owner of a partition that nobody owns. */
const NOBODY = "";
/** How much the clocks of two owners may differ, in milliseconds. */
const CLOCKS_APART_MS = 60_000;

/** The record of a partition, as it was read. */
export interface LeaseEntry {
  readonly record: LeaseRecord;
  /** 0 if there is none yet. */
  readonly revision: number;
  /** The record does not decode: what is there, and why not. Then `record` is one of nobody who is known. */
  readonly unreadable?: { readonly bytes: Uint8Array; readonly error: RecordUndecodableError };
}

/** The owner of a partition whose record does not decode. It may be alive, so it gets the time of a lease. */
const SOMEBODY = "unknown";

/** What a checkpoint says of its making. */
export interface CheckpointStamp {
  /** Of the owner that wrote it. */
  readonly epoch: number;
  /** The revision of the one in whose place it was stored; 0 if there was none. */
  readonly replaced: number;
}

/** Whether a partition is free at once, without waiting for a lease to run out. */
export function isFree({ record }: LeaseEntry): boolean {
  return record.owner === NOBODY;
}

export async function readLease(transport: Transport, partition: number): Promise<LeaseEntry> {
  const entry = await transport.bucket("partitions").get(String(partition));
  if (entry === undefined) return { record: { owner: NOBODY, epoch: 0, mark: 0, renewedAtMs: 0 }, revision: 0 };
  const { value, revision } = entry;
  try {
    return { record: decodeLease(value), revision };
  } catch (error) {
    if (!(error instanceof RecordUndecodableError) || isOfNewerVersion(value)) throw error;
    // Without a mark everything that the log has is folded again.
    const record = { owner: SOMEBODY, epoch: 0, mark: 0, renewedAtMs: 0 };
    return { record, revision, unreadable: { bytes: value, error } };
  }
}

/** A whole record of a later release: its owner knows what it does, and an older one must keep out. */
function isOfNewerVersion(value: Uint8Array): boolean {
  try {
    return splitFrames(value).some(({ version }) => version > WIRE_VERSION);
  } catch {
    return false;
  }
}

/**
 * The ownership of a partition. Its epoch grows with every owner, and every write of it names the revision before, so an
 * owner that was gone for long finds out with its next write.
 */
export class Lease {
  readonly epoch: number;
  readonly #transport: Transport;
  readonly #partition: number;
  readonly #owner: string;
  #revision: number;
  #mark: number;
  #renewedAtMs: number;
  /** The same by the time that has gone by. */
  #renewedElapsedMs: number;
  #checkpointsSeen: LeaseRecord["checkpointsSeen"];
  #lastRead: LogPlace | undefined;
  #cutAtMs: number | undefined;
  /** The last write that was begun: each names the revision of the one before. */
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(
    transport: Transport,
    partition: number,
    { record, revision }: LeaseEntry,
    renewedElapsedMs: number,
  ) {
    this.#transport = transport;
    this.#partition = partition;
    this.#owner = record.owner;
    this.epoch = record.epoch;
    this.#mark = record.mark;
    this.#renewedAtMs = record.renewedAtMs;
    this.#renewedElapsedMs = renewedElapsedMs;
    this.#checkpointsSeen = record.checkpointsSeen;
    this.#lastRead = record.lastRead;
    this.#cutAtMs = record.cutAtMs;
    this.#revision = revision;
  }

  /** Takes a partition over from what was read; undefined if somebody else was faster. */
  static async take(
    transport: Transport,
    partition: number,
    owner: string,
    seen: LeaseEntry,
  ): Promise<Lease | undefined> {
    const { clock } = transport;
    const record = { ...seen.record, owner, epoch: seen.record.epoch + 1, renewedAtMs: clock.now() };
    const beganMs = elapsedMs(clock);
    try {
      const revision = await transport
        .bucket("partitions")
        .putAt(String(partition), encodeLease(record), seen.revision);
      return new Lease(transport, partition, { record, revision }, beganMs);
    } catch (error) {
      if (!(error instanceof RevisionMismatchError)) throw error;
      // The answer to a write of our own may have been lost: then the record says so.
      const now = await readLease(transport, partition);
      const isOurs = now.record.owner === owner && now.record.epoch === record.epoch;
      return isOurs ? new Lease(transport, partition, now, beganMs) : undefined;
    }
  }

  /** Every event up to here is in a checkpoint or belongs to an ended run. */
  get mark(): number {
    return this.#mark;
  }

  /**
   * How long ago it was renewed, at least. A clock that was set back tells nothing, and the time that has gone by does not count while
   * the machine itself stands still.
   */
  get ageMs(): number {
    const { clock } = this.#transport;
    const byClock = clock.now() - this.#renewedAtMs;
    return byClock < 0 ? Infinity : Math.max(byClock, elapsedMs(clock) - this.#renewedElapsedMs);
  }

  /**
   * Whether a checkpoint was stored by an owner that had lost the partition: after a later one had loaded what there was.
   * Its run may have gone on without it, and ended.
   */
  isLateCheckpoint({ epoch, replaced }: CheckpointStamp, revision: number): boolean {
    const seen = this.#checkpointsSeen;
    if (seen === undefined || epoch >= seen.epoch || revision <= seen.revision) return false;
    // Over one that the later owner had loaded, it is a newer state of the same fold, and that one is gone.
    return replaced === 0 || replaced > seen.revision;
  }

  /** The checkpoints are loaded, the newest of them with this revision. The next write says so, before the mark moves. */
  noteCheckpoints(revision: number): void {
    this.#checkpointsSeen = { epoch: this.epoch, revision };
  }

  /** The newest message of the log that was folded by whoever wrote the lease last. */
  get lastRead(): LogPlace | undefined {
    return this.#lastRead;
  }

  /** What was folded last. The next write says so. */
  noteRead(place: LogPlace | undefined): void {
    this.#lastRead = place;
  }

  /** The log has lost its end. The next write says so. */
  noteCut(): void {
    this.#cutAtMs = this.#transport.clock.now();
  }

  /**
   * Whether workers may remember that something was given up of which the log has lost that, and which may be wanted again. Owners'
   * clocks need not go alike.
   */
  get isAfterCut(): boolean {
    const sinceMs = this.#transport.clock.now() - (this.#cutAtMs ?? -Infinity);
    return sinceMs < ABORT_REMEMBERED_MS + CLOCKS_APART_MS;
  }

  /** Stays the owner, with this mark; false if somebody else is it by now. */
  renew(mark: number): Promise<boolean> {
    return this.#write(this.#owner, mark);
  }

  /** Stays the owner, with the mark as it is; false if somebody else is it by now. */
  keep(): Promise<boolean> {
    return this.#write(this.#owner);
  }

  /** Gives the partition up, so that another takes it at once; false if it was lost before. */
  release(mark: number): Promise<boolean> {
    return this.#write(NOBODY, mark);
  }

  /** Whether the record still names this owner and epoch. */
  async isHeld(): Promise<boolean> {
    const now = await readLease(this.#transport, this.#partition);
    if (now.record.owner !== this.#owner || now.record.epoch !== this.epoch) return false;
    this.#revision = now.revision;
    return true;
  }

  #write(owner: string, mark?: number): Promise<boolean> {
    const written = this.#writing.then(() => this.#writeNow(owner, mark ?? this.#mark));
    this.#writing = written.catch(() => {});
    return written;
  }

  async #writeNow(owner: string, mark: number): Promise<boolean> {
    const { clock } = this.#transport;
    const renewedAtMs = clock.now();
    const beganMs = elapsedMs(clock);
    const seen = this.#checkpointsSeen;
    const checkpointsSeen = seen === undefined ? {} : { checkpointsSeen: seen };
    const lastRead = this.#lastRead === undefined ? {} : { lastRead: this.#lastRead };
    const cutAtMs = this.#cutAtMs === undefined ? {} : { cutAtMs: this.#cutAtMs };
    const more = { ...checkpointsSeen, ...lastRead, ...cutAtMs };
    const value = encodeLease({ owner, epoch: this.epoch, mark, renewedAtMs, ...more });
    for (;;) {
      try {
        const bucket = this.#transport.bucket("partitions");
        this.#revision = await bucket.putAt(String(this.#partition), value, this.#revision);
        this.#mark = mark;
        this.#renewedAtMs = renewedAtMs;
        this.#renewedElapsedMs = beganMs;
        return true;
      } catch (error) {
        if (!(error instanceof RevisionMismatchError)) throw error;
        if (!(await this.isHeld())) return false;
      }
    }
  }
}

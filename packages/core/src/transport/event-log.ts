/**
 * The durable log of everything that happens to runs, ordered within a partition.
 *
 * A message holds one or more records (see `wire/frame.ts`); the log itself never looks inside.
 */
export interface EventLog {
  /**
   * Whether a message can be put into a queue as well, in one step; see {@link AppendOptions.first}.
   *
   * @defaultValue `false`
   */
  readonly queuesStarts?: boolean;

  /** How many partitions there are; fixed when the log is created. Runs belong to one by {@link partitionOf}. */
  readonly partitions: number;
  /**
   * Whether an append is no more than a call within this process: gathering what is written in one turn of the event
   * loop then saves next to nothing, and costs a turn.
   */
  readonly isLocal?: boolean;

  /**
   * Stores a message; resolves when it is durable. Messages appended one after another by one caller keep their order.
   *
   * An append whose answer is lost is sent again by the transport, so a message may be stored twice unless it has an id;
   * readers must bear repeats.
   *
   * @throws {@link MessageTooLargeError} above `limits.messageBytesMax`.
   */
  append(partition: number, message: Uint8Array, options?: AppendOptions): Promise<void>;

  /**
   * Stores a message as the only one of its key, or gives back the bytes of the one that is there already.
   * The key stays taken as long as the log keeps the message.
   */
  claim(partition: number, key: string, message: Uint8Array): Promise<Claim>;

  /**
   * Reads a partition from `from` (inclusive; 0 is the beginning) and goes on with what comes in later, each message
   * once and in order. Gaps, reconnects and restarts of the server are the transport's business.
   *
   * @param seen a message that was read before, by anybody. Where its age has ended, it is not missed.
   * @throws {@link LogTruncatedError} if the log ends before `from` or `seen`, or has another message in the place of `seen`.
   * Where that comes about later, as with a server that comes back with an older log, the reader is told the same as an error.
   */
  read(partition: number, from: number, reader: LogReader, seen?: LogPlace): Promise<Subscription>;
}

/**
 * A message of the log. The number alone does not tell it from one that got the same number later, after the log had lost its
 * end; the time does.
 */
export interface LogPlace {
  readonly sequence: number;
  readonly timestampMs: number;
}

export interface AppendOptions {
  /** Two messages with one id are stored once, within the transport's dedupe window (at least 2 minutes). */
  readonly id?: string;
  /** Who writes. A transport whose server tells users apart lets it enforce this, and tells the reader. */
  readonly origin?: EventOrigin;
  /**
   * When the message is stored in the log, it is put into this queue as well, with `id` as the attempt's. Not before it is
   * stored, and at most once; it may not happen at all, so whoever counts on it looks. Only where {@link EventLog.queuesStarts}.
   */
  readonly first?: FirstAttempt;
}

/** The place of a message in a queue. */
export interface FirstAttempt {
  readonly queue: string;
  /** 0 (last) to 9 (first). */
  readonly priority: number;
  readonly runId: string;
}

/** The role that stored a message of the log. What is claimed comes from a client. */
export type EventOrigin = "client" | "worker" | "coordinator";

export type Claim = { readonly claimed: true } | { readonly claimed: false; readonly message: Uint8Array };

export interface LogReader {
  /** Called in order, never concurrently; must not block. */
  onMessage(message: LogMessage): void;
  /** Called once, when everything that was stored when `read` was called has been handed over. */
  onCaughtUp(): void;
  /** The log can no longer be read (closed, deleted, permission withdrawn). */
  onError(error: Error): void;
}

export interface LogMessage extends LogPlace {
  /** Grows within a partition, by any step. */
  readonly sequence: number;
  /** When the log stored it, by the log's clock, in milliseconds since 1970: the only time that the fold knows. */
  readonly timestampMs: number;
  /** A view; copy what is kept. */
  readonly bytes: Uint8Array;
  /** Absent where the transport does not tell, as within one process. */
  readonly origin?: EventOrigin;
}

/** Something that goes on until it is stopped. Stopping twice is harmless. */
export interface Subscription {
  stop(): Promise<void>;
}

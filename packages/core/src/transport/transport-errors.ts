import { ArpeggioError } from "../errors/arpeggio-error.ts";

/** A message is larger than the transport takes. */
export class MessageTooLargeError extends ArpeggioError {
  override readonly name = "MessageTooLargeError";
  readonly code = "MESSAGE_TOO_LARGE";
  readonly hint = "Pass large values by reference (a file, an object key), or raise the server's max_payload.";
  constructor(what: string, bytes: number, bytesMax: number) {
    super(`${what} has ${bytes} bytes, the transport takes ${bytesMax}`);
  }
}

/** A compare-and-set lost against another writer. */
export class RevisionMismatchError extends ArpeggioError {
  override readonly name = "RevisionMismatchError";
  readonly code = "REVISION_MISMATCH";
  readonly hint = "Another writer changed the key meanwhile: read it again and decide anew.";
  readonly key: string;
  constructor(key: string, expected: number) {
    super(`key '${key}' is no longer at revision ${expected}`);
    this.key = key;
  }
}

/** A value that was stored as a blob is not there. */
export class BlobNotFoundError extends ArpeggioError {
  override readonly name = "BlobNotFoundError";
  readonly code = "BLOB_NOT_FOUND";
  readonly hint = "Its retention has ended, or it was removed by hand; raise the retention of blobs.";
  constructor(key: string) {
    super(`there is no blob '${key}'`);
  }
}

/** Nobody answered a request on the message bus in time. */
export class NoAnswerError extends ArpeggioError {
  override readonly name = "NoAnswerError";
  readonly code = "NO_ANSWER";
  readonly hint = "Is a coordinator running and connected to the same server and prefix?";
  constructor(subject: string, timeoutMs: number) {
    super(`nobody answered '${subject}' within ${timeoutMs} ms`);
  }
}

/**
 * The event log ends before the place where reading should go on, or has another message in its place: data was lost, or an
 * older backup restored.
 */
export class LogTruncatedError extends ArpeggioError {
  override readonly name = "LogTruncatedError";
  readonly code = "LOG_TRUNCATED";
  readonly hint =
    "The server has lost the end of the log (power loss without sync, or an older backup); see docs/operate/outages.md.";
  /** The sequence of the last message that is there. */
  readonly last: number;
  constructor(log: string, from: number, last: number) {
    const found = last < from ? `it ends at ${last}` : "another message has the place of the one before";
    super(`reading should go on at message ${from} of ${log}, but ${found}`);
    this.last = last;
  }
}

/** There is no room for what should be stored. Nothing was stored. */
export class StorageFullError extends ArpeggioError {
  override readonly name = "StorageFullError";
  readonly code = "STORAGE_FULL";
  readonly hint =
    "Give the server more room, raise its limits, or let old data go; runs that have begun wait and go on by themselves.";
  constructor(where: string, detail: string) {
    super(`there is no room to store '${where}': ${detail}`);
  }
}

/** More waits than the queues or this process may hold. Nothing was stored. */
export class QueueFullError extends ArpeggioError {
  override readonly name = "QueueFullError";
  readonly code = "QUEUE_FULL";
  readonly hint =
    "Start less at a time and try again in a while, add workers, or raise the limit that the message names.";
  constructor(where: string, detail: string) {
    super(`${where} takes no more for now: ${detail}`);
  }
}

/** The transport was closed, by `close()` or because its connection was given up. */
export class TransportClosedError extends ArpeggioError {
  override readonly name = "TransportClosedError";
  readonly code = "TRANSPORT_CLOSED";
  readonly hint = "Finish what uses the transport before closing it, or open a new one.";
  constructor(cause?: unknown) {
    super("the transport is closed", cause === undefined ? undefined : { cause });
  }
}

import type { AttemptQueues } from "./attempt-queues.ts";
import type { BlobStore } from "./blob-store.ts";
import type { Clock } from "./clock.ts";
import type { EventLog } from "./event-log.ts";
import type { BucketName, KeyValue } from "./key-value.ts";
import type { MessageBus } from "./message-bus.ts";

/**
 * Everything that coordinator, worker and client need of the outside world. Two implementations: one process's memory
 * (`@arpeggio/transport-embedded`), NATS JetStream (`@arpeggio/transport-nats`); one conformance suite for both.
 */
export interface Transport {
  /** For messages and logs: `embedded`, `nats`. */
  readonly name: string;
  readonly limits: TransportLimits;
  readonly events: EventLog;
  readonly attempts: AttemptQueues;
  readonly blobs: BlobStore;
  readonly bus: MessageBus;
  readonly clock: Clock;
  bucket(name: BucketName): KeyValue;
  /** Ends what was opened through this object; resolves when nothing of it runs any more. */
  close(): Promise<void>;
}

export interface TransportLimits {
  /** The largest message that the log, the queues and the buckets take, in bytes. */
  readonly messageBytesMax: number;
  /** Values above this travel through the blob store, in bytes. */
  readonly inlineBytesMax: number;
  /** How long the log and the queues know ids again, in milliseconds: a repeat within this time is stored once. */
  readonly dedupeMs: number;
}

/** What `createApp({ transport })` takes: opens the transport when it is needed, once for each role of the process. */
export interface TransportProvider {
  readonly name: string;
  /** @param clientName what the connection is called on the server, e.g. `worker-host-4711`. */
  open(clientName: string): Promise<Transport>;
}

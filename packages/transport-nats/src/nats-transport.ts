import { systemClock, type BucketName, type KeyValue, type Transport, type TransportLimits } from "@arpeggio/core";
import { NatsAttemptQueues } from "./attempt-queues.ts";
import { NatsBlobStore } from "./blob-store.ts";
import { openConnection, type Connection } from "./connection.ts";
import { NatsEventLog } from "./event-log.ts";
import { JetStreamApi } from "./jetstream-api.ts";
import { NatsKeyValue } from "./key-value.ts";
import { NatsMessageBus } from "./message-bus.ts";
import { namesOf } from "./names.ts";
import type { NatsSettings } from "./options.ts";
import { Publisher } from "./publisher.ts";
import { RequestChannel } from "./request-channel.ts";
import { establish, type Topology } from "./topology.ts";

/** How long `close` waits for answers to what was published before. */
const CLOSE_MS_MAX = 5_000;

/** Connects, makes sure that everything is there, and puts the parts together. */
export async function openTransport(settings: NatsSettings, clientName: string): Promise<Transport> {
  return new NatsTransport(await openParts(settings, clientName));
}

/** The same without the transport. Whoever calls it closes the connection. */
export async function openParts(settings: NatsSettings, clientName: string): Promise<Parts> {
  const connection = await openConnection(settings, clientName);
  try {
    const server = connection.nats.getServer();
    const channel = new RequestChannel(connection, settings.answerTimeoutMs);
    const api = new JetStreamApi(channel, server);
    const names = namesOf(settings.prefix);
    const hasJetStream = connection.nats.info?.jetstream === true;
    const version = connection.nats.info?.version ?? "";
    const topology = await establish(api, names, settings, { name: server, hasJetStream, version });
    return { connection, channel, api, settings, topology };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** What a transport is made of. */
export interface Parts {
  readonly connection: Connection;
  readonly channel: RequestChannel;
  readonly api: JetStreamApi;
  readonly settings: NatsSettings;
  readonly topology: Topology;
}

class NatsTransport implements Transport {
  readonly name = "nats";
  readonly clock = systemClock;
  readonly limits: TransportLimits;
  readonly events: NatsEventLog;
  readonly attempts: NatsAttemptQueues;
  readonly blobs: NatsBlobStore;
  readonly bus: NatsMessageBus;
  readonly #parts: Parts;
  readonly #publisher: Publisher;
  readonly #buckets = new Map<BucketName, KeyValue>();

  constructor(parts: Parts) {
    const { connection, channel, api, settings, topology } = parts;
    const { prefix, inlineBytesMax, onWarning } = settings;
    const names = namesOf(prefix);
    const { replicas } = topology;
    const publisher = new Publisher(channel, api, connection.nats.info?.max_payload ?? 1024 * 1024);
    const messageBytesMax = publisher.messageBytesMax;
    this.#parts = parts;
    this.#publisher = publisher;
    // What waits for an answer fails with it too; acknowledgements and bus messages have no other voice.
    const warned = new Set<string>();
    connection.listen({
      onPermissionMissing: ({ action, subject, message }) => {
        // Deletions hold without what tidies up behind them.
        if (subject.startsWith("$JS.API.STREAM.MSG.DELETE.")) return;
        const kind = `${action} ${subject.split(".", 3).join(".")}`;
        if (warned.has(kind)) return;
        warned.add(kind);
        onWarning(message);
      },
    });
    // A value shares its message with what it belongs to: names, paths, labels.
    this.limits = {
      messageBytesMax,
      inlineBytesMax: Math.min(inlineBytesMax, Math.floor(messageBytesMax * 0.75)),
      dedupeMs: topology.dedupeMs,
    };
    this.events = new NatsEventLog(connection, api, publisher, names, topology);
    this.attempts = new NatsAttemptQueues(connection, api, publisher, { names, replicas, onWarning });
    this.blobs = new NatsBlobStore(api, publisher, { names, replicas });
    this.bus = new NatsMessageBus(connection, names, messageBytesMax);
  }

  bucket(name: BucketName): KeyValue {
    const { connection, api, settings, topology } = this.#parts;
    let bucket = this.#buckets.get(name);
    if (!bucket) {
      const more = { names: namesOf(settings.prefix), name, replicas: topology.replicas };
      bucket = new NatsKeyValue(connection, api, this.#publisher, more);
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }

  async close(): Promise<void> {
    const { connection, channel } = this.#parts;
    if (connection.closedBy) return;
    connection.hurry();
    if (connection.isUp) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS_MAX)));
      await Promise.race([channel.idle().then(() => connection.nats.flush()), late]).catch(() => {});
      clearTimeout(timer);
    }
    await connection.close();
  }
}

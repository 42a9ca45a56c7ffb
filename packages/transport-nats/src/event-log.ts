import type { AppendOptions, Claim, EventLog, LogPlace, LogReader, Subscription } from "@arpeggio/core";
import type { Connection } from "./connection.ts";
import type { JetStreamApi } from "./jetstream-api.ts";
import type { Names } from "./names.ts";
import { OrderedReader } from "./ordered-reader.ts";
import type { Publisher } from "./publisher.ts";
import type { Topology } from "./topology.ts";

/**
 * The event log on one stream, a subject a partition.
 *
 * Order: a connection delivers in order, and after a break everything unanswered is sent again in order before anything
 * new. Only in a cluster that changes its leader may a message that was under way be overtaken by a later one.
 */
export class NatsEventLog implements EventLog {
  readonly partitions: number;
  readonly queuesStarts: boolean;
  readonly #connection: Connection;
  readonly #api: JetStreamApi;
  readonly #publisher: Publisher;
  readonly #names: Names["events"];
  readonly #topology: Topology;

  constructor(connection: Connection, api: JetStreamApi, publisher: Publisher, names: Names, topology: Topology) {
    this.#connection = connection;
    this.#api = api;
    this.#publisher = publisher;
    this.#names = names.events;
    this.#topology = topology;
    this.partitions = topology.partitions;
    this.queuesStarts = topology.queuesStarts;
  }

  async append(partition: number, message: Uint8Array, options?: AppendOptions): Promise<void> {
    this.#publisher.checkSize("an event message", message.length);
    const { id, origin, first } = options ?? {};
    if (first !== undefined && this.queuesStarts) {
      // A repetition could be stored once more by a server that has forgotten its id, and must not be queued once more.
      let isRepetition = false;
      const stillWanted = () => {
        isRepetition = true;
        return false;
      };
      const subject = this.#names.first(partition, first.queue, first.priority, first.runId);
      await this.#publisher.publish(subject, message, id, { stillWanted });
      if (!isRepetition) return;
    }
    return this.#publisher.publish(this.#names.pack(partition, origin), message, id);
  }

  async claim(partition: number, key: string, message: Uint8Array): Promise<Claim> {
    this.#publisher.checkSize("an event message", message.length);
    const { stream } = this.#names;
    const subject = this.#names.claim(partition, key);
    const { replicas } = this.#topology;
    for (;;) {
      const write = { stream, subject, data: message, expected: 0 };
      const { stored } = await this.#publisher.putIf(write, replicas);
      if (stored !== undefined) return { claimed: true };
      const owner = await this.#api.lastMessage(stream, subject, replicas);
      // Absent only if it reached its age in this moment; then the key is free.
      if (owner) return { claimed: false, message: owner.bytes };
    }
  }

  async read(partition: number, from: number, reader: LogReader, seen?: LogPlace): Promise<Subscription> {
    const prefix = this.#names.partitionPrefix(partition);
    const ordered = new OrderedReader(this.#connection, this.#api, {
      stream: this.#names.stream,
      filter: this.#names.partition(partition),
      from,
      keptWith: { replicas: this.#topology.replicas, seen },
      matches: (subject) => subject.startsWith(prefix),
      onMessage: (message, { streamSequence, timestampMs }) => {
        const origin = this.#names.originOf(message.subject);
        const { data: bytes } = message;
        const sequence = streamSequence;
        reader.onMessage(
          origin === undefined ? { sequence, timestampMs, bytes } : { sequence, timestampMs, bytes, origin },
        );
      },
      onCaughtUp: () => reader.onCaughtUp(),
      onError: (error) => reader.onError(error),
    });
    await ordered.start();
    return {
      stop: () => {
        ordered.stop();
        return Promise.resolve();
      },
    };
  }
}

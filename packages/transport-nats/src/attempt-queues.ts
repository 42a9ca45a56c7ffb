import { OptionInvalidError } from "@arpeggio/core";
import type {
  AttemptConsumer,
  AttemptQueues,
  ConsumeOptions,
  Delivery,
  QueuedAttempt,
  PassedOverJudge,
  StoreListener,
  StoredAttempt,
  StoredFilter,
  Subscription,
} from "@arpeggio/core";
import { AckFloors } from "./ack-floors.ts";
import { PullingConsumer } from "./attempt-consumer.ts";
import type { Connection } from "./connection.ts";
import { ConsumerRepair } from "./consumer-repair.ts";
import { messageIdAt } from "./delivery.ts";
import type { JetStreamApi } from "./jetstream-api.ts";
import type { Band, Names } from "./names.ts";
import type { Publisher } from "./publisher.ts";
import { QueueKeeper } from "./queue-keeper.ts";
import { ensureConsumer } from "./queue-consumers.ts";
import { stepThrough } from "./stepping.ts";

/** A day: the server takes more, but a worker that is silent for so long is gone. */
const ACK_WAIT_MS_MAX = 24 * 60 * 60 * 1000;

/** All queues in one work-queue stream, which keeps attempts of queues that nobody reads yet. */
export class NatsAttemptQueues implements AttemptQueues {
  readonly #connection: Connection;
  readonly #api: JetStreamApi;
  readonly #publisher: Publisher;
  readonly #names: Names;
  readonly #replicas: number;
  readonly #onWarning: (message: string) => void;
  readonly #floors: AckFloors;

  constructor(
    connection: Connection,
    api: JetStreamApi,
    publisher: Publisher,
    more: { readonly names: Names; readonly replicas: number; readonly onWarning: (message: string) => void },
  ) {
    this.#connection = connection;
    this.#api = api;
    this.#publisher = publisher;
    this.#names = more.names;
    this.#replicas = more.replicas;
    this.#onWarning = more.onWarning;
    this.#floors = new AckFloors(api, more.names);
  }

  // Not an async function: one would put a promise of its own around each that the publisher makes.
  publish(attempt: QueuedAttempt): Promise<void> {
    try {
      return this.#publisher.publish(this.#subjectOf(attempt), attempt.bytes, attempt.id, attempt);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  store(attempt: QueuedAttempt, listener: StoreListener): void {
    let subject: string;
    try {
      subject = this.#subjectOf(attempt);
    } catch (error) {
      return listener.onFailed(error as Error);
    }
    this.#publisher.store(subject, attempt.bytes, listener, attempt.id, attempt);
  }

  /** @throws MessageTooLargeError, OptionInvalidError, NameInvalidError */
  #subjectOf({ queue, priority, runId, bytes }: QueuedAttempt): string {
    this.#publisher.checkSize("an attempt", bytes.length);
    checkInteger("priority", priority, 0, 9);
    return this.#names.attempts.subject(queue, priority, runId);
  }

  async consume(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<AttemptConsumer> {
    checkInteger("inHandMax", options.inHandMax, 1, 1_000_000);
    checkAckWait(options.ackWaitMs);
    const ensure = (band: Band) =>
      ensureConsumer(this.#api, this.#names, { queue, band, ackWaitMs: options.ackWaitMs });
    const pulling = new PullingConsumer(this.#connection, {
      queue,
      options,
      names: this.#names,
      ensure,
      repairOf: (band, by) => {
        const { stream, consumer } = this.#names.attempts;
        const of = { stream, consumer: consumer(queue, band), queue };
        return new ConsumerRepair(this.#connection, this.#api, { ...of, ...by, onWarning: this.#onWarning });
      },
      onDelivery,
      onWarning: this.#onWarning,
    });
    await pulling.start();
    return pulling;
  }

  async discard(queue: string, runId: string): Promise<void> {
    const { stream } = this.#names.attempts;
    await this.#api.call(`STREAM.PURGE.${stream}`, { filter: this.#names.attempts.ofRun(queue, runId) });
  }

  attend(judge: PassedOverJudge): Subscription {
    const options = { names: this.#names, replicas: this.#replicas, onWarning: this.#onWarning };
    return new QueueKeeper(this.#connection, this.#api, options, judge);
  }

  async *stored({ queue, runId }: StoredFilter): AsyncIterable<StoredAttempt> {
    const { stream, queueToken, runToken } = this.#names.attempts;
    const filter = this.#names.attempts.matching(queue, runId);
    for await (const message of stepThrough(this.#api, { stream, filter, replicas: this.#replicas })) {
      const tokens = message.subject.split(".");
      yield {
        queue: tokens[queueToken] ?? "",
        runId: tokens[runToken] ?? "",
        messageId: messageIdAt(message.sequence, message.timestampMs),
        bytes: message.bytes,
        isPassed: await this.#floors.isPassed(message.subject, message.sequence),
      };
    }
  }
}

/** @throws OptionInvalidError */
export function checkAckWait(ackWaitMs: number): void {
  checkInteger("ackWaitMs", ackWaitMs, 1, ACK_WAIT_MS_MAX);
}

function checkInteger(option: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new OptionInvalidError(option, value, `a whole number from ${min} to ${max}`);
}

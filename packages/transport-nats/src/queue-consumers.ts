import { errorNumbers, isServerError, type JetStreamApi } from "./jetstream-api.ts";
import { type Band, type Names } from "./names.ts";

interface ConsumerConfig {
  readonly ack_wait: number;
  readonly [field: string]: unknown;
}

/** Pulls of idle workers that one consumer keeps open; the server's own default is 512. */
const WAITING_MAX = 8_192;

/**
 * Makes sure that a queue's band has its durable consumer, and that its ack wait is at least `ackWaitMs`.
 *
 * The ack wait belongs to the consumer, which all workers of the queue share. It only ever grows: one that is too
 * short for a worker's heartbeats would deliver its work twice; one that is too long finds a dead worker later.
 */
export async function ensureConsumer(
  api: JetStreamApi,
  names: Names,
  consumer: { readonly queue: string; readonly band: Band; readonly ackWaitMs: number },
): Promise<void> {
  const { stream } = names.attempts;
  const name = names.attempts.consumer(consumer.queue, consumer.band);
  const ackWait = consumer.ackWaitMs * 1e6;
  const create = (config: ConsumerConfig) =>
    api.call(`CONSUMER.DURABLE.CREATE.${stream}.${name}`, { stream_name: stream, config });
  try {
    const found = await api.call<{ config: ConsumerConfig }>(`CONSUMER.INFO.${stream}.${name}`);
    if (found.config.ack_wait < ackWait) await create({ ...found.config, ack_wait: ackWait });
  } catch (error) {
    if (!isServerError(error, errorNumbers.consumerNotFound)) throw error;
    // Two workers may create it at once: the second one's request is an update that at most changes the ack wait.
    await create({
      durable_name: name,
      filter_subject: names.attempts.ofBand(consumer.queue, consumer.band),
      deliver_policy: "all",
      ack_policy: "explicit",
      ack_wait: ackWait,
      max_deliver: -1,
      max_ack_pending: -1,
      max_waiting: WAITING_MAX,
      replay_policy: "instant",
    });
  }
}

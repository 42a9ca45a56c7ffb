import { randomToken, type Delivery, type Transport } from "@arpeggio/core";
import { bytesOf, Gathered, textOf } from "./gathered.ts";

/** Long enough that a busy machine does not miss it by accident, short enough to wait for. */
export const ACK_WAIT_MS = 1_000;

export const nameOf = (delivery: Delivery) => textOf(delivery.bytes);

interface Publishing {
  readonly queue: string;
  readonly name: string;
  readonly priority?: number;
  readonly runId?: string;
  readonly id?: string;
}

/** An attempt whose bytes are its name. */
export function publish(transport: Transport, { queue, name, priority = 4, runId = `run-${name}`, id }: Publishing) {
  return transport.attempts.publish({
    queue,
    priority,
    runId,
    id: id ?? `${runId}:0:1:${randomToken()}`,
    bytes: bytesOf(name),
  });
}

/** Consumes and keeps the deliveries; `onDelivery` sees each first. */
export async function consuming(
  transport: Transport,
  queue: string,
  options: { readonly inHandMax?: number; readonly onDelivery?: (delivery: Delivery) => void } = {},
) {
  const { inHandMax = 100, onDelivery } = options;
  const deliveries = new Gathered<Delivery>();
  const consumer = await transport.attempts.consume(queue, { inHandMax, ackWaitMs: ACK_WAIT_MS }, (delivery) => {
    onDelivery?.(delivery);
    deliveries.add(delivery);
  });
  const of = (name: string, count = 1) =>
    deliveries.first((each) => nameOf(each) === name && each.deliveryCount >= count);
  return { deliveries, of, names: () => deliveries.items.map(nameOf), stop: () => consumer.stop() };
}

export const newQueue = () => `queue-${randomToken()}`;

/**
 * Lets so much time pass, on the broker's own clock, that everything unacknowledged has come again twice: an attempt
 * that nobody acknowledges, in the same queue, is what tells.
 */
export async function afterTwoAckWaits(
  transport: Transport,
  queue: string,
  clock: Awaited<ReturnType<typeof consuming>>,
) {
  const name = `clock-${randomToken()}`;
  await publish(transport, { queue, name });
  const third = await clock.of(name, 3);
  third.ack();
}

import { appendFileSync } from "node:fs";
import { decodeAttempt } from "@arpeggio/core";

/** The same transport, with each hand-over of an attempt's message written down before the worker sees it. */
export function observedTransport(transport, handOverLog) {
  return {
    name: transport.name,
    limits: transport.limits,
    clock: transport.clock,
    events: transport.events,
    blobs: transport.blobs,
    bus: transport.bus,
    bucket: (bucket) => transport.bucket(bucket),
    close: () => transport.close(),
    attempts: {
      publish: (attempt) => transport.attempts.publish(attempt),
      discard: (queue, run) => transport.attempts.discard(queue, run),
      stored: (filter) => transport.attempts.stored(filter),
      consume: (queue, options, onDelivery) =>
        transport.attempts.consume(queue, options, (delivery) => {
          const { run, node, attempt } = decodeAttempt(delivery.bytes);
          const line = { at: Date.now(), run, node, attempt, message: delivery.messageId, pid: process.pid };
          appendFileSync(handOverLog, `${JSON.stringify(line)}\n`);
          onDelivery(delivery);
        }),
    },
  };
}

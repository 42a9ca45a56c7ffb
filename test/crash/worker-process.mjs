// One worker, until it is killed: node worker-process.mjs <servers> <name> <log of hand-overs>
// Every hand-over of an attempt's message is written down before the worker sees it.
import { appendFileSync } from "node:fs";
import { decodeAttempt } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { ackWaitMs, retention } from "./settings.mjs";
import { tasks } from "./tasks.mjs";

const [servers, name, handOverLog] = process.argv.slice(2);
const transport = await nats({ servers, ...retention }).open(name);

/** The same transport, with a look at each delivery as the worker gets it. */
const observed = {
  ...{ name: transport.name, limits: transport.limits, clock: transport.clock },
  ...{ events: transport.events, blobs: transport.blobs, bus: transport.bus },
  bucket: (bucket) => transport.bucket(bucket),
  close: () => transport.close(),
  attempts: {
    publish: (attempt) => transport.attempts.publish(attempt),
    discard: (queue, run) => transport.attempts.discard(queue, run),
    consume: (queue, options, onDelivery) =>
      transport.attempts.consume(queue, options, (delivery) => {
        const { run, node, attempt } = decodeAttempt(delivery.bytes);
        const line = { at: Date.now(), run, node, attempt, message: delivery.messageId, pid: process.pid };
        appendFileSync(handOverLog, `${JSON.stringify(line)}\n`);
        onDelivery(delivery);
      }),
  },
};
await createWorker({ transport: observed, tasks, name, concurrency: 8, ackWaitMs, prefetch: 8 }).start();
console.log("ready");

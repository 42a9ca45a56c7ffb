// One worker, until it is killed: node worker-process.mjs <servers> <name> <log of hand-overs>
// Every hand-over of an attempt's message is written down before the worker sees it.
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { observedTransport } from "./observed-transport.mjs";
import { ackWaitMs, retention } from "./settings.mjs";
import { tasks } from "./tasks.mjs";

const [servers, name, handOverLog] = process.argv.slice(2);
const transport = observedTransport(await nats({ servers, ...retention }).open(name), handOverLog);
await createWorker({ transport, tasks, name, concurrency: 8, ackWaitMs, prefetch: 8 }).start();
console.log("ready");

// A worker that takes what it should not: node deadly-worker.mjs <servers>
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { deadly, harmless } from "./deadly-tasks.mjs";

const transport = await nats({ servers: process.argv[2] }).open("deadly-worker");
const options = { concurrency: 1, ackWaitMs: 1_000, deliveriesMax: 2 };
await createWorker({ transport, tasks: [deadly, harmless], ...options }).start();
console.log("ready");

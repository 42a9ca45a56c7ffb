// Starts a task on a queue and prints its result: node start-on-queue.mjs <servers> <task> <queue>
import { createApp, nats } from "arpeggio";
import * as modules from "./tasks.mjs";

const [servers, name, queue] = process.argv.slice(2);
const app = await createApp({ transport: nats({ servers }), roles: ["client"] });
const task = Object.values(modules).find(({ taskName }) => taskName === name);
const run = await app.run(task, { name: queue }, { defaults: { queue } });
console.log(`result ${JSON.stringify(await run.result())}`);
await app.close();

// One worker, until it is killed or told to stop: node worker-process.mjs <name> <installation> <log of hand-overs>
// Answers each message with what it has in hand.
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { observedTransport } from "../crash/observed-transport.mjs";
import { ackWaitMs, drainTimeoutMs, transportOptions } from "./settings.mjs";
import { tasks } from "./tasks.mjs";

const [name, installation, handOverLog] = process.argv.slice(2);
const transport = observedTransport(await nats(transportOptions(installation)).open(name), handOverLog);
const worker = createWorker({ transport, tasks, name, concurrency: 16, ackWaitMs, drainTimeoutMs });
process.on("message", () => process.send(worker.stats()));
const end = async () => {
  await worker.stop();
  await transport.close();
  process.exit(0);
};
process.once("SIGTERM", () => void end());
await worker.start();
console.log("ready");

// One coordinator, until it is killed or told to stop: node coordinator-process.mjs <name> <installation>
// Answers each message with what it has done so far.
import { createCoordinator } from "@arpeggio/coordinator";
import { nats } from "@arpeggio/transport-nats";
import { janitorMs, leaseMs, transportOptions } from "./settings.mjs";

const [name, installation] = process.argv.slice(2);
const transport = await nats(transportOptions(installation)).open(name);
const coordinator = createCoordinator({ transport, name, leaseMs, janitorMs });
process.on("message", () => process.send({ owned: coordinator.owned(), ...coordinator.stats() }));
const end = async () => {
  await coordinator.stop();
  await transport.close();
  process.exit(0);
};
process.once("SIGTERM", () => void end());
await coordinator.start();
console.log("ready");

// One coordinator, until it is killed: node coordinator-process.mjs <servers> <name>
import { createCoordinator } from "@arpeggio/coordinator";
import { nats } from "@arpeggio/transport-nats";
import { leaseMs, retention } from "./settings.mjs";

const [servers, name] = process.argv.slice(2);
const transport = await nats({ servers, ...retention }).open(name);
await createCoordinator({ transport, name, leaseMs, janitorMs: 300 }).start();
console.log("ready");

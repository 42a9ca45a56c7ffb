import { createApp, nats } from "arpeggio";
import { runClient } from "../../client-loop.mjs";
import { operationsOf } from "./operations.mjs";

process.on("SIGTERM", () => process.exit());
const app = await createApp({ transport: nats({ servers: process.env.BENCH_NATS_URL }), roles: ["client"] });
await runClient(operationsOf(app));

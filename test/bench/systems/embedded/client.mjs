import { createApp } from "arpeggio";
import { runClient } from "../../client-loop.mjs";
import { tasks } from "../arpeggio/canvases.mjs";
import { operationsOf } from "../arpeggio/operations.mjs";

process.on("SIGTERM", () => process.exit());
await runClient(operationsOf(await createApp({ tasks, concurrency: 50 })));

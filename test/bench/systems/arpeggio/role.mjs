/** A coordinator or a worker, as `BENCH_ROLE` says. */
import { createApp, nats } from "arpeggio";
import { tasks } from "./canvases.mjs";

const role = process.env.BENCH_ROLE;
await createApp({
  transport: nats({ servers: process.env.BENCH_NATS_URL }),
  roles: [role],
  ...(role === "worker" ? { tasks, concurrency: 50 } : {}),
});

process.on("SIGTERM", () => process.exit());
process.on("disconnect", () => process.exit());
process.send({ kind: "ready" });

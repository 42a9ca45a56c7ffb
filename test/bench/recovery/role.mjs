/** A coordinator or a worker that stops in good order on SIGTERM; a coordinator says when a partition is live. */
import { createCoordinator } from "@arpeggio/coordinator";
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { tasks } from "./tasks.mjs";

const { BENCH_ROLE: role, BENCH_NATS_URL: servers, BENCH_PARTITIONS: partitions } = process.env;
const log = {
  debug: () => {},
  info: (message) => / is live at /.test(message) && process.send({ kind: "live", atMs: Date.now(), message }),
  warn: (message, error) => console.error(message, error?.message ?? ""),
  error: (message, error) => console.error(message, error?.message ?? ""),
};
const transport = await nats({ servers, partitions: Number(partitions) }).open(role);
const it =
  role === "coordinator"
    ? createCoordinator({ transport, name: role, log })
    : createWorker({ transport, tasks, concurrency: 20_000, log });

async function end() {
  await it.stop();
  await transport.close();
  process.exit();
}
process.on("SIGTERM", () => void end());
process.on("disconnect", () => process.exit());
const starting = it.start();
// Ready to be killed, stopped and measured; a coordinator need not own anything for that.
process.send({ kind: "ready", atMs: Date.now() });
await starting;

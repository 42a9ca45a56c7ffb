/** One process of the measurement: a coordinator, a worker, a client that runs the map once, or all of it in memory. */
import { createApp, embedded, nats } from "arpeggio";
import { check, listOf, tasks, wide } from "./canvas.mjs";

const { BENCH_ROLE: role, BENCH_NATS_URL: servers, BENCH_ITEMS: items } = process.env;
const isAll = role === "all";
const app = await createApp({
  transport: isAll ? embedded() : nats({ servers }),
  ...(isAll ? {} : { roles: [role] }),
  ...(isAll || role === "worker" ? { tasks, concurrency: 50 } : {}),
});

process.on("SIGTERM", () => process.exit());
process.on("disconnect", () => process.exit());
process.send({ kind: "ready" });

if (isAll || role === "client") {
  const startedMs = performance.now();
  const run = await app.run(wide, listOf(Number(items)));
  check(await run.result(), Number(items));
  process.send({ kind: "done", ms: performance.now() - startedMs });
}

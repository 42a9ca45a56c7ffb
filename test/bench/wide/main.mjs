/**
 * How fast and in how much memory one map over very many items runs: on NATS with a process each for client, coordinator and
 * worker, and in one process's memory.
 *
 *   pnpm bench:wide                    1,000,000 items
 *   pnpm bench:wide --items 100000
 *   pnpm bench:wide --systems nats     only on NATS
 */
import { parseArgs } from "node:util";
import { natsServerProgram, startNats } from "../servers/nats.mjs";
import { createProcessGroup } from "../process-group.mjs";

const MINUTES_MAX = 15;
const role = new URL("role.mjs", import.meta.url);
const { values } = parseArgs({
  options: { items: { type: "string", default: "1000000" }, systems: { type: "string", default: "nats,embedded" } },
});
const items = Number(values.items);
if (!Number.isInteger(items) || items < 1) throw new Error(`--items is ${values.items}; a whole number is needed`);

for (const system of values.systems.split(",")) {
  const group = createProcessGroup();
  try {
    const { ms } = await (system === "nats" ? onNats(group) : inMemory(group));
    const peaks = Object.entries(group.peakMb()).map(([name, mb]) => `${name} ${mb.toFixed(0)} MB`);
    console.log(
      `${system}: ${items} items in ${(ms / 1000).toFixed(1)} s, ${Math.round((items / ms) * 1000)} items/s; peak memory: ${peaks.join(", ")}`,
    );
  } finally {
    await group.close();
  }
}

async function onNats(group) {
  const env = { BENCH_NATS_URL: await startNats(group, await natsServerProgram()), BENCH_ITEMS: String(items) };
  for (const name of ["coordinator", "worker"]) await group.startNode(name, role, { ...env, BENCH_ROLE: name });
  const client = await group.startNode("client", role, { ...env, BENCH_ROLE: "client" });
  return group.nextMessage(client, MINUTES_MAX * 60_000);
}

async function inMemory(group) {
  const all = await group.startNode("all", role, { BENCH_ITEMS: String(items), BENCH_ROLE: "all" });
  return group.nextMessage(all, MINUTES_MAX * 60_000);
}

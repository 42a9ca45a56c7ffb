/**
 * How long it takes until runs go on.
 *
 *   pnpm bench:recovery                  all three
 *   pnpm bench:recovery takeover         a coordinator is killed at 10,000 active runs; another one has to take over
 *   pnpm bench:recovery waiting          a partition with 100,000 waiting runs is taken by a new coordinator
 *   pnpm bench:recovery rolling          every coordinator and worker is replaced under load, in good order
 *   … --scale 0.1                        a tenth of the runs
 */
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createClient } from "@arpeggio/client";
import { nats } from "@arpeggio/transport-nats";
import { createProcessGroup } from "../process-group.mjs";
import { natsServerProgram, startNats } from "../servers/nats.mjs";
import { course, steps } from "./tasks.mjs";

const LEASE_MS = 3_000;
const role = new URL("role.mjs", import.meta.url);
const scenarios = { takeover, waiting, rolling };
const { values, positionals } = parseArgs({
  options: { scale: { type: "string", default: "1" } },
  allowPositionals: true,
});
const scale = Number(values.scale);

for (const name of positionals.length > 0 ? positionals : Object.keys(scenarios)) {
  if (scenarios[name] === undefined) throw new Error(`unknown scenario ${name}: ${Object.keys(scenarios).join(", ")}`);
  const group = createProcessGroup();
  try {
    await scenarios[name](group);
  } finally {
    await group.close();
  }
}

async function takeover(group) {
  const world = await openWorld(group, 4);
  const [first, second] = [await world.start("coordinator"), await world.start("coordinator")];
  await world.start("worker");
  await world.until(() => first.live.size + second.live.size >= 4);
  // Time to share the partitions among the two.
  await setTimeout(2 * LEASE_MS);
  const runs = await world.runMany(10_000 * scale, 5_000);
  await setTimeout(2_000);
  second.live.clear();
  const killedMs = Date.now();
  first.process.child.kill("SIGKILL");
  const owned = first.owned.size - [...second.owned].filter((one) => first.owned.has(one)).length;
  await world.until(() => second.live.size >= Math.max(1, owned));
  const tookMs = Math.max(...second.live.values()) - killedMs;
  await world.check(runs);
  console.log(
    `takeover: ${runs.length} active runs, lease ${LEASE_MS} ms; the killed coordinator's partitions were live again after ${tookMs} ms; every run ended right`,
  );
  await world.close();
}

async function waiting(group) {
  const world = await openWorld(group, 1);
  const first = await world.start("coordinator");
  await world.until(() => first.live.size === 1);
  const runs = await world.runMany(100_000 * scale, 0);
  await setTimeout(1_000);
  first.process.child.kill("SIGKILL");
  await first.process.ended;
  const second = await world.start("coordinator");
  await world.until(() => second.live.size === 1);
  const tookMs = [...second.live.values()][0] - second.readyMs;
  const workerMs = Date.now();
  await world.start("worker");
  await world.check(runs);
  console.log(
    `waiting: ${runs.length} waiting runs in one partition; a new coordinator was live ${tookMs} ms after its start, ${tookMs - LEASE_MS} ms after the lease had run out; ` +
      `all ended right ${Math.round((Date.now() - workerMs) / 1000)} s after a worker came`,
  );
  await world.close();
}

async function rolling(group) {
  const world = await openWorld(group, 4);
  const roles = ["coordinator", "coordinator", "worker", "worker"];
  const processes = [];
  for (const one of roles) processes.push(await world.start(one));
  await world.until(() => processes.reduce((all, { live }) => all + live.size, 0) >= 4);
  await setTimeout(2 * LEASE_MS);
  const runs = [];
  const endedMs = [];
  let isLoading = true;
  const loading = (async () => {
    while (isLoading) {
      const batch = await world.runMany(10, 1);
      for (const run of batch) void run.result().then(() => endedMs.push(Date.now()));
      runs.push(...batch);
      await setTimeout(20);
    }
  })();
  await setTimeout(2_000);
  for (const [i, one] of processes.entries()) {
    await world.start(roles[i]);
    await setTimeout(1_000);
    one.process.child.kill("SIGTERM");
    await one.process.ended;
    await setTimeout(1_000);
  }
  isLoading = false;
  await loading;
  await world.check(runs);
  endedMs.sort((a, b) => a - b);
  const gaps = endedMs.slice(1).map((ms, i) => ms - endedMs[i]);
  console.log(
    `rolling: ${runs.length} runs under way while 2 coordinators and 2 workers were replaced; all ended right; the longest time without a result was ${Math.max(...gaps)} ms`,
  );
  await world.close();
}

async function openWorld(group, partitions) {
  const url = await startNats(group, await natsServerProgram());
  const transport = await nats({ servers: url, partitions }).open("bench");
  const client = await createClient({ transport });
  return {
    async start(name) {
      const live = new Map();
      const owned = new Set();
      const env = { BENCH_NATS_URL: url, BENCH_ROLE: name, BENCH_PARTITIONS: String(partitions) };
      const process = await group.startNode(name, role, env);
      const started = { process, live, owned, readyMs: Date.now() };
      process.child.on("message", ({ kind, atMs, message }) => {
        if (kind !== "live") return;
        const partition = /partition (\d+)/.exec(message)?.[1];
        live.set(partition, atMs);
        owned.add(partition);
      });
      return started;
    },
    async until(isSo, secondsMax = 120) {
      for (const endMs = Date.now() + secondsMax * 1_000; !isSo(); await setTimeout(5)) {
        if (Date.now() > endMs) throw new Error(`not so after ${secondsMax} s: ${isSo}`);
      }
    },
    async runMany(count, ms) {
      const runs = [];
      for (let n = 0; n < count; n += 1_000) {
        const size = Math.min(1_000, count - n);
        runs.push(...(await Promise.all(Array.from({ length: size }, () => client.run(course, { n: 0, ms })))));
      }
      return runs;
    },
    async check(runs) {
      for (const run of runs) {
        const { n } = await run.result({ timeoutMs: 300_000 });
        if (n !== steps) throw new Error(`run ${run.id} came to ${n}, not ${steps}`);
      }
    },
    async close() {
      await client.close();
      await transport.close();
    },
  };
}

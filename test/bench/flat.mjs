/** Many short runs through one app: memory and disk must not grow with them. See `docs/operate/garbage.md`. */
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { chain, createApp, embedded, group, nats, task } from "arpeggio";
import { plotOf } from "./flat-plot.mjs";
import { createProcessGroup } from "./process-group.mjs";
import { natsServerProgram, startNats } from "./servers/nats.mjs";

const usage = `node --expose-gc test/bench/flat.mjs [options]

  --transport embedded  or nats
  --runs 1000000        how many runs
  --seconds 600         ends after so long, whatever has been run
  --plot file.svg       writes a plot
  --verify              fails if memory grew in the second half
`;
const POINTS = 20;
const AT_ONCE = 500;
const MIB = 1024 * 1024;
/** What the second half may add to the heap, for it to count as flat. */
const GROWTH_MIB_MAX = 24;
/** The shortest retention that there is: message ids are remembered for as long. */
const KEPT_MS = 120_000;

const { values } = parseArgs({
  options: {
    transport: { type: "string", default: "embedded" },
    runs: { type: "string", default: "1000000" },
    seconds: { type: "string", default: "600" },
    plot: { type: "string" },
    verify: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

async function main() {
  if (values.help) return console.log(usage);
  // What is not collected yet is no leak.
  if (globalThis.gc === undefined) return again();
  const [runs, seconds] = [Number(values.runs), Number(values.seconds)];
  if (!(runs >= POINTS) || !(seconds > 0)) throw new Error(usage);
  const store = values.transport === "nats" ? await openNats() : openEmbedded();
  try {
    const samples = await run(store, { runs, seconds });
    if (values.plot !== undefined) {
      mkdirSync(dirname(values.plot), { recursive: true });
      writeFileSync(values.plot, plotOf(samples, store));
    }
    if (values.verify) verify(samples);
  } finally {
    await store.close();
  }
}

/** The same in a process whose garbage can be collected on demand. */
async function again() {
  const child = spawn(process.execPath, ["--expose-gc", ...process.argv.slice(1)], { stdio: "inherit" });
  process.exitCode = await new Promise((resolve) => child.once("exit", resolve));
}

function openEmbedded() {
  return {
    title: "embedded, everything in one process",
    storeName: "array buffers (the store)",
    transport: embedded(),
    storeMiB: () => process.memoryUsage().arrayBuffers / MIB,
    close: async () => {},
  };
}

async function openNats() {
  const processes = createProcessGroup();
  const servers = await startNats(processes, await natsServerProgram());
  const retention = { eventsMs: KEPT_MS, attemptsMs: KEPT_MS, resultsMs: KEPT_MS, blobsMs: KEPT_MS };
  return {
    title: `NATS, everything kept for ${KEPT_MS / 1000} s`,
    storeName: "files of nats-server",
    transport: nats({ servers, retention }),
    storeMiB: () => folderBytes(processes.folder) / MIB,
    close: () => processes.close(),
  };
}

async function run(store, { runs, seconds }) {
  const double = task("flat.double", (n) => n * 2);
  const sum = task("flat.sum", (list) => list.reduce((a, b) => a + b, 0));
  const canvases = [double, chain(double, double), chain(group([double, double]), sum)];
  const expected = [(n) => n * 2, (n) => n * 4, (n) => n * 4];
  const app = await createApp({ transport: store.transport, tasks: canvases, concurrency: 50 });
  const samples = [];
  const startedMs = Date.now();
  let done = 0;
  let nextAt = 0;
  const sample = () => {
    globalThis.gc();
    const { heapUsed, rss } = process.memoryUsage();
    const one = {
      runs: done,
      seconds: (Date.now() - startedMs) / 1000,
      heapMiB: heapUsed / MIB,
      rssMiB: rss / MIB,
      storeMiB: store.storeMiB(),
    };
    samples.push(one);
    console.log(lineOf(one));
  };
  const isOver = () => done >= runs || (Date.now() - startedMs) / 1000 >= seconds;
  // By runs, or by time where that ends it first.
  const progress = () => Math.max(done / runs, (Date.now() - startedMs) / 1000 / seconds);
  try {
    while (!isOver()) {
      if (progress() >= nextAt / POINTS) {
        sample();
        nextAt = Math.floor(progress() * POINTS) + 1;
      }
      const size = Math.min(AT_ONCE, runs - done);
      const batch = Array.from({ length: size }, async (_, i) => {
        const which = i % canvases.length;
        const handle = await app.run(canvases[which], i);
        const value = await handle.result();
        if (value !== expected[which](i)) throw new Error(`run ${handle.id} came to ${value}`);
      });
      await Promise.all(batch);
      done += size;
    }
    sample();
  } finally {
    await app.close();
  }
  return samples;
}

function lineOf({ runs, seconds, heapMiB, rssMiB, storeMiB }) {
  const memory = [`heap ${heapMiB.toFixed(1)}`, `rss ${rssMiB.toFixed(1)}`, `store ${storeMiB.toFixed(1)}`];
  return [`${runs} runs`, `${seconds.toFixed(0)} s`, ...memory].join("  ") + " MiB";
}

function verify(samples) {
  const middle = samples[Math.floor(samples.length / 2)];
  const grown = samples.at(-1).heapMiB - middle.heapMiB;
  if (grown > GROWTH_MIB_MAX) throw new Error(`the heap grew by ${grown.toFixed(1)} MiB in the second half`);
}

function folderBytes(folder) {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // Files come and go while the server works.
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

await main();

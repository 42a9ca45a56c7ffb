/**
 * Throws mutated and random records at everything that reads what comes from outside:
 *
 *   pnpm test:fuzz --records 1000000 --seed 7              a million for each group of decoders
 *   pnpm test:fuzz --group runs --from 4711 --records 1    one record again
 *
 * Stops at the first record of a group that does harm, and prints it in base 64 with the command that repeats it.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { bundleGroups } from "./bundle.mjs";

/** A thread that stays at one record for so long hangs. A record takes some microseconds. */
const HANG_MS = 30_000;
const LOOK_MS = 1_000;
/** A record that takes more memory than this ends its thread. */
const resourceLimits = { maxOldGenerationSizeMb: 512 };

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    group: { type: "string", multiple: true },
    records: { type: "string", default: "100000" },
    from: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    threads: { type: "string", default: String(availableParallelism()) },
  },
});
const [records, from, seed, threads] = ["records", "from", "seed", "threads"].map(wholeNumber);
const bundle = await bundleGroups();
const known = (await import(bundle)).groups.map(({ name }) => name);
const names = values.group ?? known;
for (const name of names) {
  if (!known.includes(name)) throw new TypeError(`--group ${name}: there are ${known.join(", ")}`);
}
process.exitCode = (await fuzzAll()) ? 0 : 1;

function wholeNumber(option) {
  const value = Number(values[option]);
  if (!Number.isInteger(value) || value < 0) throw new TypeError(`--${option} ${values[option]} is no whole number`);
  return value;
}

/** So many groups at a time; resolves with whether nothing was found. */
async function fuzzAll() {
  const left = [...names];
  let isClean = true;
  const next = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) isClean = (await fuzzOne(name)) && isClean;
  };
  await Promise.all(Array.from({ length: Math.max(1, threads) }, next));
  return isClean;
}

async function fuzzOne(name) {
  const beganAtMs = performance.now();
  const result = await resultOf(name);
  const { harm, read, refused, slowestMs } = result;
  const tookS = (performance.now() - beganAtMs) / 1_000;
  if (harm === undefined) {
    console.log(
      `${name.padEnd(9)} ${records} records: read ${read} times, refused ${refused} times, slowest ${slowestMs.toFixed(1)} ms, in ${tookS.toFixed(0)} s`,
    );
    return true;
  }
  console.error(
    `${name}: record ${harm.record} of seed ${seed} ${harm.what}\n${Buffer.from(harm.bytes ?? []).toString("base64")}\n` +
      `again: pnpm test:fuzz --group ${name} --seed ${seed} --from ${harm.record} --records 1`,
  );
  return false;
}

function resultOf(name) {
  const progress = new SharedArrayBuffer(4);
  const at = new Int32Array(progress);
  at[0] = -1;
  const worker = new Worker(join(import.meta.dirname, "thread.mjs"), {
    workerData: { bundle, name, seed, from, records, progress },
    resourceLimits,
  });
  return new Promise((resolve, reject) => {
    let last = -1;
    let sinceMs = performance.now();
    const fails = (what) => resolve({ harm: { record: at[0], what } });
    const look = setInterval(() => {
      const nowMs = performance.now();
      if (at[0] !== last || at[0] < 0) [last, sinceMs] = [at[0], nowMs];
      if (nowMs - sinceMs < HANG_MS) return;
      fails(`did not come to an end within ${HANG_MS / 1_000} s`);
      void worker.terminate();
    }, LOOK_MS);
    worker.on("message", resolve);
    worker.on("error", (error) => (at[0] < 0 ? reject(error) : fails(`ended the thread: ${error.stack ?? error}`)));
    worker.on("exit", () => clearInterval(look));
  });
}

/**
 * The simulator over many seeds.
 *
 *   pnpm test:sim --seeds 1000 --from 5000   1,000 seeds from 5,000 on; stops at the first that fails, with its trace
 *   pnpm test:sim --seed 48113               one seed, with its trace
 */
import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { simulateSeed } from "@arpeggio/testing";

const PROGRESS_MS = 5_000;
const TELL_EVERY = 50;

if (process.send === undefined) process.exitCode = await main();
else await simulateShare(JSON.parse(process.argv[2]));

async function main() {
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((arg) => arg !== "--"),
    options: { seed: { type: "string" }, seeds: { type: "string" }, from: { type: "string" } },
  });
  if (values.seed !== undefined) return tell(await simulateSeed(wholeNumber("seed", values.seed)), true);
  const count = wholeNumber("seeds", values.seeds ?? "1000");
  const from = wholeNumber("from", values.from ?? "1");
  const failed = await simulateAll(from, count);
  return failed === undefined ? 0 : tell(await simulateSeed(failed), true);
}

function wholeNumber(name, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new TypeError(`--${name} ${text} is no whole number`);
  return value;
}

/** Shares the seeds among processes; resolves with the first that failed. */
async function simulateAll(from, count) {
  const processes = Math.min(availableParallelism(), count);
  const beganAtMs = Date.now();
  let done = 0;
  let failed;
  const progress = () => {
    const seconds = (Date.now() - beganAtMs) / 1_000;
    console.log(`${done} of ${count} seeds, ${(done / seconds).toFixed(0)} seeds/s`);
  };
  const timer = setInterval(progress, PROGRESS_MS);
  const children = Array.from({ length: processes }, (_, share) =>
    fork(import.meta.filename, [JSON.stringify({ from: from + share, until: from + count, step: processes })]),
  );
  const ends = children.map(
    (child) =>
      new Promise((resolve, reject) => {
        child.on("message", (message) => {
          done += message.done;
          if (message.failed === undefined) return;
          failed ??= message.failed;
          for (const each of children) each.kill();
        });
        child.on("error", reject);
        child.on("close", (code) => {
          if (code === 0 || failed !== undefined) resolve();
          else reject(new Error(`a process of the simulator ended with code ${code}`));
        });
      }),
  );
  try {
    await Promise.all(ends);
  } finally {
    clearInterval(timer);
    for (const child of children) child.kill();
  }
  progress();
  return failed;
}

/** In a process of its own: every seed of a share, until one fails. */
async function simulateShare({ from, until, step }) {
  let done = 0;
  for (let seed = from; seed < until; seed += step) {
    const { violations } = await simulateSeed(seed);
    done++;
    if (violations.length > 0) return process.send({ done, failed: seed });
    if (done < TELL_EVERY) continue;
    process.send({ done });
    done = 0;
  }
  process.send({ done });
  process.disconnect();
}

function tell(report, isTraced) {
  if (isTraced) console.log(report.trace().join("\n"));
  const { seed, violations, steps, virtualMs, runs, executions } = report;
  console.log(
    `seed ${seed}: ${runs} runs, ${executions} executions, ${steps} steps, ${(virtualMs / 1_000).toFixed(1)} s`,
  );
  for (const violation of violations) console.log(`  ${violation}`);
  if (violations.length > 0) console.log(`repeat it with: pnpm test:sim --seed ${seed}`);
  return violations.length > 0 ? 1 : 0;
}

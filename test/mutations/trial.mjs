import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bundleMutant, cache } from "./mutant.mjs";

/** Before this seed lie those that are simulated every day. */
export const FIRST_SEED = 500_000;
/** How many seeds a mutation gets that asks for no other number. */
export const SEEDS = 300;

/** The first seeds. */
export function firstSeeds(count) {
  return Array.from({ length: count }, (_, i) => FIRST_SEED + i);
}

/**
 * Simulates seeds with an engine that is changed by a mutation, in a process of its own, until one of them says what the
 * mutation is seen by.
 *
 * @param mutation without one, the engine as it is.
 * @param reach passes over the seeds that do not reach what is changed; see `reach.mjs`.
 * @returns after how many seeds, and what was said; what else was said first, if it is not what was expected.
 */
export async function tryMutation(mutation, { seeds = SEEDS, reach, hangMs = 120_000, memoryMb = 1_500 } = {}) {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "mutant-"));
  try {
    const bundle = await bundleMutant(mutation, folder);
    const all = firstSeeds(seeds);
    const simulated = reach?.reaching(all, readFileSync(bundle, "utf8")) ?? all;
    if (simulated.length === 0) return { after: seeds };
    return await resultOf({ bundle, seeds: simulated, phrase: mutation?.seenBy ?? "", hangMs, memoryMb }, seeds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function resultOf(options, seeds) {
  const child = fork(join(import.meta.dirname, "guard.mjs"), [JSON.stringify(options)], { execArgv: [] });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  return new Promise((resolve, reject) => {
    child.on("message", ({ seed, ...result }) =>
      resolve({ after: seed === undefined ? seeds : seed - FIRST_SEED + 1, ...result }),
    );
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("exit", kill);
      reject(new Error(`the process of a mutant ended with ${signal ?? `code ${code}`}, and told nothing`));
    });
  });
}

import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { bundleMutant, cache } from "./mutant.mjs";

/**
 * Which seeds reach what a mutation has changed: any other one takes the very course that it takes with the engine as it is, and
 * need not be simulated. Found out by simulating each seed once; kept for as long as the engine and the simulator stay the same.
 */
export class Reach {
  /** The bundle of the engine as it is. */
  text;
  #folder;
  #parts = new Map();

  constructor(folder, text) {
    this.#folder = folder;
    this.text = text;
  }

  /** @param seeds those of which it has to be known. */
  static async of(seeds, processes) {
    const made = await bundleMutant(undefined, join(cache, `reach-${process.pid}`));
    const text = readFileSync(made, "utf8");
    const folder = join(cache, `reach-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`);
    if (existsSync(folder)) rmSync(dirname(made), { recursive: true });
    else renameSync(dirname(made), folder);
    const shares = Array.from({ length: processes }, (_, share) => seeds.filter((_seed, i) => i % processes === share));
    await Promise.all(shares.map((share) => covered(folder, share)));
    return new Reach(folder, text);
  }

  /** Those of the seeds that reach what is changed in the text of a mutant's bundle. */
  reaching(seeds, mutant) {
    const [first, last] = changedIn(this.text, mutant);
    return seeds.filter((seed) => {
      const parts = this.#partsOf(seed);
      for (let i = 0; i < (parts?.length ?? 0); i += 2) if (parts[i] < last && parts[i + 1] > first) return true;
      return parts === undefined;
    });
  }

  /** Beginnings and ends of what a seed executes, in turn; undefined if it was not looked at. */
  #partsOf(seed) {
    if (!this.#parts.has(seed)) {
      const file = join(this.#folder, `${seed}.parts`);
      const bytes = existsSync(file) ? readFileSync(file) : undefined;
      this.#parts.set(seed, bytes && new Uint32Array(new Uint8Array(bytes).buffer));
    }
    return this.#parts.get(seed);
  }
}

/** Where the first text differs from the second, from its first letter to behind its last; where something was only added, what is around. */
function changedIn(before, after) {
  let first = 0;
  while (first < before.length && before[first] === after[first]) first++;
  let last = before.length;
  for (let i = after.length - 1; last > first && i >= first && before[last - 1] === after[i]; i--) last--;
  const changed = before.slice(first, last);
  if (changed.trim() === "") return [first - 1, last + 1];
  return [first + changed.length - changed.trimStart().length, last - changed.length + changed.trimEnd().length];
}

function covered(folder, seeds) {
  const options = { bundle: join(folder, "simulator.mjs"), seeds, fileOf: join(folder, "*.parts") };
  const child = fork(join(import.meta.dirname, "cover.mjs"), [JSON.stringify(options)], { execArgv: [] });
  process.once("exit", () => child.kill());
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`cover.mjs ended with code ${code}`))));
  });
}

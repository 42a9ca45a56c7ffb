import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { simulateSeed } from "@arpeggio/testing";
import type { SeedReport } from "@arpeggio/testing";
import { describe, expect, test } from "vitest";
import { keptSeeds } from "./seeds.ts";

const FIRST = 1;
/** `.ci/run` has five hundred more. */
const COUNT = 100;

/** What a failing test prints: what did not hold, and how to see it again. */
function problemsOf({ seed, violations, trace }: SeedReport): readonly string[] {
  if (violations.length === 0) return [];
  return [...violations, `repeat it with: pnpm test:sim --seed ${seed}`, ...trace().slice(-60)];
}

describe("seeds that found something once", () => {
  test.each(keptSeeds)("%i: %s", async (seed) => {
    expect(problemsOf(await simulateSeed(seed))).toEqual([]);
  });
});

test(`${COUNT} seeds: every run ends as it must`, { timeout: 180_000 }, async () => {
  let runs = 0;
  let executions = 0;
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const report = await simulateSeed(seed);
    expect(problemsOf(report)).toEqual([]);
    runs += report.runs;
    executions += report.executions;
  }
  // The promises would hold of nothing if nothing happened.
  expect(runs).toBeGreaterThan(COUNT);
  expect(executions).toBeGreaterThan(COUNT * 5);
});

test("one seed gives one trace, in this process and in another", { timeout: 60_000 }, async () => {
  const seeds = [11, 12, 13, 14, 15];
  const digests: string[] = [];
  for (const seed of seeds) digests.push((await simulateSeed(seed)).digest());
  for (const [i, seed] of seeds.entries()) expect((await simulateSeed(seed)).digest()).toBe(digests[i]);
  expect(new Set(digests).size).toBe(seeds.length);

  const program = [
    'import { simulateSeed } from "@arpeggio/testing";',
    `for (const seed of ${JSON.stringify(seeds)}) console.log((await simulateSeed(seed)).digest());`,
  ].join("\n");
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd: root,
    encoding: "utf8",
  });
  expect(output.trim().split("\n")).toEqual(digests);
});

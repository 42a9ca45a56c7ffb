import { expect, test } from "vitest";
import { simulate } from "@arpeggio/testing";
import type { Faults, SimulationReport } from "@arpeggio/testing";
import { addAll, all, id, join, plus, seq, sumOf, times, tsum } from "./vocabulary.ts";
import type { Any } from "./vocabulary.ts";

/** Runs a canvas in 20 made-up worlds with some faults; gives what each came to. */
async function inWorlds(canvas: Any, faults: Partial<Faults>, taskMs: readonly [number, number] = [0, 200]) {
  const reports: SimulationReport<unknown>[] = [];
  for (let seed = 1; seed <= 20; seed++) reports.push(await simulate(canvas, null, { seed, faults, taskMs }));
  return reports;
}

const valuesOf = (reports: readonly SimulationReport<unknown>[]) => [
  ...new Set(reports.map(({ value }) => JSON.stringify(value))),
];
const repeatedIn = (reports: readonly SimulationReport<unknown>[]) =>
  reports.filter(({ executions }) => new Set(executions.map((one) => one.idempotencyKey)).size < executions.length);

test("X01: a join opens once, however late anything is stored or told", async () => {
  const reports = await inWorlds(join([sumOf(1, 1), sumOf(1, 1)], tsum), { delay: 0.5 });
  expect(valuesOf(reports)).toEqual(["4"]);
  for (const { executions } of reports) expect(executions.filter(({ task }) => task === "case.tsum")).toHaveLength(1);
});

test("X21: what cannot be sent at once is sent later; a body is never forgotten", async () => {
  const reports = await inWorlds(join([sumOf(2, 5), id(1)], addAll(9)), { error: 0.2, loss: 0.2 });
  expect(valuesOf(reports)).toEqual(["[16,10]"]);
});

test("D01: an attempt that is delivered again after its end changes nothing, and what follows it runs", async () => {
  const canvas = seq(sumOf(1, 1), plus(1), all(plus(1), plus(2)), tsum);
  expect(valuesOf(await inWorlds(canvas, { duplicate: 1, drop: 0.3 }))).toEqual(["9"]);
});

test("D07, D09: what a killed worker had begun runs again elsewhere, and what it had ended does not", async () => {
  const canvas = seq(all(...times(6, id)), tsum);
  const reports = await inWorlds(canvas, { crash: 0.02 }, [10, 2_000]);
  expect(valuesOf(reports)).toEqual(["15"]);
  expect(repeatedIn(reports).length).toBeGreaterThan(0);
});

test("D11: runs go on when the broker has been away", async () => {
  const canvas = seq(all(id(1), id(2)), all(tsum, tsum), tsum);
  expect(valuesOf(await inWorlds(canvas, { restart: 0.02, outage: 0.02 }, [10, 1_000]))).toEqual(["6"]);
});

import { chain, chord, group, map, task } from "@arpeggio/core";
import { expect, test } from "vitest";
import { simulate } from "./simulate.ts";

const double = task("double", (n: number) => n * 2);
const sum = task("sum", (ns: readonly number[]) => ns.reduce((a, b) => a + b, 0));
const list = task("list", (n: number) => Array.from({ length: n }, (_, i) => i));
const canvas = chain(list, map(double), sum);

const seeds = Array.from({ length: 12 }, (_, i) => i + 1);

test.each(seeds)("seed %i: a run comes to its value, whatever goes wrong", async (seed) => {
  const report = await simulate(canvas, 4, { seed });
  expect(report).toMatchObject({ state: "succeeded", value: 12, failure: undefined });
  expect(report.executions.length).toBeGreaterThanOrEqual(6);
});

test("without faults every attempt is executed once", async () => {
  const report = await simulate(chord(group([double, double]), sum), 2, { seed: 3, faults: {} });
  expect(report.value).toBe(8);
  expect(report.executions.map(({ task: name }) => name).sort()).toEqual(["double", "double", "sum"]);
});

test("crashes and lost messages have attempts executed again, under the same key", async () => {
  const faults = { crash: 0.01, drop: 0.3, loss: 0.1 };
  const reports = await Promise.all(seeds.map((seed) => simulate(canvas, 8, { seed, faults, taskMs: [10, 2_000] })));
  expect(reports.map(({ value }) => value)).toEqual(seeds.map(() => 56));
  const keys = reports.flatMap(({ executions }) => executions.map(({ idempotencyKey }) => idempotencyKey));
  expect(keys.length).toBeGreaterThan(seeds.length * 10);
  expect(new Set(keys).size).toBe(10);
});

test("code can be replaced, setTimeout follows the virtual time, and long retries take none", async () => {
  const fetched = task("fetch", { retry: { attempts: 3, delay: "2d", backoff: "fixed" } }, (url: string): string => {
    throw new Error(`there is no network for ${url}`);
  });
  const tasks = {
    fetch: async (url: unknown, { attempt }: { attempt: number }) => {
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      if (attempt < 3) throw new Error("not yet");
      return `text of ${String(url)}`;
    },
  };
  const { value, runMs } = await simulate(fetched, "a", { seed: 1, faults: { clockDrift: 0.1 }, tasks });
  expect(value).toBe("text of a");
  expect(runMs).toBeGreaterThan(3_000);
});

test("what one worker learns from a canvas in a task's place, all know, and read its queues", async () => {
  const inner = task("inner", { queue: "of-its-own" }, (n: number) => n + 1);
  const outer = task("outer", (n: number, ctx) => ctx.replaceWith(map(inner), [n, n + 1, n + 2]));
  for (const seed of seeds.slice(0, 5)) {
    const options = { seed, faults: { crash: 0.02, drop: 0.2 }, taskMs: [0, 2_000] as const };
    const { value, executions } = await simulate(chain(outer, sum), 1, options);
    expect(value).toBe(9);
    expect(new Set(executions.map(({ node }) => node)).size).toBe(5);
  }
});

test("another task of a name that is taken fails its replacement, as it does outside of simulations", async () => {
  const fresh = () => task("inner", (n: number) => n + 1);
  const outer = task("outer", (n: number, ctx) => ctx.replaceWith(fresh(), n));
  const report = await simulate(chain(outer, outer), 1, { seed: 1, faults: {}, workers: 1 });
  expect(report).toMatchObject({ state: "failed", failure: { code: "DUPLICATE_TASK" } });
});

test("a failing run is reported", async () => {
  const broken = task("broken", (): number => {
    throw new RangeError("always");
  });
  const report = await simulate(broken, undefined, { seed: 5, faults: { drop: 0.1 } });
  expect(report).toMatchObject({ state: "failed", value: undefined, failure: { code: "TASK_FAILED" } });
});

test("a run that cannot end is found out", async () => {
  const never = task("never", { queue: "nowhere" }, (n: number) => new Promise<number>(() => n));
  await expect(simulate(never, 1, { seed: 1, faults: {}, run: { id: "stuck" } })).rejects.toMatchObject({
    code: "SIMULATION_FAILED",
    seed: 1,
    violations: [expect.stringContaining("stuck goes on: never is running"), expect.any(String)],
  });
});

test.each([
  ["seed", { seed: -1 }],
  ["faults.rain", { faults: { rain: 1 } as never }],
  ["faults.drop", { faults: { drop: 2 } }],
])("%s is checked", async (option, options) => {
  await expect(simulate(double, 1, options)).rejects.toMatchObject({ code: "OPTION_INVALID", option });
});

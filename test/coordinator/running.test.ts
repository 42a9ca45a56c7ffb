import { chain, chord, group, map, mapSettled, task } from "@arpeggio/core";
import { expect, test } from "vitest";
import { World } from "./world.ts";

const add = task("add", (input: { a: number; b: number }): number => input.a + input.b);
const double = task("double", (input: number): number => input * 2);
const sum = task("sum", (input: readonly number[]): number => input.reduce((all, one) => all + one, 0));
const work = (input: unknown, { task: name }: { task: string }): unknown => {
  if (name === "double") return (input as number) * 2;
  if (name === "sum") return (input as number[]).reduce((all, one) => all + one, 0);
  if (name === "add") return (input as { a: number; b: number }).a + (input as { b: number }).b;
  if (name === "fail") throw new Error("boom");
  return input;
};

test("a chain, a chord and a map come to their values, each attempt dispatched once", async () => {
  await using world = await World.open();
  const { it } = await world.coordinator();
  await world.worker(work);
  await world.start("chain", chain(double, double, double), 1);
  await world.start("chord", chord(group([double, double]), sum), 5);
  await world.start("map", chain(map(double), sum), [1, 2, 3]);
  expect(await world.valueOf("chain")).toBe(8);
  expect(await world.valueOf("chord")).toBe(20);
  expect(await world.valueOf("map")).toBe(12);
  expect(world.delivered).toHaveLength(3 + 3 + 4);
  expect(it.stats()).toMatchObject({ dispatches: 10, outcomes: 3, runs: 0, deadLetters: 0, takeovers: 1 });
  expect(world.outcomes.get("map")?.counts).toEqual({ succeeded: 5 });
});

test("inputs that read into values are evaluated, by the worker for tasks and by the coordinator for outputs", async () => {
  await using world = await World.open();
  const { it } = await world.coordinator();
  await world.worker(work);
  const echo = task("echo", (input: { n: number; a: number }) => input);
  await world.start("r", chain(echo, add.s({ b: 4 })).pipe(double), { n: 1, a: 2 });
  expect(await world.valueOf("r")).toBe(12);
  await world.start(
    "s",
    echo.select((out) => out.n),
    { n: 9 },
  );
  expect(await world.valueOf("s")).toBe(9);
  expect(it.stats().evaluations).toBe(1);
});

test("values above the inline limit travel as blobs, lists to be mapped over too", async () => {
  await using world = await World.open({ inlineBytesMax: 1_000 });
  const { it } = await world.coordinator();
  await world.worker((input, attempt) =>
    attempt.task === "list" ? Array.from({ length: 500 }, (_, i) => i) : work(input, attempt),
  );
  const list = task("list", (_input: unknown): number[] => []);
  await world.start("r", chain(list, map(double), sum), 0);
  expect(await world.valueOf("r")).toBe(499 * 500);
  await world.start("s", chain(list, map(double)), 0);
  expect(await world.valueOf("s")).toHaveLength(500);
  // One for each list: nothing but the order to read it goes through the log.
  expect(it.stats().evaluations).toBe(2);
  expect(world.delivered.filter(({ task: name }) => name === "double")).toHaveLength(1_000);
});

test("a settling map tells what became of each item", async () => {
  await using world = await World.open();
  await world.coordinator();
  await world.worker((input) => {
    if (input === 2) throw new TypeError("two");
    return input;
  });
  await world.start("r", mapSettled(double), [1, 2]);
  expect(await world.valueOf("r")).toMatchObject([
    { ok: true, value: 1 },
    { ok: false, error: { code: "TASK_FAILED", message: "two", node: expect.stringMatching(/\[1\]\/double$/) } },
  ]);
});

test("a failed attempt is made again after its delay, by the log's clock", async () => {
  await using world = await World.open();
  const { it } = await world.coordinator();
  const atMs: number[] = [];
  await world.worker((input, { attempt }) => {
    atMs.push(world.clock.now());
    if (attempt < 3) throw new Error("not yet");
    return input;
  });
  const retried = double.with({ retry: { attempts: 3, backoff: "fixed", delay: "10s", jitter: false } });
  await world.start("r", retried, 1);
  expect(await world.valueOf("r")).toBe(1);
  expect(atMs).toHaveLength(3);
  expect((atMs[1] ?? 0) - (atMs[0] ?? 0)).toBeGreaterThanOrEqual(10_000);
  expect((atMs[2] ?? 0) - (atMs[1] ?? 0)).toBeGreaterThanOrEqual(10_000);
  expect(it.stats().timersFired).toBe(2);
});

test("a run that takes too long fails", async () => {
  await using world = await World.open();
  await world.coordinator();
  await world.start("r", double, 1, { timeoutMs: 60_000 });
  await world.until(() => world.outcomes.has("r"), 1_000);
  expect(world.outcomes.get("r")).toMatchObject({
    state: "failed",
    failure: { code: "RUN_TIMED_OUT" },
    counts: { cancelled: 1 },
  });
});

test("cancelling discards what no worker has, tells workers, and only then stores the outcome", async () => {
  await using world = await World.open();
  const { it } = await world.coordinator();
  const told: string[] = [];
  await world.client.bus.subscribe("ctl.abort", () => told.push("abort"));
  await world.client.bucket("results").observe("*.client", () => told.push("outcome"));
  await world.start("r", group([double, double]), 1);
  await world.until(() => it.stats().dispatches === 2);
  await world.append({ type: "run.cancel.requested", run: "r", reason: "not needed" });
  await world.until(() => world.outcomes.has("r"));
  expect(told).toEqual(["abort", "outcome"]);
  await world.worker(work);
  await world.start("next", double, 1);
  expect(await world.valueOf("next")).toBe(2);
  expect(world.delivered.map(({ run }) => run)).toEqual(["next"]);
  expect(world.outcomes.get("r")).toMatchObject({
    state: "cancelled",
    failure: { code: "RUN_CANCELLED", message: "not needed" },
  });
});

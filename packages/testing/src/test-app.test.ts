import { chain, map, PermanentTaskError, signal, task } from "@arpeggio/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunFailedError } from "@arpeggio/client";
import { createTestApp } from "./test-app.ts";
import type { TestApp } from "./test-app.ts";

let app: TestApp;
beforeEach(async () => {
  app = await createTestApp();
});
afterEach(() => app.close());

const HOUR_MS = 3_600_000;

test("retries that wait for hours come at once, each at its time", async () => {
  const times: number[] = [];
  const patient = task(
    "patient",
    { retry: { attempts: 4, delay: "3h", backoff: "fixed", jitter: false } },
    (_: null, { attempt }) => {
      times.push(app.now());
      if (attempt < 4) throw new Error("not yet");
      return attempt;
    },
  );
  const run = await app.run(patient, null);
  expect(await run.result()).toBe(4);
  const waits = times.slice(1).map((atMs, i) => Math.floor((atMs - (times[i] ?? 0)) / HOUR_MS));
  expect(waits).toEqual([3, 3, 3]);
});

test("short waits are skipped as well, and many runs wait side by side", async () => {
  const flaky = task("flaky", { retry: { attempts: 3, delay: "2s" } }, (n: number, { attempt }) => {
    if (attempt < 3) throw new Error("not yet");
    return n;
  });
  const list = task("list", () => [1, 2, 3]);
  const runs = await Promise.all([1, 2].map(() => app.run(chain(list, map(flaky)), undefined)));
  expect(await Promise.all(runs.map((run) => run.result()))).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
});

test("time is not skipped while a handler runs; a test can do it", async () => {
  let onBegin = () => {};
  const began = new Promise<void>((resolve) => (onBegin = resolve));
  const endless = task("endless", { timeout: "10m" }, (_: null, { signal }) => {
    onBegin();
    return new Promise<string>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
  });
  const run = await app.run(endless, null);
  await began;
  app.advance("11m");
  await expect(run.result()).rejects.toMatchObject({ failure: { code: "TASK_TIMED_OUT" } });
});

test("no time is skipped while a question is under way: a run that only waits can be steered", async () => {
  const run = await app.run(signal("go"), undefined);
  for (let i = 0; i < 10; i++) {
    await run.pause();
    await run.resume();
  }
  await run.signal("go", "now");
  await expect(run.result()).resolves.toBe("now");
});

test("a run's timeout is waited for in no time", async () => {
  const flaky = task("flaky", { retry: { attempts: 100, delay: "1d", backoff: "fixed" } }, () => {
    throw new Error("never");
  });
  const run = await app.run(flaky, undefined, { timeout: "12h" });
  await expect(run.result()).rejects.toMatchObject({ failure: { code: "RUN_TIMED_OUT" } });
});

test("a failure is one as in every app", async () => {
  const strict = task("strict", (): number => {
    throw new PermanentTaskError("no");
  });
  const run = await app.run(strict, undefined);
  await expect(run.result()).rejects.toMatchObject({ code: "RUN_FAILED" });
});

/** A run that has failed, with a compensation that never ends, and how often that was begun. */
function undoing() {
  let onBegin = () => {};
  const begun = new Promise<void>((resolve) => (onBegin = resolve));
  const order = task("order", (n: number) => n);
  const refuse = task("refuse", (_n: number): number => {
    throw new PermanentTaskError("refused");
  });
  const hang = task("hang", (_: unknown, { signal }) => {
    onBegin();
    return new Promise<void>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
  });
  return { begun, order, refuse, hang };
}

test("a compensation that hangs holds its run up no longer than it may take", async () => {
  const { begun, order, refuse, hang } = undoing();
  const run = await app.run(chain(order.compensate(hang.with({ within: "10m" })), refuse), 1, { timeout: "1h" });
  await begun;
  app.advance("11m");
  const failure = await run.result().catch((error: unknown) => (error as RunFailedError).failure);
  expect(failure).toMatchObject({ code: "TASK_FAILED" });
  expect((failure as RunFailedError["failure"]).failures.map(({ code }) => code)).toEqual([
    "TASK_FAILED",
    "NODE_TIMED_OUT",
  ]);
});

test("without a limit of its own it holds the run up until somebody cancels that, also beyond the run's timeout", async () => {
  const { begun, order, refuse, hang } = undoing();
  const run = await app.run(chain(order.compensate(hang), refuse), 1, { timeout: "1h" });
  await begun;
  app.advance("2h");
  expect(await run.status()).toMatchObject({ state: "running" });
  expect(await run.cancel("it hangs")).toBe("cancelled");
});

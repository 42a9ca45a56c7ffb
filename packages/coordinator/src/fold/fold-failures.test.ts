import { chain, compile, group, map, mapSettled, MOMENT_MS_MAX } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { countsOf } from "../run/run-state.ts";
import { a, b, c, world } from "../testing/canvas-world.ts";
import { RunWorld } from "../testing/run-world.ts";

describe("a failure", () => {
  test("skips what was not released, stops what is under way, and is the run's", () => {
    const run = world(chain(group([a, b]), c));
    const commands = run.fail(0, 1, { error: { name: "HttpError", message: "503", stack: "at x" } });
    expect(commands.map(({ type }) => type)).toEqual(["abort", "finish"]);
    expect(countsOf(run.run)).toEqual({ failed: 1, cancelled: 1, skipped: 1 });
    expect(run.finish).toMatchObject({
      state: "failed",
      failure: {
        code: "TASK_FAILED",
        message: "node 'a' failed: 503",
        node: "a",
        attempt: 1,
        cause: { name: "HttpError", stack: "at x" },
        failures: [{ code: "TASK_FAILED", node: "a", task: "a", attempt: 1, message: "503" }],
      },
    });
    expect(run.succeed(1, "late")).toEqual([]);
  });

  test("of an item of a settling map is its outcome; the other items go on", () => {
    const run = world(chain(mapSettled(chain(group([a, b]), c)), a), [1, 2]);
    const commands = run.fail(2);
    expect(commands).toEqual([{ type: "abort", nodes: [3], reason: expect.any(String) }]);
    run.succeed(5, "a");
    run.succeed(6, "b");
    run.succeed(7, "c");
    expect(run.dispatched.at(-1)?.input).toEqual([
      {
        ok: false,
        error: expect.objectContaining({ code: "TASK_FAILED", node: expect.stringMatching(/\[0\]\/a$/), attempt: 1 }),
      },
      { ok: true, value: "c" },
    ]);
    expect(run.run.failureCount).toBe(1);
  });

  test("goes up through maps to the first that settles", () => {
    const run = world(chain(mapSettled(map(a)), c), [[1, 2], [3]]);
    const [, second] = run.dispatched;
    run.fail(second?.node ?? -1);
    run.succeed(run.dispatched[2]?.node ?? -1, "three");
    expect(run.dispatched.at(-1)?.input).toMatchObject([
      { ok: false, error: { node: expect.stringMatching(/\[0\]\/map\[1\]\/a$/) } },
      { ok: true, value: ["three"] },
    ]);
  });

  test("keeps no more failures than an outcome may carry", () => {
    const run = world(chain(mapSettled(a), c), new Array(150).fill(0));
    for (let node = 2; node < 152; node++) run.fail(node);
    run.fail(1);
    expect(run.finish?.failure?.failures).toHaveLength(100);
    expect(run.finish?.failure?.failures.filter(({ cause }) => cause !== undefined)).toHaveLength(10);
    expect(run.run.failureCount).toBe(151);
  });
});

describe("a retry", () => {
  const retried = a.with({ retry: { attempts: 3, backoff: "fixed", delay: "1s", jitter: false } });

  test("that is to come after all dates comes at the last of them", () => {
    const run = world(retried);
    const [armed] = run.fail(0, 1, { retryAfterMs: 1e300 });
    expect(armed).toEqual({ type: "arm", timer: "retry:0:1", dueAtMs: MOMENT_MS_MAX });
    expect(new Date(MOMENT_MS_MAX).toISOString()).toMatch(/^\+275760-/);
  });

  test("waits for its timer, and what the given-up attempt still reports changes nothing", () => {
    const run = world(retried);
    expect(run.fail(0)).toEqual([{ type: "arm", timer: "retry:0:1", dueAtMs: 2_000 }]);
    expect(run.succeed(0, "late", 1)).toEqual([]);
    expect(run.fireTimer()).toEqual([{ type: "dispatch", node: 0, attempt: 2 }]);
    expect(run.succeed(0, "late", 1)).toEqual([]);
    expect(run.fold({ type: "timer.fired", run: "r1", timer: "retry:0:1" })).toEqual([]);
    run.fail(0, 2);
    run.fireTimer();
    run.fail(0, 3);
    expect(run.finish?.failure).toMatchObject({ attempt: 3, message: "node 'a' failed in attempt 3: boom" });
  });

  test("that waits when its run ends leaves no timer behind", () => {
    const run = world(group([retried, b]));
    run.fail(0);
    run.fail(1);
    expect(run.run.timers).toBeUndefined();
    expect(countsOf(run.run)).toEqual({ cancelled: 1, failed: 1 });
  });
});

describe("the end of a run from outside", () => {
  test("cancelling ends it at once, and late reports change nothing", () => {
    const run = world(chain(a, b));
    expect(run.cancel("not needed").map(({ type }) => type)).toEqual(["abort", "finish"]);
    expect(run.finish).toMatchObject({ state: "cancelled", failure: { code: "RUN_CANCELLED", message: "not needed" } });
    expect(countsOf(run.run)).toEqual({ cancelled: 2 });
    expect(run.succeed(0, "late")).toEqual([]);
    expect(run.cancel()).toEqual([]);
  });

  test("its time limit counts from when its start was stored", () => {
    const run = new RunWorld(compile(a).graph, 1, { timeoutMs: 5_000 });
    expect(run.timers).toEqual([{ type: "arm", timer: "timeout", dueAtMs: 6_000 }]);
    run.fireTimer();
    expect(run.finish).toMatchObject({ state: "failed", failure: { code: "RUN_TIMED_OUT" } });
  });
});

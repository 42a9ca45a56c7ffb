import type { NodeTiming, ScopeNode } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { RunWorld } from "../testing/run-world.ts";
import { graphWith, step, steps } from "../testing/small-graphs.ts";

const timed = (timing: NodeTiming) => new RunWorld(graphWith([step("a", [], { timing }), step("b", ["a"])]), 1);
const part = (more: Partial<ScopeNode>): RunWorld =>
  new RunWorld(
    graphWith([{ kind: "scope", id: "part", needs: [], input: { ref: "$in" }, body: steps("a", "b"), ...more }]),
    1,
  );

describe("a node", () => {
  test.each([
    ["a delay", { delayMs: 500 }, 1_500],
    ["a moment", { atMs: 3_000 }, 3_000],
  ])("with %s begins then, as its first attempt", (_what, timing, atMs) => {
    const run = timed(timing);
    expect(run.dispatched).toEqual([]);
    run.restart();
    run.fireTimer();
    expect(run.nowMs).toBe(atMs);
    expect(run.dispatched).toMatchObject([{ path: "a", attempt: 1 }]);
  });

  test("whose moment is past, or whose delay is none, begins at once", () => {
    expect(timed({ atMs: 10, delayMs: 0 }).dispatched).toHaveLength(1);
  });

  test("that has not begun in time fails, and its attempt is taken back", () => {
    const run = timed({ expiresMs: 100 });
    run.fireTimer();
    expect(run.finish).toMatchObject({ failure: { code: "NODE_EXPIRED", node: "a" } });
    expect(run.commands.at(-1)?.map(({ type }) => type)).toEqual(["abort", "finish"]);
  });

  test("that has begun in time does not expire, and neither does its second attempt", () => {
    const run = timed({ expiresMs: 100 });
    run.fold({ type: "attempt.started", run: "r1", node: 0, attempt: 1, worker: "w" });
    run.fireTimer();
    expect(run.finish).toBeUndefined();
  });

  test("that has not ended in time fails, all its attempts together", () => {
    const retry = { attempts: 9, backoff: "fixed", delayMs: 60, jitter: false } as const;
    const run = new RunWorld(graphWith([step("a", [], { timing: { withinMs: 100 }, options: { retry } })]), 1);
    run.fail(0);
    run.fireTimer();
    run.nowMs += 10;
    run.fail(0, 2);
    run.fireTimer();
    expect(run.finish).toMatchObject({ failure: { code: "NODE_TIMED_OUT", node: "a", attempt: 2 } });
    expect(run.run.timers).toBeUndefined();
  });
});

describe("a scope", () => {
  test("waits as a whole, and is timed as a whole", () => {
    const run = part({ timing: { delayMs: 10, withinMs: 50 } });
    expect(run.dispatched).toEqual([]);
    run.fireTimer();
    run.done("part/a", 1);
    run.fireTimer();
    expect(run.finish).toMatchObject({ failure: { code: "NODE_TIMED_OUT", node: "part" } });
  });

  test("expires if nothing in it has begun", () => {
    const run = part({ timing: { expiresMs: 50 } });
    run.fireTimer();
    expect(run.finish).toMatchObject({ failure: { code: "NODE_EXPIRED", node: "part" } });
    const other = part({ timing: { expiresMs: 50 } });
    other.done("part/a", 1);
    other.fireTimer();
    expect(other.finish).toBeUndefined();
  });

  test("without nodes is a sleep", () => {
    const run = part({ timing: { delayMs: 10 }, body: { nodes: [], output: { ref: "$in" } } });
    expect(run.finish).toBeUndefined();
    run.fireTimer();
    expect(run.value).toBe(1);
  });
});

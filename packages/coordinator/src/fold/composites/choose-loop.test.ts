import type { ChooseNode, Expr, LoopNode } from "@arpeggio/core";
import { encodePayload } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { RunWorld } from "../../testing/run-world.ts";
import { graphWith, step, steps } from "../../testing/small-graphs.ts";

const chosen = (on: Expr, input: unknown, more: Partial<ChooseNode> = {}): RunWorld => {
  const cases = { jpg: steps("a"), true: steps("b"), 7: steps("c"), null: steps("d") };
  const node: ChooseNode = { kind: "choose", id: "pick", needs: [], input: { ref: "$in" }, on, cases, ...more };
  return new RunWorld(graphWith([node]), input);
};

describe("a choice", () => {
  test.each([
    ["jpg", "pick.jpg/a"],
    [true, "pick.true/b"],
    [7, "pick.7/c"],
    [null, "pick.null/d"],
  ])("by %j runs the case of that name", (value, path) => {
    const run = chosen({ const: value }, "in");
    expect(run.dispatched).toMatchObject([{ path, input: "in" }]);
    run.done(path, "done");
    expect(run.value).toBe("done");
  });

  test("by a part of a value asks for it", () => {
    const run = chosen({ ref: "$in", path: ["type"] }, { type: "jpg" });
    expect(run.evaluations).toEqual(["on:0"]);
    run.evaluate();
    expect(run.dispatched).toMatchObject([{ path: "pick.jpg/a", input: { type: "jpg" } }]);
  });

  test("runs what is for all others", () => {
    const run = chosen({ const: "png" }, 1, { otherwise: steps("z") });
    expect(run.dispatched).toMatchObject([{ path: "pick!otherwise/z" }]);
  });

  test.each([["png"], [{ no: "name" }]])("without a case for %j fails", (value) => {
    expect(chosen({ const: value }, 1).finish).toMatchObject({ failure: { code: "CASE_MISSING", node: "pick" } });
  });
});

test("a bigint means the case of its digits, and one of very many digits none", () => {
  const on = (value: bigint) => chosen({ ref: "$in" }, value);
  expect(on(7n).dispatched).toMatchObject([{ path: "pick.7/c" }]);
  expect(on(2n ** 5_000n).finish).toMatchObject({ failure: { code: "CASE_MISSING", node: "pick" } });
});

describe("a loop", () => {
  const until: Expr = { op: "ge", args: [{ ref: "$in" }, { const: 3 }] };
  const loop = (more: Partial<LoopNode> = {}): RunWorld => {
    const node: LoopNode = {
      kind: "loop",
      id: "loop",
      needs: [],
      input: { ref: "$in" },
      body: steps("a"),
      until,
      max: 3,
      ...more,
    };
    return new RunWorld(graphWith([node]), 0);
  };
  const round = (run: RunWorld, i: number, value: unknown) => {
    run.done(`loop[${i}]/a`, value);
    run.evaluate();
  };

  test("runs its body with the last result until that is enough", () => {
    const run = loop();
    round(run, 0, 1);
    run.restart();
    expect(run.attemptAt("loop[1]/a").input).toBe(1);
    round(run, 1, 3);
    expect(run.value).toBe(3);
  });

  test("waits between its rounds", () => {
    const run = loop({ everyMs: 500 });
    round(run, 0, 1);
    expect(run.timers).toMatchObject([{ timer: "round:0", dueAtMs: run.nowMs + 500 }]);
    run.fireTimer();
    expect(run.attemptAt("loop[1]/a").input).toBe(1);
  });

  test("is not ended by an answer or a timer of the round before", () => {
    const run = loop({ everyMs: 500 });
    round(run, 0, 1);
    const fired = (timer: string) => run.fold({ type: "timer.fired", run: "r1", timer });
    const evaluated = (target: string, value: boolean) =>
      run.fold({ type: "expression.evaluated", run: "r1", target, value: encodePayload(value) });
    expect(fired("round:0:2")).toEqual([]);
    expect(fired("round:0:1")).toHaveLength(1);
    run.done("loop[1]/a", 3);
    expect(evaluated("until:0:1", false)).toEqual([]);
    expect(evaluated("until:0:2", true)).not.toEqual([]);
    expect(run.value).toBe(3);
  });

  test("fails when it has run too often", () => {
    const run = loop({ max: 2 });
    round(run, 0, 1);
    round(run, 1, 2);
    expect(run.finish).toMatchObject({ state: "failed", failure: { code: "LOOP_MAX_REACHED", node: "loop" } });
  });

  test("goes on where what would end it is missing", () => {
    const run = loop({ until: { ref: "$in", path: ["done"] } });
    round(run, 0, {});
    round(run, 1, { done: null });
    round(run, 2, { done: true });
    expect(run.value).toEqual({ done: true });
  });

  test("fails when its end is neither true nor false", () => {
    const run = loop({ until: { const: 1 } });
    run.done("loop[0]/a", 1);
    expect(run.finish).toMatchObject({ failure: { code: "EXPRESSION_FAILED", node: "loop" } });
  });

  test("fails with its body", () => {
    const run = loop();
    run.broken("loop[0]/a");
    expect(run.finish).toMatchObject({ failure: { node: "loop[0]/a" } });
  });
});

test("a map with a bound has no more than that under way, and begins one for each that ends", () => {
  const node = { kind: "map", id: "map", needs: [], over: { ref: "$in" }, body: steps("a"), concurrency: 2 } as const;
  const run = new RunWorld(graphWith([node, step("z", ["map"])]), [1, 2, 3, 4]);
  expect(run.dispatched.map(({ input }) => input)).toEqual([1, 2]);
  run.done("map[1]/a", "b");
  run.restart();
  expect(run.dispatched.map(({ input }) => input)).toEqual([1, 2, 3]);
  for (const [i, value] of ["a", "", "c"].entries()) if (value !== "") run.done(`map[${i}]/a`, value);
  run.done("map[3]/a", "d");
  expect(run.attemptAt("z").input).toEqual(["a", "b", "c", "d"]);
});

test("a settling map fails when more of its items have failed than may", () => {
  const over: Expr = { ref: "$in" };
  const node = { kind: "map", id: "map", needs: [], over, body: steps("a"), settle: true, maxFailures: { count: 1 } };
  const run = new RunWorld(graphWith([node as never]), [1, 2, 3]);
  run.broken("map[0]/a");
  run.restart();
  expect(run.finish).toBeUndefined();
  run.broken("map[2]/a");
  expect(run.finish).toMatchObject({ state: "failed", failure: { code: "TOO_MANY_FAILURES", node: "map" } });
});

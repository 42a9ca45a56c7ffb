import {
  chain,
  chord,
  compile,
  encodeBlobReference,
  encodePayload,
  group,
  map,
  mapSettled,
  MOMENT_MS_MAX,
  task,
} from "@arpeggio/core";
import type { AnyCanvas, Graph, GraphNode, WorkflowGraph } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { RUN_NODES_MAX } from "../run/run-limits.ts";
import { countsOf, resultOf } from "../run/run-state.ts";
import { RunWorld } from "../testing/run-world.ts";

const a = task("a", (input: unknown): unknown => input);
const b = task("b", (input: unknown): unknown => input);
const c = task("c", (input: unknown): unknown => input);
const list = task("list", (_input: unknown): unknown[] => []);

const world = (canvas: AnyCanvas, input: unknown = 1) => new RunWorld(compile(canvas).graph, input);
const paths = (run: RunWorld) => run.dispatched.map(({ path }) => path);

describe("a chain and a chord", () => {
  test("start each step with the result of the one before", () => {
    const run = world(chain(a, b, c));
    expect(paths(run)).toEqual(["a"]);
    run.succeed(0, "from a");
    expect(run.dispatched[1]).toMatchObject({ path: "b", input: "from a" });
    run.succeed(1, "from b");
    run.succeed(2, "from c");
    expect(run.value).toBe("from c");
    expect(run.finish?.state).toBe("succeeded");
  });

  test("start a body once, with the header's results in member order, however often and in whatever order they come", () => {
    const run = world(chord(group([a, b, a]), c));
    run.succeed(2, "third");
    run.succeed(2, "third again");
    run.succeed(0, "first");
    run.succeed(0, "first again");
    expect(paths(run)).toHaveLength(3);
    run.succeed(1, "second");
    expect(run.dispatched.slice(3)).toMatchObject([{ path: "c", input: ["first", "second", "third"] }]);
  });

  test("let a result go when its last reader has ended", () => {
    const run = world(chain(a, group([b, c]), a));
    run.succeed(0, "read twice");
    run.succeed(1, 1);
    expect(resultOf(run.run, 0)).toBeDefined();
    run.succeed(2, 2);
    expect(resultOf(run.run, 0)).toBeUndefined();
  });
});

describe("a map", () => {
  const mapped = chain(list, map(chain(a, b)), c);

  test("runs its body for each item and keeps the order of the list", () => {
    const run = world(mapped);
    run.succeed(0, ["x", "y"]);
    expect(run.dispatched.slice(1)).toMatchObject([
      { path: "map[0]/a", input: "x" },
      { path: "map[1]/a", input: "y" },
    ]);
    run.succeed(5, "a of y");
    run.succeed(6, "b of y");
    run.succeed(3, "a of x");
    expect(paths(run)).not.toContain("c");
    run.succeed(4, "b of x");
    expect(run.dispatched.at(-1)).toMatchObject({ path: "c", input: ["b of x", "b of y"] });
  });

  test("over nothing yields nothing and runs nothing", () => {
    const run = world(mapped);
    run.succeed(0, []);
    expect(run.dispatched.slice(1)).toMatchObject([{ path: "c", input: [] }]);
  });

  test("over what is no list fails with the place", () => {
    const run = world(mapped);
    run.succeed(0, { not: "a list" });
    expect(run.finish).toMatchObject({
      state: "failed",
      failure: { code: "MAP_OVER_NOT_A_LIST", node: "map", failures: [{ node: "map", code: "MAP_OVER_NOT_A_LIST" }] },
    });
  });

  test("asks for a list that lies in the blob store, and for nothing else", () => {
    const run = world(mapped);
    const result = encodeBlobReference({ key: "k", bytes: 9_000_000, items: 2 });
    run.fold({ type: "attempt.succeeded", run: "r1", node: 0, attempt: 1, result });
    expect(run.evaluations).toEqual(["over:1"]);
    const value = encodePayload(["x", "y"]);
    run.fold({ type: "expression.evaluated", run: "r1", target: "over:1", value });
    expect(run.dispatched.slice(1).map(({ input }) => input)).toEqual(["x", "y"]);
  });

  test("that fails takes back what the same event has released", () => {
    const run = world(chain(list, group([a, map(b)])));
    const commands = run.succeed(0, "no list");
    expect(commands.map(({ type }) => type)).toEqual(["finish"]);
    expect(paths(run)).toEqual(["list"]);
    expect(countsOf(run.run)).toEqual({ succeeded: 1, cancelled: 1, failed: 1 });
  });

  test("that would make the run larger than a run may be fails", () => {
    const body: Graph = {
      nodes: Array.from({ length: 6_000 }, (_, i): GraphNode => {
        return { id: `n${i}`, kind: "task", task: "a", needs: [], input: { ref: "$in" } };
      }),
      output: { const: null },
    };
    const nodes: GraphNode[] = [{ id: "map", kind: "map", needs: [], over: { ref: "$in" }, body }];
    const run = new RunWorld(
      { canvas: 1, name: "wide", nodes, output: { ref: "map" } },
      new Array(RUN_NODES_MAX / 5_000).fill(0),
    );
    expect(run.finish?.failure?.code).toBe("RUN_TOO_LARGE");
    expect(run.dispatched).toEqual([]);
  });
});

describe("what needs no task ends at once", () => {
  test.each([
    [group([]), []],
    [chain(group([]), group([])), []],
    [map(group([a, b])), []],
  ])("%#", (canvas, expected) => {
    const run = world(canvas, []);
    expect(run.value).toEqual(expected);
    expect(run.dispatched).toEqual([]);
  });

  test("ten thousand maps over nothing in a row, without recursion", () => {
    const nodes = Array.from({ length: 10_000 }, (_, i): GraphNode => {
      const needs = i === 0 ? [] : [`m${i - 1}`];
      return { id: `m${i}`, kind: "map", needs, over: { const: [] }, body: { nodes: [], output: { ref: "$in" } } };
    });
    const run = new RunWorld({ canvas: 1, name: "long", nodes, output: { ref: "m9999" } }, 0);
    expect(run.value).toEqual([]);
  });

  test("five hundred maps in each other, to the bottom and back", () => {
    let body: Graph = {
      nodes: [{ id: "a", kind: "task", task: "a", needs: [], input: { ref: "$in" } }],
      output: { ref: "a" },
    };
    for (let i = 0; i < 500; i++) {
      body = {
        nodes: [{ id: "m", kind: "map", needs: [], over: { array: [{ ref: "$in" }] }, body }],
        output: { ref: "m" },
      };
    }
    const graph: WorkflowGraph = { canvas: 1, name: "deep", ...body };
    const ended = new RunWorld(graph, "x");
    expect(ended.dispatched).toMatchObject([{ path: `${"m[0]/".repeat(500)}a`, input: "x" }]);
    ended.succeed(500, "bottom");
    expect(ended.finish?.state).toBe("succeeded");

    const failed = new RunWorld(graph, "x");
    failed.fail(500);
    expect(failed.finish?.failure?.node).toBe(`${"m[0]/".repeat(500)}a`);
    expect(countsOf(failed.run)).toEqual({ failed: 501 });
    const cancelled = new RunWorld(graph, "x");
    cancelled.cancel();
    expect(countsOf(cancelled.run)).toEqual({ cancelled: 501 });
  });
});

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

describe("what does not belong to the run", () => {
  test.each([
    ["a node that it does not have", 7, 1],
    ["a node number that is none", 0.5, 1],
    ["an attempt that was not made", 0, 2],
    ["a map, as if it were a task", 1, 1],
  ])("changes nothing: %s", (_what, node, attempt) => {
    const run = world(group([a, map(b)]), [1]);
    const before = countsOf(run.run);
    expect(run.succeed(node, "x", attempt)).toEqual([]);
    expect(run.fail(node, attempt)).toEqual([]);
    expect(countsOf(run.run)).toEqual(before);
  });

  test("a start that comes again changes nothing", () => {
    const run = world(a);
    const first = run.log[0];
    if (first === undefined) throw new Error("no start");
    expect(run.fold(first.event)).toEqual([]);
  });
});

describe("an expression that bytes do not answer", () => {
  const output = (path: string): WorkflowGraph => ({
    canvas: 1,
    name: "picked",
    nodes: [{ id: "a", kind: "task", task: "a", needs: [], input: { ref: "$in" } }],
    output: { ref: "a", path: [path] },
  });

  test("is asked for, and ends the run with its value", () => {
    const run = new RunWorld(output("x"), 1);
    expect(run.succeed(0, { x: 5 })).toEqual([{ type: "evaluate", target: "output:0:0" }]);
    run.evaluate();
    expect(run.value).toBe(5);
  });

  test("fails the run where it fails", () => {
    const run = new RunWorld(output("x"), 1);
    run.succeed(0, 5);
    const error = { name: "ExpressionFailedError", message: "'a' is a number", code: "EXPRESSION_FAILED" };
    run.fold({ type: "expression.evaluated", run: "r1", target: "output:0:0", error });
    expect(run.finish).toMatchObject({
      state: "failed",
      failure: { code: "EXPRESSION_FAILED", node: "output", cause: error },
    });
  });

  test("that nobody waits for changes nothing", () => {
    const run = new RunWorld(output("x"), 1);
    const value = encodePayload(1);
    for (const target of ["output:0:0", "over:0", "over:", "nonsense", "output:9:9"]) {
      expect(run.fold({ type: "expression.evaluated", run: "r1", target, value })).toEqual([]);
    }
  });
});

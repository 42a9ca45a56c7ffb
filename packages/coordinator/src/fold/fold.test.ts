import { chain, chord, encodeBlobReference, encodePayload, group, map } from "@arpeggio/core";
import type { Graph, GraphNode, WorkflowGraph } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { RUN_NODES_MAX } from "../run/run-limits.ts";
import { countsOf, resultOf } from "../run/run-state.ts";
import { a, b, c, list, paths, world } from "../testing/canvas-world.ts";
import { RunWorld } from "../testing/run-world.ts";

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

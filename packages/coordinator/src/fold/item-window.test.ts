import { chain, compile, map, task, workflow } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { RunWorld } from "../testing/run-world.ts";

const one = task("one", async (n: number) => n);
const wide = compile(workflow("wide", map(one))).graph;
const inMaps = compile(workflow("in-maps", map(map(one)))).graph;
const limits = { inFlightMax: 3, packedFrom: 4 };

describe("a map that is wider than what may be under way", () => {
  test("begins one item for each that ends, in the order of the list", () => {
    const world = new RunWorld(wide, [10, 11, 12, 13, 14], {}, limits);
    expect(world.dispatched.map(({ input }) => input)).toEqual([10, 11, 12]);
    world.succeed(2, "b");
    expect(world.dispatched.map(({ input }) => input)).toEqual([10, 11, 12, 13]);
    world.succeed(2, "b again");
    expect(world.dispatched).toHaveLength(4);
    for (const node of [1, 3, 4, 5]) world.succeed(node, `n${node}`);
    expect(world.value).toEqual(["n1", "b", "n3", "n4", "n5"]);
  });

  test("an attempt that waits for its retry keeps its place", () => {
    const retry = { defaults: { retry: { attempts: 2, backoff: "fixed", delayMs: 10 } } } as const;
    const world = new RunWorld(wide, [1, 2, 3, 4], retry, limits);
    world.fail(1);
    expect(world.dispatched).toHaveLength(3);
    world.fireTimer();
    world.succeed(1, 1, 2);
    expect(world.dispatched.map(({ node, attempt }) => [node, attempt])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [1, 2],
      [4, 1],
    ]);
  });

  test("fails with its first item: what has not begun is skipped and nothing more starts", () => {
    const world = new RunWorld(wide, [1, 2, 3, 4, 5], {}, limits);
    world.fail(1);
    expect(world.finish?.state).toBe("failed");
    expect(world.dispatched).toHaveLength(3);
  });

  test("maps in maps: never more under way than that, and the map that opened last goes on first", () => {
    const input = [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ];
    const world = new RunWorld(inMaps, input, {}, limits);
    const done = new Set<number>();
    while (world.finish === undefined) {
      const open = world.dispatched.filter(({ node }) => !done.has(node));
      expect(open.length).toBeLessThanOrEqual(3);
      const next = open[0];
      if (next === undefined) throw new Error("nothing is under way");
      done.add(next.node);
      world.succeed(next.node, (next.input as number) * 10);
    }
    expect(world.value).toEqual([
      [10, 20, 30, 40],
      [50, 60, 70, 80],
    ]);
    expect(world.dispatched.map(({ input: item }) => item)).toEqual([1, 2, 3, 5, 6, 7, 8, 4]);
  });

  test("the list that it came to is mapped over again without a copy", () => {
    const twice = compile(workflow("twice", chain(map(one), map(one)))).graph;
    const world = new RunWorld(twice, [1, 2, 3, 4, 5], {}, limits);
    for (let at = 0; at < world.dispatched.length; at++) {
      const attempt = world.dispatched[at];
      if (attempt !== undefined) world.succeed(attempt.node, (attempt.input as number) + 1);
      world.restart();
    }
    expect(world.value).toEqual([3, 4, 5, 6, 7]);
  });
});

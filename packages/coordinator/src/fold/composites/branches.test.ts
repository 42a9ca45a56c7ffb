import type { BranchesNode, ScopeNode } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { countsOf } from "../../run/run-state.ts";
import { RunWorld } from "../../testing/run-world.ts";
import { graphWith, levelOf, step, steps } from "../../testing/small-graphs.ts";

const branches = (until: BranchesNode["until"], more: Partial<BranchesNode> = {}): RunWorld => {
  const node: BranchesNode = {
    kind: "branches",
    id: "any",
    needs: [],
    input: { ref: "$in" },
    branches: [steps("a"), steps("b"), steps("c")],
    until,
    ...more,
  };
  return new RunWorld(graphWith([node, step("z", ["any"])]), "in");
};
const aborts = (run: RunWorld) =>
  run.commands.flat().flatMap((command) => (command.type === "abort" ? [command.nodes] : []));

describe("branches until one has ended", () => {
  test("have the result of the first; the others are cancelled and told to stop", () => {
    const run = branches("ended");
    expect(run.dispatched.map(({ path, input }) => [path, input])).toEqual([
      ["any[0]/a", "in"],
      ["any[1]/b", "in"],
      ["any[2]/c", "in"],
    ]);
    run.done("any[1]/b", "b");
    expect(run.attemptAt("z").input).toBe("b");
    expect(aborts(run)).toEqual([[2, 4]]);
    expect(countsOf(run.run)).toMatchObject({ cancelled: 2 });
  });

  test("fail with the first", () => {
    const run = branches("ended");
    run.broken("any[2]/c");
    expect(run.finish).toMatchObject({ state: "failed", failure: { node: "any[2]/c" } });
  });
});

describe("branches until one has succeeded", () => {
  test("pass over failures", () => {
    const run = branches("succeeded", { keys: ["x", "y", "z"] });
    run.broken("any.x/a");
    run.restart();
    run.done("any.z/c", "c");
    expect(run.attemptAt("z").input).toBe("c");
  });

  test("fail when all have, with all failures", () => {
    const run = branches("succeeded");
    for (const path of ["any[0]/a", "any[2]/c", "any[1]/b"]) run.broken(path);
    expect(run.finish).toMatchObject({ state: "failed", failure: { code: "ALL_BRANCHES_FAILED", node: "any" } });
    expect(run.finish?.failure?.failures.map(({ node }) => node)).toEqual(["any[0]/a", "any[2]/c", "any[1]/b", "any"]);
  });

  test("undo what a branch has done that is cut off, before the result counts", () => {
    const bought: ScopeNode = {
      kind: "scope",
      id: "bought",
      needs: [],
      input: { ref: "$in" },
      body: steps("buy"),
      undo: steps("return"),
    };
    const run = branches("succeeded", { branches: [levelOf([bought, step("a", ["bought"])]), steps("b")] });
    run.done("any[0]/bought/buy", "it");
    run.done("any[1]/b", "b");
    expect(run.dispatched.map(({ path }) => path)).not.toContain("z");
    run.done("any[0]/bought!undo/return", null);
    expect(run.attemptAt("z").input).toBe("b");
  });
});

describe("branches until a quorum has succeeded", () => {
  test("have the values in the order of the branches", () => {
    const run = branches("quorum", { count: 2 });
    run.done("any[2]/c", "c");
    run.done("any[0]/a", "a");
    expect(run.attemptAt("z").input).toEqual(["a", "c"]);
    expect(aborts(run)).toEqual([[3]]);
  });

  test("fail as soon as too many have failed", () => {
    const run = branches("quorum", { count: 2 });
    run.broken("any[2]/c");
    run.broken("any[0]/a");
    expect(run.finish).toMatchObject({ state: "failed", failure: { code: "QUORUM_NOT_REACHED", node: "any" } });
  });

  test("of none are done at once", () => {
    expect(branches("quorum", { count: 0 }).attemptAt("z").input).toEqual([]);
  });
});

describe("branches until all have ended", () => {
  test("have the outcomes, as a list or under the keys", () => {
    const run = branches("all", { branches: [steps("a"), steps("b")], keys: ["x", "y"] });
    run.broken("any.y/b");
    run.done("any.x/a", 1);
    expect(run.attemptAt("z").input).toMatchObject({
      x: { ok: true, value: 1 },
      y: { ok: false, error: { node: "any.y/b" } },
    });
    expect(branches("all", { branches: [] }).attemptAt("z").input).toEqual([]);
  });

  test.each([
    ["a number", { count: 1 }],
    ["a share", { share: 0.34 }],
  ])("fail when more than %s have failed", (_what, maxFailures) => {
    const run = branches("all", { maxFailures });
    run.broken("any[0]/a");
    expect(run.finish).toBeUndefined();
    run.broken("any[1]/b");
    expect(run.finish).toMatchObject({ state: "failed", failure: { code: "TOO_MANY_FAILURES", node: "any" } });
  });
});

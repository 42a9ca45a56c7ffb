import type { ReplayedNode } from "@arpeggio/coordinator";
import { describe, expect, test } from "vitest";
import { RunAgain } from "./run-again.ts";
import type { PlacedRun } from "./run-again.ts";

type Kind = ReplayedNode["kind"];

/** Nodes by their paths: what each lies in, and what it needs. */
const NODES: readonly (readonly [path: string, kind: Kind, places: readonly string[], needs: readonly string[]])[] = [
  ["first", "task", [], []],
  ["map", "map", [], ["first"]],
  ["map[0]/a", "task", ["map", "map[0]"], []],
  ["map[0]/b", "task", ["map", "map[0]"], ["map[0]/a"]],
  ["map[1]/a", "task", ["map", "map[1]"], []],
  ["map[1]/b", "task", ["map", "map[1]"], ["map[1]/a"]],
  ["beside", "task", [], ["first"]],
  ["loop", "loop", [], ["beside"]],
  ["loop[0]/a", "task", ["loop", "loop[0]"], []],
  ["loop[1]/a", "task", ["loop", "loop[1]"], []],
  ["loop[2]/a", "task", ["loop", "loop[2]"], []],
  ["scope", "scope", [], ["map", "loop"]],
  ["scope/a", "task", ["scope"], []],
  ["scope!finally/a", "task", ["scope", "scope!finally"], []],
  ["last", "task", [], ["scope"]],
];

const run: PlacedRun = {
  nodes: () => NODES.map(([path, kind]) => ({ path, kind, state: "succeeded", attempt: 1 })),
  placesOf: (node) => [...(NODES[node]?.[2] ?? []), NODES[node]?.[0] ?? ""],
  needsOf: (node) => (NODES[node]?.[3] ?? []).map((need) => NODES.findIndex(([path]) => path === need)),
};

const againFrom = (from: string): readonly string[] => {
  const again = new RunAgain(run, from);
  return NODES.filter((_, node) => again.has(run.placesOf(node))).map(([path]) => path);
};

describe("what runs again from a place on", () => {
  test.each([
    ["last", ["last"]],
    ["scope", ["scope", "scope/a", "scope!finally/a", "last"]],
    ["scope/a", ["scope", "scope/a", "scope!finally/a", "last"]],
    ["map[1]/a", ["map", "map[1]/a", "map[1]/b", "scope", "scope/a", "scope!finally/a", "last"]],
    ["map[1]", ["map", "map[1]/a", "map[1]/b", "scope", "scope/a", "scope!finally/a", "last"]],
    ["loop[1]/a", ["loop", "loop[1]/a", "loop[2]/a", "scope", "scope/a", "scope!finally/a", "last"]],
    ["first", NODES.map(([path]) => path)],
    ["nothing", []],
  ])("%s", (from, expected) => {
    expect(againFrom(from)).toEqual(expected);
  });

  test("an item or a round is what it is called", () => {
    const again = new RunAgain(run, "loop[1]/a");
    expect(again.has(["loop", "loop[2]"])).toBe(true);
    expect(again.has(["loop", "loop[1]"])).toBe(true);
    expect(again.has(["loop", "loop[0]"])).toBe(false);
    expect(new RunAgain(run, "map[0]/a").has(["map", "map[1]"])).toBe(false);
  });
});

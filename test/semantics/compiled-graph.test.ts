import fc from "fast-check";
import { expect, test } from "vitest";
import { assertGraph, compile, graphHash, levelsOf } from "@arpeggio/core";
import type { Graph } from "@arpeggio/core";
import { anyCanvas, anyInput } from "@arpeggio/testing";
import { unlike } from "./ends.ts";
import { interpreted } from "./graph-interpreter.ts";

const seen = { failed: 0, succeeded: 0 };
const kinds = new Set<string>();

function note(level: Graph): void {
  for (const node of level.nodes) {
    kinds.add(node.kind);
    for (const [, inner] of levelsOf(node)) note(inner);
  }
}

test("a compiled graph is valid and means what its canvas means", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(anyCanvas, anyInput, async ({ canvas, meaning }, input) => {
      const { graph, tasks, hash } = compile(canvas);
      assertGraph(graph);
      expect(graphHash(graph)).toBe(hash);

      const end = await interpreted(graph, input, tasks);
      expect(unlike(meaning(input), end)).toBeUndefined();

      seen["failed" in end ? "failed" : "succeeded"]++;
      note(graph);
    }),
    { numRuns: 600 },
  );
  // The law would hold of nothing if the canvases were all alike.
  expect(seen.failed).toBeGreaterThan(10);
  expect(seen.succeeded).toBeGreaterThan(100);
  expect([...kinds].toSorted()).toEqual(["branches", "choose", "loop", "map", "scope", "task"]);
});

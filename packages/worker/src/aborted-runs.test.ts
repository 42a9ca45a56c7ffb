import { expect, test } from "vitest";
import { AbortedRuns } from "./aborted-runs.ts";

test("a notice with nodes is for these only, one without is for the whole run", () => {
  const aborted = new AbortedRuns(() => 0);
  aborted.note({ run: "r", nodes: [1, 2], reason: "failed elsewhere" });
  aborted.note({ run: "r", nodes: [5], reason: "failed elsewhere" });
  expect([0, 1, 2, 5].map((node) => aborted.has("r", node))).toEqual([false, true, true, true]);
  aborted.note({ run: "r", reason: "cancelled" });
  aborted.note({ run: "r", nodes: [7], reason: "late" });
  expect(aborted.has("r", 0)).toBe(true);
  expect(aborted.has("other", 0)).toBe(false);
});

test("what is taken back counts no more, and what comes later does", () => {
  const aborted = new AbortedRuns(() => 0);
  aborted.note({ run: "whole", reason: "cancelled" });
  aborted.note({ run: "nodes", nodes: [1], reason: "failed elsewhere" });
  aborted.note({ run: "other", reason: "cancelled" });
  for (const run of ["whole", "nodes"]) aborted.note({ run, nodes: [], reason: "lost", isTakenBack: true });
  expect(["whole", "nodes", "other"].map((run) => aborted.has(run, 1))).toEqual([false, false, true]);
  aborted.note({ run: "nodes", nodes: [1], reason: "failed elsewhere" });
  expect(aborted.has("nodes", 1)).toBe(true);
});

test("notices are forgotten after ten minutes", () => {
  let nowMs = 0;
  const aborted = new AbortedRuns(() => nowMs);
  aborted.note({ run: "old", reason: "cancelled" });
  nowMs = 10 * 60_000 + 1;
  aborted.note({ run: "new", reason: "cancelled" });
  expect(aborted.has("old", 0)).toBe(false);
  expect(aborted.has("new", 0)).toBe(true);
});

test("of many nodes, those of the oldest notices are forgotten, even if it is one run's", () => {
  const aborted = new AbortedRuns(() => 0);
  const nodes = (from: number) => Array.from({ length: 100_000 }, (_, i) => from + i);
  const reason = "failed elsewhere";
  aborted.note({ run: "a", nodes: nodes(0), reason });
  aborted.note({ run: "b", nodes: nodes(0), reason });
  aborted.note({ run: "a", nodes: nodes(0), reason });
  expect([aborted.has("a", 5), aborted.has("b", 5)]).toEqual([true, true]);
  aborted.note({ run: "c", nodes: [1], reason });
  expect([aborted.has("a", 5), aborted.has("b", 5), aborted.has("c", 1)]).toEqual([true, false, true]);
  aborted.note({ run: "a", nodes: nodes(100_000), reason });
  aborted.note({ run: "a", nodes: [300_000], reason });
  expect([aborted.has("a", 5), aborted.has("a", 300_000)]).toEqual([false, false]);
  aborted.note({ run: "a", nodes: [7], reason });
  expect(aborted.has("a", 7)).toBe(true);
});

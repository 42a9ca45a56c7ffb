import { expect, test } from "vitest";
import { describeFault, planFaults } from "./fault-plan.ts";

const options = { seed: 7, seconds: 600, isCluster: false, linked: ["c3", "w3"] };

test("one seed gives one plan", () => {
  expect(planFaults(options)).toEqual(planFaults(options));
  expect(planFaults({ ...options, seed: 8 })).not.toEqual(planFaults(options));
});

test("in the long run everything happens to every kind of process", () => {
  const seen = new Set(planFaults(options).map(({ kind, target }) => `${kind} ${target[0]}`));
  const expected = ["kill", "freeze", "restart"].flatMap((kind) => ["c", "w", "n"].map((of) => `${kind} ${of}`));
  expect([...seen].sort()).toEqual([...expected, "cut c", "cut w"].sort());
});

test("a cluster loses its leaders, and links that are not there are not cut", () => {
  const plan = planFaults({ ...options, isCluster: true, linked: [] });
  expect(plan.some(({ kind, target }) => kind === "kill" && target === "leader of events")).toBe(true);
  expect(plan.filter(({ kind }) => kind === "cut")).toEqual([]);
});

test("all of it lies within the time of the load", () => {
  for (const { atMs } of planFaults({ ...options, seconds: 20 })) {
    expect(atMs).toBeGreaterThanOrEqual(2_000);
    expect(atMs).toBeLessThan(20_000);
  }
});

test("a fault in words", () => {
  expect(describeFault({ atMs: 12_345, kind: "kill", target: "w2", forMs: 400 })).toBe(
    "  12.3 s  kill w2, back after 0.4 s",
  );
});

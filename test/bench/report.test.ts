import { expect, test } from "vitest";
import { formatRows, rowsOf, type MeasurementOf } from "./report.mjs";

const measured = (workload: string, system: string, metrics: Record<string, number>): MeasurementOf => ({
  workload,
  system,
  metrics,
  peakMb: { coordinator: 100 },
});

test("a rate is compared by the medians of engine and baseline", () => {
  const rows = rowsOf([
    measured("W1", "arpeggio", { tasksPerS: 30_000 }),
    measured("W1", "arpeggio", { tasksPerS: 20_000 }),
    measured("W1", "arpeggio", { tasksPerS: 1000 }),
    measured("W1", "bullmq", { tasksPerS: 10_000 }),
  ]);
  expect(rows).toMatchObject([{ value: 20_000, baseline: 10_000, ratio: 2, isMet: true }]);
});

test("a share of the baseline's time is met below its limit, a speed-up above it", () => {
  const rows = rowsOf([
    measured("W2", "arpeggio", { p50Ms: 1.5 }),
    measured("W2", "bullmq", { p50Ms: 1 }),
    measured("W4-1k", "arpeggio", { totalMs: 25 }),
    measured("W4-1k", "bullmq", { totalMs: 100 }),
  ]);
  expect(rows).toMatchObject([
    { workload: "W2", ratio: 1.5, isMet: false },
    { workload: "W4-1k", ratio: 4, isMet: true },
  ]);
});

test("a goal without a baseline is compared with the value itself", () => {
  const rows = rowsOf([measured("W3a", "embedded", { totalMs: 6 })]);
  expect(rows).toMatchObject([{ value: 6, goal: "≤ 5 ms", isMet: false }]);
  expect(formatRows(rows)).toContain("MISSED");
});

test("a workload that failed on one side is neither met nor missed", () => {
  const failed = { workload: "W1", system: "arpeggio", error: "sum of the results is 3, expected 4" };
  const [row] = rowsOf([failed, measured("W1", "bullmq", { tasksPerS: 10_000 })]);
  expect(row).toMatchObject({ baseline: 10_000, goal: "≥ 1.8 ×" });
  expect(row).toHaveProperty("isMet", undefined);
});

import { expect, test } from "vitest";
import { shouldHandOver, takeDelayMs } from "./fairness.ts";

const share = { partitions: 8, leaseMs: 1_000 };

test("a coordinator alone takes everything at once", () => {
  for (let owned = 0; owned < 8; owned++) expect(takeDelayMs({ ...share, owned, others: [] })).toBe(0);
});

test("beyond its share it leaves partitions to the others, the longer the more it has", () => {
  const delays = Array.from({ length: 8 }, (_, owned) => takeDelayMs({ ...share, owned, others: [0, 0] }));
  expect(delays).toEqual([0, 0, 0, 100, 200, 300, 400, 500]);
});

test("it hands over to one that has at least two less, which ends when all have the same within one", () => {
  const handsOver = (owned: number, others: readonly number[]) => shouldHandOver({ ...share, owned, others });
  expect(handsOver(8, [])).toBe(false);
  expect(handsOver(8, [0])).toBe(true);
  expect(handsOver(5, [4, 3])).toBe(true);
  expect(handsOver(3, [2, 3])).toBe(false);
});

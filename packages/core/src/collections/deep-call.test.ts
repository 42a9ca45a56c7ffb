import { expect, test } from "vitest";
import { deeply } from "./deep-call.ts";
import type { DeepCall } from "./deep-call.ts";

type Tree = readonly Tree[];

/** In the order in which they are called. */
function* numbered(tree: Tree, numbers: number[]): DeepCall<number> {
  const own = numbers.push(tree.length);
  let size = 1;
  for (const part of tree) size += (yield numbered(part, numbers)) as number;
  expect(size).toBeGreaterThanOrEqual(tree.length);
  return own === 0 ? 0 : size;
}

test("a deep call gives what the function would, in the same order", () => {
  const numbers: number[] = [];
  expect(deeply(numbered([[], [[], []], [[[]]]], numbers))).toBe(8);
  expect(numbers).toEqual([3, 0, 2, 0, 0, 1, 1, 0]);
});

test("needs no stack", () => {
  let tree: Tree = [];
  for (let i = 0; i < 200_000; i++) tree = [tree];
  expect(deeply(numbered(tree, []))).toBe(200_001);
});

test("passes an error on", () => {
  function* failing(depth: number): DeepCall<never> {
    if (depth === 3) throw new RangeError("too deep");
    return (yield failing(depth + 1)) as never;
  }
  expect(() => deeply(failing(0))).toThrow(new RangeError("too deep"));
});

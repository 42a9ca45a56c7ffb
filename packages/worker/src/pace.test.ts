import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

function looked(durationsMs: readonly number[], isBoosted: boolean, longestMs = 0): boolean {
  const pace = new Pace(4);
  for (const durationMs of durationsMs) pace.ended(durationMs);
  return pace.look(isBoosted, longestMs);
}

test("many short attempts are worth reading ahead", () => {
  expect(looked([0, 1, 0, 1, 2], false)).toBe(true);
});
test("few attempts, or long ones, are not", () => {
  expect(looked([0, 0], false)).toBe(false);
  expect(looked([50, 40, 30, 60], true)).toBe(false);
});
test("attempts of a middling length change nothing", () => {
  expect(looked([8, 8, 8, 8], true)).toBe(true);
  expect(looked([8, 8, 8, 8], false)).toBe(false);
});
test("one attempt that runs on and on ends reading ahead", () => {
  expect(looked([0, 0, 0, 0, 0], true, 5_000)).toBe(false);
});

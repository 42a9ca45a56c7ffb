import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

/** What a worker at this pace does after the next look at these attempts. */
function looked(pace: Pace, durationsMs: readonly number[], longestMs = 0): boolean | undefined {
  for (const durationMs of durationsMs) pace.ended(durationMs);
  return pace.look(longestMs);
}
const quick = [0, 1, 0, 1, 2];

function fastPace(): Pace {
  const pace = new Pace(4);
  expect(looked(pace, quick)).toBe(true);
  return pace;
}

test("many short attempts are worth reading ahead, said once", () => {
  expect(looked(fastPace(), quick)).toBeUndefined();
});
test("few attempts, or long ones, are not", () => {
  expect(looked(new Pace(4), [0, 0])).toBeUndefined();
  expect(looked(new Pace(4), [50, 40, 30, 60])).toBeUndefined();
  expect(looked(fastPace(), [50, 40, 30, 60])).toBe(false);
  expect(looked(fastPace(), [])).toBe(false);
});
test("attempts of a middling length change nothing", () => {
  expect(looked(new Pace(4), [8, 8, 8, 8])).toBeUndefined();
  expect(looked(fastPace(), [8, 8, 8, 8])).toBeUndefined();
});
test("one attempt that runs on and on ends reading ahead", () => {
  expect(looked(fastPace(), quick, 5_000)).toBe(false);
});

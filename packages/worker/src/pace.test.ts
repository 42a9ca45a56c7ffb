import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

/** What a worker at this pace is told by these attempts, or else by the next look at them. */
function looked(pace: Pace, durationsMs: readonly number[], longestMs = 0): boolean | undefined {
  const isFast = durationsMs.map((durationMs) => pace.ended(durationMs)).includes(true) || undefined;
  return pace.look(longestMs) ?? isFast;
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
test("enough short attempts tell at once, without waiting for the next look", () => {
  const pace = new Pace(4);
  expect([0, 1, 0, 1, 0].map((durationMs) => pace.ended(durationMs))).toEqual([false, false, false, true, false]);
  expect(pace.look(0)).toBeUndefined();
});
test("enough long attempts tell nothing", () => {
  const pace = new Pace(4);
  expect([50, 40, 30, 60].map((durationMs) => pace.ended(durationMs))).toEqual([false, false, false, false]);
});

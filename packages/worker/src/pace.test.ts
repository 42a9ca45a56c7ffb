import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

/** What a worker at this pace is told by these attempts, or else by the next look at them. */
function looked(pace: Pace, durationsMs: readonly number[], longestMs = 0): number | undefined {
  const [early] = durationsMs.map((durationMs) => pace.ended(durationMs)).filter((inHand) => inHand !== undefined);
  return pace.look(longestMs) ?? early;
}
const quick = [2, 3, 2, 3, 2];
const instant = [0, 1, 0, 1, 0];

function fastPace(): Pace {
  const pace = new Pace(4);
  expect(looked(pace, quick)).toBe(500);
  return pace;
}

test("many short attempts are worth reading ahead, said once", () => {
  expect(looked(fastPace(), quick)).toBeUndefined();
});
test("few attempts, or long ones, are not", () => {
  expect(looked(new Pace(4), [0, 0])).toBeUndefined();
  expect(looked(new Pace(4), [50, 40, 30, 60])).toBeUndefined();
  expect(looked(fastPace(), [50, 40, 30, 60])).toBe(0);
  expect(looked(fastPace(), [])).toBe(0);
});
test("attempts of a middling length change nothing", () => {
  expect(looked(new Pace(4), [8, 8, 8, 8])).toBeUndefined();
  expect(looked(fastPace(), [8, 8, 8, 8])).toBeUndefined();
});
test("one attempt that runs on and on ends reading ahead", () => {
  expect(looked(fastPace(), quick, 5_000)).toBe(0);
});
test("enough short attempts tell at once, without waiting for the next look", () => {
  const pace = new Pace(4);
  expect(quick.map((durationMs) => pace.ended(durationMs))).toEqual([undefined, undefined, undefined, 500, undefined]);
  expect(pace.look(0)).toBeUndefined();
});
test("enough long attempts tell nothing", () => {
  const pace = new Pace(4);
  expect([50, 40, 30, 60].map((durationMs) => pace.ended(durationMs))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
test("the shorter they are, the more are taken, and with less haste fewer again", () => {
  const pace = fastPace();
  expect(looked(pace, instant)).toBe(2_000);
  expect(looked(pace, quick)).toBeUndefined();
  expect(looked(pace, [3, 3, 3, 4])).toBe(500);
  expect(looked(new Pace(4), instant)).toBe(2_000);
  expect(looked(pace, [8, 8, 8, 8])).toBeUndefined();
});

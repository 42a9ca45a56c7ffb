import { describe, expect, test } from "vitest";
import { task } from "../index.ts";
import { canvasOptions, nodeOptions, taskOptions } from "./step-options.ts";
import type { CanvasOptions } from "./step-options.ts";
import { nodeTiming } from "./timing-options.ts";

/** What a JavaScript caller may pass where the compiler would refuse it. */
const wrong = (value: unknown): never => value as never;

describe("timing", () => {
  test("becomes what graphs store", () => {
    expect(nodeTiming({ delay: "1s", expires: "1m", within: "1h", at: new Date(7) })).toEqual({
      delayMs: 1_000,
      atMs: 7,
      expiresMs: 60_000,
      withinMs: 3_600_000,
    });
    expect(nodeTiming({})).toBeUndefined();
    expect(nodeTiming({ delay: 0 })).toEqual({ delayMs: 0 });
  });

  test.each([
    ["2027-01-01", Date.UTC(2027, 0, 1)],
    ["2027-01-01T12:30Z", Date.UTC(2027, 0, 1, 12, 30)],
    ["2027-01-01T12:30:15.250Z", Date.UTC(2027, 0, 1, 12, 30, 15, 250)],
    ["2027-01-01T12:30:00+02:00", Date.UTC(2027, 0, 1, 10, 30)],
    ["1970-01-01T00:00:00Z", 0],
  ])("%s is a moment", (at, ms) => {
    expect(nodeTiming({ at })).toEqual({ atMs: ms });
  });

  test.each([
    "tomorrow",
    "",
    "2027-01-01T12:30",
    "2027-13-01",
    "01/02/2027",
    "1969-12-31T23:59:59Z",
    1_800_000_000_000,
    new Date(Number.NaN),
    new Date(-1),
    null,
    {},
  ])("%s is none", (at) => {
    expect(() => nodeTiming({ at: wrong(at) })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", option: "at", expected: expect.stringContaining("a Date") }),
    );
  });

  test.each<[CanvasOptions, string]>([
    [{ delay: wrong("soon") }, "option 'delay' is \"soon\""],
    [{ expires: 0 }, "option 'expires' is 0; expected at least 1 ms"],
    [{ within: "0s" }, "option 'within' is \"0s\"; expected at least 1 ms"],
    [{ delay: "1m", expires: "30s" }, "option 'expires' is \"30s\"; expected longer than 'delay'"],
    [{ delay: "1m", within: "1m" }, "option 'within' is \"1m\"; expected longer than 'delay'"],
    [{ concurrency: 0 }, "option 'concurrency' is 0; expected an integer from 1"],
    [{ concurrency: 1.5 }, "option 'concurrency' is 1.5"],
    [wrong({ later: 1 }), "the options of with(): there is no option 'later'"],
  ])("%j is refused", (options, message) => {
    expect(() => canvasOptions("the options of with()", options)).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", message: expect.stringContaining(message) }),
    );
  });
});

test("a task's definition has no moment and no window, a run's defaults have no timing at all", () => {
  expect(taskOptions("the options of task 'a'", { delay: 5, queue: "q" })).toEqual({
    options: { queue: "q" },
    timing: { delayMs: 5 },
  });
  for (const options of [{ at: new Date() }, { concurrency: 2 }]) {
    expect(() => task("a", wrong(options), () => 1)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  }
  for (const options of [{ at: new Date() }, { delay: 1 }, { expires: 1 }, { within: 1 }, { concurrency: 2 }]) {
    expect(() => nodeOptions(wrong(options))).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  }
});

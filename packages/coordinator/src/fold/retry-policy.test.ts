import type { AttemptFailure, RetryPolicy } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { retryDelayMs, retryPolicyOf } from "./retry-policy.ts";

const exact: RetryPolicy = { attempts: 10, backoff: "fixed", delayMs: 100, jitter: false };
const failure: AttemptFailure = {
  code: "TASK_FAILED",
  error: { name: "HttpError", message: "503", code: "E503" },
  permanent: false,
};

function delay(policy: Partial<RetryPolicy>, attempt = 1, more: Partial<AttemptFailure> = {}): number | undefined {
  const failed = { run: "r1", node: 0, attempt, failure: { ...failure, ...more } };
  return retryDelayMs({ ...exact, ...policy }, failed);
}

describe("the delay before the next attempt", () => {
  test.each([
    ["fixed", [100, 100, 100, 100]],
    ["linear", [100, 200, 300, 400]],
    ["exponential", [100, 200, 400, 800]],
  ] as const)("grows %s", (backoff, delays) => {
    expect([1, 2, 3, 4].map((attempt) => delay({ backoff }, attempt))).toEqual(delays);
  });

  test("stays below its cap, and below a year where there is none", () => {
    expect(delay({ backoff: "exponential", maxDelayMs: 250 }, 3)).toBe(250);
    expect(delay({ backoff: "exponential", attempts: 2_000 }, 1_500)).toBe(365 * 86_400_000);
  });

  test("stays none where it is none, however often that is doubled", () => {
    expect(delay({ backoff: "exponential", delayMs: 0, attempts: 2_000 }, 1_500)).toBe(0);
  });

  test("with full jitter lies anywhere between 0 and the whole, and is the same for the same attempt", () => {
    const policy = { ...exact, jitter: true, delayMs: 1_000 };
    const delays = Array.from({ length: 1_000 }, (_, node) =>
      retryDelayMs(policy, { run: "r1", node, attempt: 1, failure }),
    );
    expect(delays).toEqual(
      Array.from({ length: 1_000 }, (_, node) => retryDelayMs(policy, { run: "r1", node, attempt: 1, failure })),
    );
    const numbers = delays.map(Number);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(1_000);
    for (let tenth = 0; tenth < 10; tenth++) {
      const inTenth = numbers.filter((one) => Math.floor(one / 100) === tenth).length;
      expect(inTenth).toBeGreaterThan(60);
    }
  });

  test("is what the task asks for, where it asks", () => {
    expect(delay({ jitter: true }, 1, { retryAfterMs: 12_345 })).toBe(12_345);
  });
});

describe("there is no next attempt", () => {
  test("when the attempts are used up, whatever the task asks for", () => {
    expect(delay({ attempts: 3 }, 2)).toBe(100);
    expect(delay({ attempts: 3 }, 3)).toBeUndefined();
    expect(delay({ attempts: 1 }, 1, { retryAfterMs: 1 })).toBeUndefined();
  });

  test("after a permanent failure", () => {
    expect(delay({}, 1, { permanent: true })).toBeUndefined();
  });

  test.each([
    [{ on: ["HttpError"] }, 100],
    [{ on: ["E503"] }, 100],
    [{ on: ["TASK_FAILED"] }, 100],
    [{ on: ["Other"] }, undefined],
    [{ notOn: ["HttpError"] }, undefined],
    [{ notOn: ["Other"] }, 100],
    [{ on: ["HttpError"], notOn: ["E503"] }, undefined],
  ])("unless on and notOn agree: %j", (policy, expected) => {
    expect(delay(policy)).toBe(expected);
  });
});

test("a node's own policy holds as a whole, then the run's, then one attempt", () => {
  const own: RetryPolicy = { attempts: 2, backoff: "fixed", delayMs: 1 };
  const ofRun: RetryPolicy = { attempts: 7, backoff: "linear", delayMs: 2 };
  expect(retryPolicyOf({ retry: own }, { retry: ofRun })).toBe(own);
  expect(retryPolicyOf({}, { retry: ofRun })).toBe(ofRun);
  expect(retryPolicyOf({}, undefined).attempts).toBe(1);
});

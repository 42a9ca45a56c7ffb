import { PermanentTaskError, RetryLaterError } from "@arpeggio/core";
import { expect, test } from "vitest";
import { attemptFailureOf } from "./attempt-failure.ts";
import { TaskInputInvalidError, TaskTimedOutError } from "./worker-errors.ts";

test("what a handler throws is TASK_FAILED and may be retried", () => {
  const failure = attemptFailureOf(Object.assign(new TypeError("no such host"), { code: "ENOTFOUND" }));
  expect(failure).toMatchObject({
    code: "TASK_FAILED",
    permanent: false,
    error: { name: "TypeError", message: "no such host", code: "ENOTFOUND" },
  });
  expect(failure.retryAfterMs).toBeUndefined();
});

test("a value that is no error is a failure all the same", () => {
  expect(attemptFailureOf({ odd: true })).toMatchObject({ code: "TASK_FAILED", error: { message: '{"odd":true}' } });
});

test("PermanentTaskError forbids retries", () => {
  expect(attemptFailureOf(new PermanentTaskError("not an image"))).toMatchObject({
    code: "TASK_FAILED",
    permanent: true,
  });
});

test("RetryLaterError asks for a delay", () => {
  expect(attemptFailureOf(new RetryLaterError("2s"))).toMatchObject({ permanent: false, retryAfterMs: 2_000 });
});

test("errors of the engine keep their codes", () => {
  expect(attemptFailureOf(new TaskInputInvalidError("a", "x is missing"))).toMatchObject({
    code: "TASK_INPUT_INVALID",
    permanent: true,
  });
  expect(attemptFailureOf(new TaskTimedOutError("a", 5))).toMatchObject({ code: "TASK_TIMED_OUT", permanent: false });
});

test("an error of a handler that happens to have an engine's code is the handler's", () => {
  const failure = attemptFailureOf(Object.assign(new Error("mine"), { code: "TASK_TIMED_OUT" }));
  expect(failure.code).toBe("TASK_FAILED");
});

test("what cannot even be looked at is a failure all the same", () => {
  const trap = () => {
    throw new Error("trap");
  };
  const thrown: unknown = new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap });
  expect(attemptFailureOf(thrown)).toMatchObject({ code: "TASK_FAILED", permanent: false });
});

test("a delay that is none is left out, whoever has made the error", () => {
  for (const delayMs of [Number.NaN, -1, Number.POSITIVE_INFINITY, "5s", undefined]) {
    const failure = attemptFailureOf(Object.assign(new Error("busy"), { code: "TASK_RETRY_LATER", delayMs }));
    expect(failure).toMatchObject({ code: "TASK_FAILED", permanent: false });
    expect(failure.retryAfterMs).toBeUndefined();
  }
});

test("no text of a failure is longer than a message takes", () => {
  const long = "x".repeat(3_000_000);
  const error = Object.assign(new Error(long, { cause: new Error(long) }), { name: long, code: long });
  for (const thrown of [error, long, { long }]) {
    expect(JSON.stringify(attemptFailureOf(thrown)).length).toBeLessThan(50_000);
  }
  expect(attemptFailureOf(long).error.message).toMatch(/^x{8000}… \(2992000 more characters\)$/);
});

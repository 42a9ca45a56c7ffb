import { describe, expect, test } from "vitest";
import { durationMs } from "./duration.ts";
import { mergedOptions, nodeOptions } from "./step-options.ts";
import type { StepOptions } from "./step-options.ts";
import { PermanentTaskError, RetryLaterError } from "./task-errors.ts";

describe("durations", () => {
  test.each([
    [0, 0],
    [1500, 1500],
    ["250ms", 250],
    ["1.5s", 1500],
    ["30s", 30_000],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
  ])("%s is %i ms", (text, ms) => {
    expect(durationMs("delay", text)).toBe(ms);
  });

  test.each([-1, Number.NaN, Infinity, "30 s", "30", "s", "1e3s", "-1s", "3w", "", null, undefined, {}, 1e15])(
    "%s is none",
    (value) => {
      expect(() => durationMs("delay", value)).toThrow(
        expect.objectContaining({
          code: "OPTION_INVALID",
          option: "delay",
          value,
          expected: expect.stringContaining("30s"),
        }),
      );
    },
  );
});

describe("options", () => {
  test("become what graphs store, with the defaults of a retry policy", () => {
    expect(nodeOptions({ queue: "cpu", priority: 9, timeout: "5m", retry: 3, labels: { a: "1" } })).toEqual({
      queue: "cpu",
      priority: 9,
      timeoutMs: 300_000,
      retry: { attempts: 3, backoff: "exponential", delayMs: 1_000 },
      labels: { a: "1" },
    });
    expect(
      nodeOptions({
        retry: {
          attempts: 5,
          backoff: "linear",
          delay: "200ms",
          maxDelay: "1m",
          jitter: false,
          on: ["E"],
          notOn: ["F"],
        },
      }),
    ).toEqual({
      retry: {
        attempts: 5,
        backoff: "linear",
        delayMs: 200,
        maxDelayMs: 60_000,
        jitter: false,
        on: ["E"],
        notOn: ["F"],
      },
    });
    expect(nodeOptions({})).toEqual({});
  });

  test.each<[string, unknown, string]>([
    ["queue", { queue: "a.b" }, "letters, digits"],
    ["queue", { queue: "" }, "letters, digits"],
    ["queue", { queue: 3 }, "letters, digits"],
    ["priority", { priority: 10 }, "an integer from 0 to 9"],
    ["priority", { priority: 1.5 }, "an integer from 0 to 9"],
    ["timeout", { timeout: "30 sec" }, "milliseconds as a number"],
    ["timeout", { timeout: 0 }, "at least 1 ms"],
    ["retry", { retry: 0 }, "an integer from 1 to 1000"],
    ["retry", { retry: "3" }, "an object"],
    ["retry.attempts", { retry: {} }, "an integer from 1 to 1000"],
    ["retry.attempts", { retry: { attempts: Infinity } }, "an integer from 1 to 1000"],
    ["retry.backoff", { retry: { attempts: 2, backoff: "random" } }, '"exponential"'],
    ["retry.delay", { retry: { attempts: 2, delay: "soon" } }, "30s"],
    ["retry.maxDelay", { retry: { attempts: 2, maxDelay: -1 } }, "30s"],
    ["retry.jitter", { retry: { attempts: 2, jitter: 0.5 } }, "true or false"],
    ["retry.on", { retry: { attempts: 2, on: "E" } }, "a list of names"],
    ["retry.notOn", { retry: { attempts: 2, notOn: [1] } }, "a list of names"],
    ["limit", { retry: { attempts: 2, limit: 3 } }, "attempts, backoff"],
    ["labels", { labels: ["a"] }, "a string for each label"],
    ["labels.a", { labels: { a: 1 } }, "a string"],
    ["labels", { labels: { ["__proto__"]: "x" } }, "labels of other names than __proto__"],
    ["labels", { labels: { "": "x" } }, "names of 1 to 100 characters"],
    ["labels", { labels: { ["a".repeat(101)]: "x" } }, "names of 1 to 100 characters"],
    ["labels", { labels: { "a=b": "x" } }, "without '='"],
    ["labels", { labels: { "a\nb": "x" } }, "control characters"],
    ["labels.a", { labels: { a: "x\ty" } }, "without control characters"],
    ["labels.a", { labels: { a: "x".repeat(1_001) } }, "1,000 characters at most"],
    ["que", { que: "cpu" }, "queue, priority"],
    ["the options", null, "an object"],
  ])("%s is refused in %j", (option, options, expected) => {
    expect(() => nodeOptions(options as StepOptions)).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID", option, expected: expect.stringContaining(expected) }),
    );
  });

  test("labels may be called by any other characters, and be empty", () => {
    const labels = { "app.example.org/part of": "Größe: 1,000 €", ["n".repeat(100)]: "", "😀": "v".repeat(1_000) };
    expect(nodeOptions({ labels })).toEqual({ labels });
  });

  test("the stronger replace the weaker, labels key by key", () => {
    expect(
      mergedOptions(
        { queue: "a", priority: 1, retry: { attempts: 2, backoff: "fixed", delayMs: 1 }, labels: { a: "1", b: "1" } },
        { queue: "b", retry: { attempts: 3, backoff: "linear", delayMs: 2 }, labels: { b: "2" } },
      ),
    ).toEqual({
      queue: "b",
      priority: 1,
      retry: { attempts: 3, backoff: "linear", delayMs: 2 },
      labels: { a: "1", b: "2" },
    });
    expect(mergedOptions({ labels: { a: "1" } }, {})).toEqual({ labels: { a: "1" } });
  });
});

describe("errors that a handler throws on purpose", () => {
  test("carry what the worker needs", () => {
    const cause = new Error("x");
    expect(new PermanentTaskError("no image", { cause })).toMatchObject({
      code: "TASK_FAILED_PERMANENTLY",
      message: "no image",
      cause,
    });
    expect(new RetryLaterError("2s")).toMatchObject({ code: "TASK_RETRY_LATER", delayMs: 2_000 });
    expect(new RetryLaterError(5, "busy").message).toBe("busy");
    expect(() => new RetryLaterError("later" as never)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});

import { encodeBlobReference, encodePayload, nodeStates } from "@arpeggio/core";
import type { AttemptFailure, ErrorInfo, NodeFailure, NodeState, RunFailureRecord, StepDefaults } from "@arpeggio/core";
import type { Whole } from "./whole.ts";

/** What many records have in them. */

export const run = "01jd9q8x4v-1";
export const hash = "0123456789abcdef0123456789abcdef";
export const labels = { team: "a", ünï: "b" };

/** Every kind of value that a payload can hold. */
export const everyValue = {
  null: null,
  yes: true,
  no: false,
  small: 7,
  negative: -70_000,
  large: 2 ** 40,
  fraction: 2.5,
  nan: Number.NaN,
  infinities: [Infinity, -Infinity],
  text: "ünïcödé 🎵",
  long: "x".repeat(300),
  bytes: Uint8Array.of(0, 1, 255),
  when: new Date(1_700_000_000_123),
  bigs: [2n ** 63n - 1n, 2n ** 64n - 1n, -(2n ** 70n), 10n ** 60n],
  list: [[], [[1], {}], Array.from({ length: 20 }, (_, i) => i)],
  constructor: { prototype: { toString: "no function", valueOf: 1 } },
};
export const payload = encodePayload(everyValue);
export const list = encodePayload([1, "two", [3], { four: 4 }]);
export const reference = encodeBlobReference({ key: `${run}/input`, bytes: 200_000, items: 3 });

const inner: ErrorInfo = { name: "RangeError", message: "inner" };
export const error: Required<ErrorInfo> = { name: "Error", message: "lost", code: "E", stack: "at x", cause: inner };
export const attemptFailure: Whole<AttemptFailure> = { code: "TASK_FAILED", error, permanent: false, retryAfterMs: 5 };
export const nodeFailure: Whole<NodeFailure> = {
  code: "TASK_FAILED",
  message: "lost",
  node: "map[3]/image.resize",
  task: "image.resize",
  attempt: 2,
  cause: error,
};
export const runFailure: Whole<RunFailureRecord> = {
  code: "TASK_FAILED",
  message: "lost",
  node: "map[3]/image.resize",
  attempt: 2,
  cause: error,
  failures: [nodeFailure],
  partial: encodePayload({ a: 1, b: [2] }),
};
export const defaults: Whole<StepDefaults> = {
  queue: "q",
  priority: 3,
  timeoutMs: 7,
  retry: {
    attempts: 3,
    backoff: "exponential",
    delayMs: 10,
    maxDelayMs: 100,
    jitter: false,
    on: ["E"],
    notOn: ["F", "G"],
  },
  labels,
};
export const bareFailure: RunFailureRecord = {
  code: "RUN_TIMED_OUT",
  message: "",
  failures: [{ code: "C", message: "", node: "n", attempt: 1 }],
};
export const bareDefaults: StepDefaults = { retry: { attempts: 1, backoff: "fixed", delayMs: 0 } };
export const counts = Object.fromEntries(nodeStates.map((state, i) => [state, i])) as Record<NodeState, number>;

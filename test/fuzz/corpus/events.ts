import { encodeAttempt, encodeOutcome } from "@arpeggio/core";
import type { RunEvent } from "@arpeggio/core";
import { attemptFailure, bareDefaults, defaults, error, hash, labels, list, payload, reference, run } from "./parts.ts";
import type { Forms } from "./whole.ts";

type EventOf<K extends RunEvent["type"]> = Omit<Extract<RunEvent, { readonly type: K }>, "blob">;

const first = encodeAttempt({
  run,
  partition: 1,
  node: 0,
  nodePath: "text.words",
  attempt: 1,
  task: "text.words",
  input: { kind: "value", payload: new Uint8Array(0) },
});
const start = { type: "run.started", run, client: "c1", workflow: "w", graph: hash, input: payload } as const;
const attempt = { run, node: 3, attempt: 2 } as const;
const ended = {
  run,
  workflow: "w",
  graph: hash,
  state: "succeeded",
  startedAtMs: 1,
  endedAtMs: 2,
  counts: {},
} as const;

/** Every kind of event of the log. */
export const events: { readonly [K in RunEvent["type"]]: Forms<EventOf<K>> } = {
  "run.started": [
    { ...start, input: reference, labels, timeoutMs: 5, defaults, redriveOf: "r0", kept: `${run}/kept`, first },
    start,
    { ...start, defaults: {} },
    { ...start, defaults: bareDefaults },
    { ...start, first },
  ],
  "attempt.started": [{ type: "attempt.started", ...attempt, worker: "w1" }],
  "attempt.succeeded": [
    { type: "attempt.succeeded", ...attempt, result: payload, ends: "scope" },
    { type: "attempt.succeeded", ...attempt, result: list, ends: "run" },
    { type: "attempt.succeeded", ...attempt, result: reference },
  ],
  "attempt.failed": [
    { type: "attempt.failed", ...attempt, failure: attemptFailure },
    {
      type: "attempt.failed",
      ...attempt,
      failure: { code: "TASK_FAILED", error: { name: "Error", message: "" }, permanent: true },
    },
  ],
  "attempt.replaced": [{ type: "attempt.replaced", ...attempt, graph: hash, input: payload }],
  "timer.fired": [
    { type: "timer.fired", run, timer: "retry:3:1" },
    { type: "timer.fired", run: "~fence", timer: "1:2" },
  ],
  "expression.evaluated": [
    { type: "expression.evaluated", run, target: "over:3", value: list, error },
    { type: "expression.evaluated", run, target: "output:0:0", value: payload },
    { type: "expression.evaluated", run, target: "over:3", error: { name: "Error", message: "" } },
    { type: "expression.evaluated", run, target: "until:2" },
  ],
  "run.cancel.requested": [
    { type: "run.cancel.requested", run, reason: "enough", compensate: true },
    { type: "run.cancel.requested", run, reason: "" },
  ],
  "nodes.cancel.requested": [
    { type: "nodes.cancel.requested", run, nodes: ["a", "map[3]/b"], label: ["team", "a"], reason: "superfluous" },
    { type: "nodes.cancel.requested", run, nodes: [], reason: "" },
  ],
  "run.pause.requested": [{ type: "run.pause.requested", run, reason: "lunch" }],
  "run.resume.requested": [{ type: "run.resume.requested", run }],
  "signal.received": [{ type: "signal.received", run, signal: "approved", id: "s1", payload }],
  "run.ended": [
    { type: "run.ended", run, outcome: encodeOutcome(ended) },
    {
      type: "run.ended",
      run,
      outcome: encodeOutcome({ ...ended, state: "failed", failure: { code: "C", message: "m", failures: [] } }),
    },
  ],
};

import type { EventOrigin, RunEvent } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { EventCheck } from "./event-check.ts";

const start = {
  type: "run.started",
  run: "r",
  client: "c",
  workflow: "w",
  graph: "g",
  input: new Uint8Array(1),
} as const;
const one = { run: "r", node: 0, attempt: 1 } as const;
const error = { name: "Error", message: "m" };
const events: Readonly<Record<RunEvent["type"], RunEvent>> = {
  "run.started": start,
  "run.cancel.requested": { type: "run.cancel.requested", run: "r", reason: "" },
  "attempt.started": { type: "attempt.started", ...one, worker: "w" },
  "attempt.succeeded": { type: "attempt.succeeded", ...one, result: new Uint8Array(1) },
  "attempt.failed": {
    type: "attempt.failed",
    ...one,
    failure: { code: "TASK_FAILED", error, permanent: false },
  },
  "attempt.replaced": { type: "attempt.replaced", ...one, graph: "g", input: new Uint8Array(1) },
  "nodes.cancel.requested": { type: "nodes.cancel.requested", run: "r", nodes: ["a"], reason: "" },
  "run.pause.requested": { type: "run.pause.requested", run: "r", reason: "" },
  "run.resume.requested": { type: "run.resume.requested", run: "r" },
  "signal.received": { type: "signal.received", run: "r", signal: "s", id: "1", payload: new Uint8Array(1) },
  "timer.fired": { type: "timer.fired", run: "r", timer: "timeout" },
  "run.ended": { type: "run.ended", run: "r", outcome: new Uint8Array(1) },
  "expression.evaluated": { type: "expression.evaluated", run: "r", target: "output", error },
};

function checking() {
  const lines: string[] = [];
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: (line: string) => void lines.push(line) };
  return { check: new EventCheck(log), lines };
}

function admitted(origin: EventOrigin | undefined): readonly string[] {
  const { check } = checking();
  return Object.values(events)
    .filter((event) => check.admits(event, origin))
    .map(({ type }) => type);
}

test("each role says only what is its own to say", () => {
  expect(admitted("client")).toEqual([
    "run.started",
    "run.cancel.requested",
    "nodes.cancel.requested",
    "run.pause.requested",
    "run.resume.requested",
    "signal.received",
  ]);
  expect(admitted("worker")).toEqual(["attempt.started", "attempt.succeeded", "attempt.failed", "attempt.replaced"]);
  expect(admitted("coordinator")).toEqual(Object.keys(events));
  // Where the transport does not tell, everybody is in one process.
  expect(admitted(undefined)).toEqual(Object.keys(events));
});

test("a refusal is told once a kind", () => {
  const { check, lines } = checking();
  for (let i = 0; i < 3; i++) check.admits(start, "worker");
  check.admits(events["timer.fired"], "client");
  expect(lines).toEqual([
    expect.stringContaining('run.started of run "r" was ignored: a worker may not write run.started'),
    expect.stringContaining("a client may not write timer.fired"),
  ]);
});

describe("a start", () => {
  const hostile = ["", "*", ">", "a.b", "../x", "a b", "a\r\nNats-Msg-Id: x", "a\0b", "ä", "x".repeat(10_000)];
  test.each(hostile)("with the name %j for a part of a subject or key is kept out", (name) => {
    const { check, lines } = checking();
    const starts = [{ run: name }, { client: name }, { graph: name }, { defaults: { queue: name } }];
    for (const change of starts) expect(check.admits({ ...start, ...change }, "client")).toBe(false);
    expect(lines.join().length).toBeLessThan(400);
  });

  test("with a priority that no queue has is kept out", () => {
    expect(checking().check.admits({ ...start, defaults: { priority: 10 } }, "client")).toBe(false);
    expect(checking().check.admits({ ...start, defaults: { priority: 9, queue: "q" } }, "client")).toBe(true);
  });
});

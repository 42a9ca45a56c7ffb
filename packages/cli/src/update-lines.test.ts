import { expect, test } from "vitest";
import { resultText, statusLines, updateLines } from "./update-lines.ts";

test("every update is a plain line", () => {
  expect(updateLines({ type: "node", node: "map[2]/a", state: "succeeded", attempt: 1 })).toEqual([
    "map[2]/a succeeded",
  ]);
  expect(updateLines({ type: "node", node: "a", state: "waiting", attempt: 2, message: "no such host" })).toEqual([
    "a waiting (attempt 2): no such host",
  ]);
  expect(updateLines({ type: "progress", node: "a", done: 3 })).toEqual(["a 3"]);
  expect(updateLines({ type: "progress", node: "a", done: 3, total: 9 })).toEqual(["a 3/9"]);
  expect(updateLines({ type: "log", node: "a", message: "half way", data: { n: 1n } })).toEqual([
    'a | half way {"n":"1"}',
  ]);
  const failure = { code: "TASK_FAILED", message: "no such host", failures: [] };
  expect(updateLines({ type: "ended", state: "failed", failure })).toEqual(["failed: TASK_FAILED no such host"]);
});

test("a status has a line for itself and one for each node that waits", () => {
  const nodes = [
    { node: "a", state: "succeeded" as const, attempt: 1 },
    { node: "b", state: "queued" as const, attempt: 1, waitsFor: "no worker knows task 'b' (queue 'q')" },
  ];
  expect(statusLines({ id: "r", state: "running", labels: {}, counts: { succeeded: 1, queued: 1 }, nodes })).toEqual([
    "running: 1 succeeded, 1 queued",
    "  b queued: no worker knows task 'b' (queue 'q')",
  ]);
});

test("a snapshot says first how many updates it makes up for", () => {
  const status = { id: "r", state: "running" as const, labels: {}, counts: { running: 1 }, nodes: [] };
  expect(updateLines({ type: "snapshot", status, missed: 12 })).toEqual([
    "… 12 updates came faster than they were read, and were dropped",
    "running: 1 running",
  ]);
});

test("the status of a run that has ended has a line for each node, or says why not", () => {
  const ended = { id: "r", state: "failed" as const, labels: {}, counts: { succeeded: 2, failed: 1 }, endedAtMs: 90 };
  const nodes = [
    { node: "b", state: "failed" as const, attempt: 3, releasedAtMs: 20, endedAtMs: 50 },
    { node: "a", state: "succeeded" as const, attempt: 1 },
  ];
  expect(statusLines({ ...ended, nodes })).toEqual([
    "failed: 2 succeeded, 1 failed",
    "  b failed, attempt 3, 30 ms",
    "  a succeeded",
    "  … and 1 more: see --nodes",
  ]);
  expect(statusLines({ ...ended, nodes: [], nodesGone: "it is long ago" })).toEqual([
    "failed: 2 succeeded, 1 failed",
    "  what its nodes did is not known: it is long ago",
  ]);
  expect(statusLines({ ...ended, nodes: [] })).toHaveLength(1);
});

test("what JSON lacks is replaced", () => {
  const value = { big: 2n ** 70n, bytes: new Uint8Array([1, 2, 3]), at: new Date(0), nothing: undefined };
  expect(resultText(value, 0)).toBe('{"big":"1180591620717411303424","bytes":"AQID","at":"1970-01-01T00:00:00.000Z"}');
  expect(resultText(undefined)).toBe("null");
});

import type { AttemptRecord } from "@arpeggio/core";
import { expect, test } from "vitest";
import { AttemptContext } from "./attempt-context.ts";

const record: AttemptRecord = {
  run: "r1",
  partition: 0,
  node: 7,
  nodePath: "map[3]/echo",
  attempt: 2,
  task: "echo",
  input: { kind: "value", payload: new Uint8Array([0xc0]) },
};

function context() {
  const said: unknown[] = [];
  const made = new AttemptContext(record, {
    log: (_, message, data) => said.push([message, data]),
    progress: (_, done, total) => said.push([done, total]),
  });
  return { made, said };
}

test("tells who it is", () => {
  const { made } = context();
  expect({ ...pick(made) }).toEqual({
    runId: "r1",
    nodeId: "map[3]/echo",
    task: "echo",
    attempt: 2,
    labels: {},
    idempotencyKey: "r1/7/2",
  });
});

function pick({ runId, nodeId, task, attempt, labels, idempotencyKey }: AttemptContext) {
  return { runId, nodeId, task, attempt, labels, idempotencyKey };
}

test("its functions work when they are taken out of it", () => {
  const { made, said } = context();
  const { log, progress } = made;
  log("half way", { page: 2 });
  progress(1, 2);
  expect(said).toEqual([
    ["half way", { page: 2 }],
    [1, 2],
  ]);
});

test("the signal aborts with the first reason, whether it was looked at before or after", () => {
  const early = context().made;
  const { signal } = early;
  expect(signal.aborted).toBe(false);
  early.abort(new Error("first"));
  early.abort(new Error("second"));
  expect(signal.reason).toEqual(new Error("first"));
  const late = context().made;
  late.abort(new Error("first"));
  expect(late.signal.reason).toEqual(new Error("first"));
});

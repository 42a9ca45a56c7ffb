import {
  compile,
  encodeBlobReference,
  encodeEvent,
  encodeGraph,
  encodeKept,
  encodeOutcome,
  encodePayload,
  task,
  type OutcomeRecord,
  type RunEvent,
  type TaskContext,
  type Transport,
} from "@arpeggio/core";
import { setImmediate } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import { Auditor } from "./auditor.ts";
import { Broker } from "./broker.ts";
import { NO_FAULTS } from "./faults.ts";
import { createRandom } from "./random.ts";
import { Timeline } from "./timeline.ts";
import { Trace } from "./trace.ts";
import { Weather } from "./weather.ts";

const double = task("double", (n: number) => n * 2);
const { graph, hash } = compile(double);
const started: RunEvent = {
  type: "run.started",
  run: "r",
  client: "c",
  workflow: "double",
  graph: hash,
  input: encodePayload(2),
};
const succeeded: RunEvent = { type: "attempt.succeeded", run: "r", node: 0, attempt: 1, result: encodePayload(4) };

let auditor: Auditor;
let view: Transport;

beforeEach(async () => {
  const timeline = new Timeline(1_000);
  const weather = new Weather(createRandom(1), NO_FAULTS);
  const network = { timeline, weather, trace: new Trace(1_000), downUntilMs: 0, restarts: 0, fullUntilMs: new Map() };
  const broker = new Broker(network, {});
  auditor = new Auditor(broker);
  view = await broker.open("test");
  await auditor.start(view);
  await view.bucket("graphs").put(hash, encodeGraph(graph));
  await setImmediate();
});

async function append(...events: readonly RunEvent[]): Promise<void> {
  for (const event of events) await view.events.append(0, encodeEvent(event));
  await setImmediate();
}

async function store(outcome: Partial<OutcomeRecord>): Promise<void> {
  const { outcome: right } = auditor.replay.run("r") ?? {};
  const record = { run: "r", workflow: "double", graph: hash, startedAtMs: 0, endedAtMs: 0, counts: {}, ...right };
  await view.bucket("results").put("r.c", encodeOutcome({ state: "succeeded", ...record, ...outcome }));
  await setImmediate();
  await auditor.check();
}

const context = { runId: "r", nodeId: "double", task: "double" } as TaskContext;

test("what the log says is in order", async () => {
  await append(started);
  auditor.began({ ...context, attempt: 1, idempotencyKey: "r/0/1" }, "worker", 0);
  await append(succeeded);
  await store({});
  await auditor.checkEnd();
  expect(auditor.violations).toEqual([]);
});

test.each([
  ["another value", { value: encodePayload(5) }, "the result of r is stored otherwise than in the log"],
  ["another end", { state: "failed" }, "the outcome of r is stored otherwise than in the log"],
  ["another time", { endedAtMs: 7 }, "the outcome of r is stored otherwise than in the log"],
] as const)("an outcome with %s is found", async (_, outcome, violation) => {
  await append(started, succeeded);
  await store(outcome);
  expect(auditor.violations).toEqual([violation]);
});

test("an outcome of a run that goes on is found", async () => {
  await append(started);
  await store({});
  expect(auditor.violations).toEqual(["r.c is stored before the log says so"]);
});

test.each([
  ["of nothing that the log knows", { attempt: 1, idempotencyKey: "other/0/1", runId: "other" }],
  ["of an attempt that is not due", { attempt: 2, idempotencyKey: "r/0/2" }],
])("an execution %s is found", async (_, more) => {
  await append(started);
  auditor.began({ ...context, ...more }, "worker", 0);
  expect(auditor.violations).toHaveLength(1);
});

test.each([
  ["with the result that it had", [{ node: "double", value: encodePayload(4) }], []],
  [
    "with another result",
    [{ node: "double", value: encodePayload(5) }],
    ["again keeps another result of double than it had"],
  ],
  [
    "in a blob of the other run",
    [{ node: "double", value: encodeBlobReference({ key: "r/result", bytes: 1 }) }],
    ["again keeps double in a blob of another run"],
  ],
] as const)("a redrive that keeps a node %s", async (_, kept, violations) => {
  await append(started, succeeded);
  await view.blobs.put("r/result", encodePayload(4));
  await view.blobs.put("again/kept", encodeKept(kept));
  await append({ ...started, run: "again", redriveOf: "r", kept: "again/kept" } as RunEvent);
  await auditor.checkEnd();
  expect(auditor.violations).toEqual(violations);
});

test("what a redrive keeps must have succeeded, and is not executed again", async () => {
  await append(started);
  await view.blobs.put("again/kept", encodeKept([{ node: "double", value: encodePayload(4) }]));
  await append({ ...started, run: "again", redriveOf: "r", kept: "again/kept" } as RunEvent);
  expect(auditor.violations).toEqual(["again keeps double, which was queued"]);
  auditor.began({ ...context, runId: "again", attempt: 0, idempotencyKey: "again/0/0" }, "worker", 0);
  expect(auditor.violations).toContain("again: double is executed although double was taken over");
});

import fc from "fast-check";
import type {
  AbortNotice,
  ControlReply,
  ControlRequest,
  LiveEvent,
  NodeAnswer,
  NodeStatusRecord,
  RunSummaryRecord,
  Waker,
} from "../wire/control.ts";
import {
  bytes,
  count,
  counts,
  labels,
  ms,
  names,
  nodeFailure,
  nodeState,
  record,
  runFailure,
  text,
} from "./field-arbitraries.ts";

const plain = <T extends object>(arbitrary: fc.Arbitrary<T>) => arbitrary.map((value) => ({ ...value }));
const waker: fc.Arbitrary<Waker> = plain(
  fc.oneof(
    fc.record({ kind: fc.constant("nodes" as const), nodes: names }),
    fc.record({ kind: fc.constant("worker" as const), task: text, queue: text }),
    fc.record({ kind: fc.constant("worker" as const), task: text, queue: text, letter: text }),
    fc.record({
      kind: fc.constant("timer" as const),
      what: fc.constantFrom("retry" as const, "timeout" as const, "begin" as const, "round" as const),
      dueAtMs: ms,
    }),
    fc.record({ kind: fc.constantFrom("items" as const, "parts" as const), ended: count, total: count }),
    fc.record({ kind: fc.constant("signal" as const), signal: text }),
    fc.record({ kind: fc.constantFrom("evaluation" as const, "resume" as const) }),
  ),
);
const nodeStatus = record<NodeStatusRecord>(
  {
    node: text,
    task: text,
    state: nodeState,
    attempt: count,
    queue: text,
    waitsFor: waker,
    releasedAtMs: ms,
    endedAtMs: ms,
  },
  ["node", "state", "attempt"],
);
export const request: fc.Arbitrary<ControlRequest> = plain(
  fc.oneof(
    record<Extract<ControlRequest, { type: "status" }>>(
      { type: fc.constant("status"), run: text, nodesMax: count, past: fc.constant(true as const) },
      ["type", "run", "nodesMax"],
    ),
    fc.record({ type: fc.constant("watch" as const), run: text, nodesMax: count, forMs: ms }),
    record<Extract<ControlRequest, { type: "node" }>>(
      { type: fc.constant("node"), run: text, node: text, past: fc.constant(true as const) },
      ["type", "run", "node"],
    ),
    record<Extract<ControlRequest, { type: "remains" }>>({ type: fc.constant("remains"), run: text, within: text }, [
      "type",
      "run",
    ]),
    fc.record({ type: fc.constant("signal" as const), run: text, signal: text }),
    record<Extract<ControlRequest, { type: "list" }>>(
      {
        type: fc.constant("list"),
        limit: count,
        workflow: text,
        label: fc.tuple(text, text),
        sinceMs: ms,
        isPaused: fc.boolean(),
        after: fc.tuple(ms, text),
      },
      ["type", "limit"],
    ),
  ),
);
export const reply: fc.Arbitrary<ControlReply> = plain(
  fc.oneof(
    fc.record({ type: fc.constantFrom("unknown" as const, "reading" as const), run: text }),
    fc.record({ type: fc.constant("gone" as const), run: text, why: text }),
    fc.record({ type: fc.constant("remains" as const), blob: text }),
    fc.record({
      type: fc.constant("status" as const),
      status: record<Extract<ControlReply, { type: "status" }>["status"]>(
        {
          run: text,
          workflow: text,
          graph: text,
          state: fc.constantFrom("running", "cancelling", "succeeded", "failed", "cancelled"),
          startedAtMs: ms,
          labels,
          counts,
          nodes: fc.array(nodeStatus, { maxLength: 4 }),
          liveSequence: count,
          paused: text,
          redriveOf: text,
        },
        ["run", "workflow", "graph", "state", "startedAtMs", "counts", "nodes", "liveSequence"],
      ),
    }),
    fc.record({
      type: fc.constant("node" as const),
      node: record<NodeAnswer>(
        { status: nodeStatus, value: bytes, failure: nodeFailure, mayCome: fc.boolean(), known: names },
        ["mayCome", "known"],
      ),
    }),
    fc.record({
      type: fc.constant("signal" as const),
      signal: fc.record(
        { expected: fc.constantFrom("waiting" as const, "later" as const, "no" as const), graphs: names, known: names },
        { noNullPrototype: true },
      ),
    }),
    fc.record({
      type: fc.constant("list" as const),
      runs: fc.array(
        record<RunSummaryRecord>({ run: text, workflow: text, startedAtMs: ms, labels, paused: text }, [
          "run",
          "workflow",
          "startedAtMs",
        ]),
        { maxLength: 3 },
      ),
      isWhole: fc.boolean(),
    }),
  ),
);
export const abort = record<AbortNotice>(
  { run: text, nodes: fc.array(count, { maxLength: 5 }), reason: text, isTakenBack: fc.constant(true as const) },
  ["run", "reason"],
);
export const live = fc.oneof(
  record<Extract<LiveEvent, { type: "node" }>>(
    {
      type: fc.constant("node"),
      sequence: count,
      node: text,
      task: text,
      state: nodeState,
      attempt: count,
      message: text,
    },
    ["type", "sequence", "node", "state", "attempt"],
  ),
  record<Extract<LiveEvent, { type: "run" }>>(
    { type: fc.constant("run"), sequence: count, state: text, failure: runFailure },
    ["type", "sequence", "state"],
  ),
  record<Extract<LiveEvent, { type: "progress" }>>({ type: fc.constant("progress"), node: text, done: ms, total: ms }, [
    "type",
    "node",
    "done",
  ]),
  record<Extract<LiveEvent, { type: "log" }>>(
    {
      type: fc.constant("log"),
      node: text,
      message: text,
      data: fc.oneof(fc.constant(null), fc.integer(), text, fc.array(text)),
    },
    ["type", "node", "message"],
  ),
) as fc.Arbitrary<LiveEvent>;

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AttemptFailure, ErrorInfo, NodeFailure, RunFailureRecord } from "../errors/failure.ts";
import { decodeAttempt, encodeAttempt } from "./attempt-codec.ts";
import type {
  AbortNotice,
  ControlReply,
  ControlRequest,
  LiveEvent,
  NodeAnswer,
  NodeStatusRecord,
  RunSummaryRecord,
  Waker,
} from "./control.ts";
import {
  decodeAbort,
  decodeControlReply,
  decodeControlRequest,
  encodeAbort,
  encodeControlReply,
  encodeControlRequest,
} from "./control-codec.ts";
import { decodeDeadLetter, encodeDeadLetter } from "./dead-letter-codec.ts";
import { decodeEvent, encodeEvent, readEvents } from "./event-codec.ts";
import { encodeFrame, RecordUndecodableError, splitFrames } from "./frame.ts";
import { decodeGraph, encodeGraph } from "./graph-codec.ts";
import { decodeLease, encodeLease } from "./lease-codec.ts";
import { decodeLive, encodeLive } from "./live-codec.ts";
import { nodeStates } from "./node-states.ts";
import { decodeOutcome, encodeOutcome } from "./outcome-codec.ts";
import { encodePayload } from "./payload.ts";
import { MOMENT_MS_MAX } from "./record-fields.ts";
import { recordKinds, WIRE_VERSION } from "./record-kinds.ts";
import type { AttemptRecord, DeadLetterRecord, LeaseRecord, OutcomeRecord, RunEvent, WorkerRecord } from "./records.ts";
import type { RetryPolicy, StepDefaults } from "./step-defaults.ts";
import type { DoneNode, RunRemains } from "./remains.ts";
import { decodeKept, decodeRemains, encodeKept, encodeRemains } from "./remains-codec.ts";
import { decodeWorker, encodeWorker } from "./worker-codec.ts";

const text = fc.string({ unit: "grapheme", maxLength: 60 });
const count = fc.oneof(fc.nat(300), fc.maxSafeNat());
const ms = fc.oneof(
  fc.integer({ min: 0, max: MOMENT_MS_MAX }),
  fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => value + 0),
);
const bytes = fc.uint8Array({ maxLength: 300 });
const payload = fc.oneof(bytes, text, count).map(encodePayload);
const name = text.filter((each) => each !== "__proto__");
const labels = fc.dictionary(name, text, { maxKeys: 4, noNullPrototype: true });
const nodeState = fc.constantFrom(...nodeStates);
const counts = fc.dictionary(nodeState, count, { noNullPrototype: true });

/** A record with every combination of its optional fields. */
function record<T>(
  fields: { [K in keyof Required<T>]: fc.Arbitrary<T[K]> },
  required: readonly (keyof T)[],
): fc.Arbitrary<T> {
  return fc.record(fields, { requiredKeys: required as never, noNullPrototype: true }) as unknown as fc.Arbitrary<T>;
}

const error: fc.Arbitrary<ErrorInfo> = fc.letrec<{ error: ErrorInfo }>((tie) => ({
  error: record<ErrorInfo>({ name: text, message: text, code: text, stack: text, cause: tie("error") }, [
    "name",
    "message",
  ]),
})).error;
const attemptFailure = record<AttemptFailure>({ code: text, error, permanent: fc.boolean(), retryAfterMs: ms }, [
  "code",
  "error",
  "permanent",
]);
const nodeFailure = record<NodeFailure>(
  { code: text, message: text, node: text, task: text, attempt: count, cause: error },
  ["code", "message", "node", "attempt"],
);
const runFailure = record<RunFailureRecord>(
  {
    code: text,
    message: text,
    node: text,
    attempt: count,
    cause: error,
    failures: fc.array(nodeFailure, { maxLength: 3 }),
    partial: bytes,
  },
  ["code", "message", "failures"],
);
const retry = record<RetryPolicy>(
  {
    attempts: count,
    backoff: fc.constantFrom("fixed", "linear", "exponential"),
    delayMs: ms,
    maxDelayMs: ms,
    jitter: fc.boolean(),
    on: fc.array(text, { maxLength: 3 }),
    notOn: fc.array(text, { maxLength: 3 }),
  },
  ["attempts", "backoff", "delayMs"],
);
const defaults = record<StepDefaults>({ queue: text, priority: fc.nat(9), timeoutMs: ms, retry, labels }, []);

const event: fc.Arbitrary<RunEvent> = fc
  .oneof(
    record<Extract<RunEvent, { type: "run.started" }>>(
      {
        type: fc.constant("run.started"),
        run: text,
        client: text,
        workflow: text,
        graph: text,
        input: payload,
        labels,
        timeoutMs: ms,
        defaults,
        redriveOf: text,
        kept: text,
        first: bytes,
      },
      ["type", "run", "client", "workflow", "graph", "input"],
    ),
    fc.record({ type: fc.constant("attempt.started" as const), run: text, node: count, attempt: count, worker: text }),
    record<Extract<RunEvent, { type: "attempt.succeeded" }>>(
      {
        type: fc.constant("attempt.succeeded"),
        run: text,
        node: count,
        attempt: count,
        result: payload,
        ends: fc.constantFrom("scope", "run"),
      },
      ["type", "run", "node", "attempt", "result"],
    ),
    fc.record({
      type: fc.constant("attempt.replaced" as const),
      run: text,
      node: count,
      attempt: count,
      graph: text,
      input: payload,
    }),
    record<Extract<RunEvent, { type: "nodes.cancel.requested" }>>(
      {
        type: fc.constant("nodes.cancel.requested"),
        run: text,
        nodes: fc.array(text, { maxLength: 3 }),
        label: fc.tuple(text, text),
        reason: text,
      },
      ["type", "run", "nodes", "reason"],
    ),
    fc.record({ type: fc.constant("run.pause.requested" as const), run: text, reason: text }),
    fc.record({ type: fc.constant("run.resume.requested" as const), run: text }),
    fc.record({ type: fc.constant("signal.received" as const), run: text, signal: text, id: text, payload }),
    fc.record({
      type: fc.constant("attempt.failed" as const),
      run: text,
      node: count,
      attempt: count,
      failure: attemptFailure,
    }),
    fc.record({ type: fc.constant("timer.fired" as const), run: text, timer: text }),
    record<Omit<Extract<RunEvent, { type: "expression.evaluated" }>, "blob">>(
      { type: fc.constant("expression.evaluated"), run: text, target: text, value: payload, error },
      ["type", "run", "target"],
    ),
    record<Extract<RunEvent, { type: "run.cancel.requested" }>>(
      { type: fc.constant("run.cancel.requested"), run: text, reason: text, compensate: fc.boolean() },
      ["type", "run", "reason"],
    ),
  )
  .map((value) => ({ ...value }));

const attempt = record<AttemptRecord>(
  {
    run: text,
    partition: count,
    node: count,
    nodePath: text,
    attempt: count,
    task: text,
    input: fc.oneof(
      bytes.map((payload) => ({ kind: "value" as const, payload })),
      fc.tuple(bytes, fc.array(bytes)).map(([expr, args]) => ({ kind: "expression" as const, expr, args })),
    ),
    timeoutMs: ms,
    labels,
    expiresAtMs: ms,
    each: fc.constant(true as const),
    again: fc.constant(true as const),
  },
  ["run", "partition", "node", "nodePath", "attempt", "task", "input"],
);
const outcome = record<OutcomeRecord>(
  {
    run: text,
    workflow: text,
    graph: text,
    state: fc.constantFrom("succeeded", "failed", "cancelled"),
    value: bytes,
    failure: runFailure,
    startedAtMs: ms,
    endedAtMs: ms,
    counts,
    labels,
    named: fc.dictionary(name, bytes, { maxKeys: 3, noNullPrototype: true }),
    firstSequence: count,
    lastSequence: count,
    redriveOf: text,
    blobs: fc.array(text, { maxLength: 3 }),
  },
  ["run", "workflow", "graph", "state", "startedAtMs", "endedAtMs", "counts"],
);
const checkpointsSeen = fc.record({ epoch: count, revision: count }, { noNullPrototype: true });
const lastRead = fc.record({ sequence: count, timestampMs: ms }, { noNullPrototype: true });
const lease = record<LeaseRecord>(
  { owner: text, epoch: count, mark: count, renewedAtMs: ms, checkpointsSeen, lastRead },
  ["owner", "epoch", "mark", "renewedAtMs"],
);
const names = fc.array(text, { maxLength: 5 });
const worker = record<WorkerRecord>(
  { id: text, host: text, pid: count, queues: names, tasks: names, startedAtMs: ms, seenAtMs: ms, heartbeatMs: ms },
  ["id", "host", "pid", "queues", "tasks", "startedAtMs", "seenAtMs", "heartbeatMs"],
);
const deadLetter = record<DeadLetterRecord>(
  { source: text, code: text, message: text, bytes, at: ms, queue: text, priority: fc.nat(9) },
  ["source", "code", "message", "bytes", "at"],
);
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
const request: fc.Arbitrary<ControlRequest> = plain(
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
const reply: fc.Arbitrary<ControlReply> = plain(
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
const doneNodes = fc.array(record<DoneNode>({ node: text, value: payload }, ["node"]), { maxLength: 4 });
const remains = record<RunRemains>(
  {
    run: text,
    workflow: text,
    graph: text,
    input: payload,
    labels,
    timeoutMs: ms,
    defaults,
    succeeded: doneNodes,
    failed: fc.array(text, { maxLength: 3 }),
    isComplete: fc.boolean(),
  },
  ["run", "workflow", "graph", "input", "succeeded", "failed", "isComplete"],
);
const abort = record<AbortNotice>({ run: text, nodes: fc.array(count, { maxLength: 5 }), reason: text }, [
  "run",
  "reason",
]);
const live = fc.oneof(
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
const graph = fc.dictionary(name, fc.oneof(text, fc.integer(), fc.array(text)), { noNullPrototype: true });

interface Codec {
  readonly name: string;
  readonly records: fc.Arbitrary<unknown>;
  readonly encode: (record: never) => Uint8Array;
  readonly decode: (message: Uint8Array) => unknown;
}

const codecs: readonly Codec[] = [
  { name: "event", records: event, encode: encodeEvent, decode: (message) => decodeEvent(onlyFrame(message)) },
  { name: "attempt", records: attempt, encode: encodeAttempt, decode: decodeAttempt },
  { name: "outcome", records: outcome, encode: encodeOutcome, decode: decodeOutcome },
  { name: "lease", records: lease, encode: encodeLease, decode: decodeLease },
  { name: "worker", records: worker, encode: encodeWorker, decode: decodeWorker },
  { name: "dead letter", records: deadLetter, encode: encodeDeadLetter, decode: decodeDeadLetter },
  { name: "graph", records: graph, encode: encodeGraph, decode: decodeGraph },
  { name: "control request", records: request, encode: encodeControlRequest, decode: decodeControlRequest },
  { name: "control reply", records: reply, encode: encodeControlReply, decode: decodeControlReply },
  { name: "remains", records: remains, encode: encodeRemains, decode: decodeRemains },
  { name: "kept", records: doneNodes, encode: encodeKept, decode: decodeKept },
  { name: "abort", records: abort, encode: encodeAbort, decode: decodeAbort },
  { name: "live", records: live, encode: encodeLive, decode: decodeLive },
];

function onlyFrame(message: Uint8Array) {
  const [frame] = splitFrames(message);
  if (frame === undefined) throw new RecordUndecodableError("no frame");
  return frame;
}

describe.each(codecs)("$name", ({ records, encode, decode }) => {
  test("is the same after a round trip", () => {
    fc.assert(
      fc.property(records, (value) => {
        expect(decode(encode(value as never))).toStrictEqual(value);
      }),
    );
  });
  test("is one frame", () => {
    fc.assert(
      fc.property(records, (value) => {
        const message = encode(value as never);
        const frames = splitFrames(message);
        expect(frames.map((frame) => frame.version)).toEqual([WIRE_VERSION]);
        expect(frames[0]?.bytes).toEqual(message);
      }),
    );
  });
  test("is refused, and nothing else happens, where bytes were changed or cut", () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 0, max: 255 }), (value, place, byte) => {
        const message = encode(value as never);
        expect(() => decode(message.subarray(0, place % message.length))).toThrow(RecordUndecodableError);
        message[place % message.length] = byte;
        expect(oddErrorOf(() => decode(message))).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
  test("is refused where it is no such record", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.constantFrom(...Object.values(recordKinds)), (body, kind) => {
        expect(oddErrorOf(() => decode(body))).toBeUndefined();
        expect(oddErrorOf(() => decode(encodeFrame(WIRE_VERSION, kind, body)))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
  test("is refused in another version, as another kind, and without its fields", () => {
    const [value] = fc.sample(records, 1);
    const message = encode(value as never);
    const withByte = (at: number, byte: number) => Uint8Array.from(message, (each, i) => (i === at ? byte : each));
    expect(() => decode(withByte(4, WIRE_VERSION + 1))).toThrow(RecordUndecodableError);
    expect(() => decode(withByte(5, 255))).toThrow(RecordUndecodableError);
    expect(() => decode(encodeFrame(WIRE_VERSION, message[5] as number, new Uint8Array([0x90])))).toThrow(
      RecordUndecodableError,
    );
    expect(() => decode(new Uint8Array([...message, 0]))).toThrow(RecordUndecodableError);
  });
});

test("the events of a message come in order", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 10 }), (events) => {
      const read: RunEvent[] = [];
      const undecodable: Uint8Array[] = [];
      readEvents(
        new Uint8Array(Buffer.concat(events.map(encodeEvent))),
        (each) => read.push(each),
        (rest) => undecodable.push(rest),
      );
      expect({ read, undecodable }).toEqual({ read: events, undecodable: [] });
    }),
  );
});

/** What `act` throws, unless it is the one error that a reader expects. */
function oddErrorOf(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof RecordUndecodableError ? undefined : error;
  }
}

import fc from "fast-check";
import type {
  AttemptRecord,
  DeadLetterRecord,
  LeaseRecord,
  OutcomeRecord,
  RunEvent,
  WorkerRecord,
} from "../wire/records.ts";
import { encodeOutcome } from "../wire/outcome-codec.ts";
import type { DoneNode, RunRemains } from "../wire/remains.ts";
import {
  attemptFailure,
  bytes,
  count,
  counts,
  defaults,
  error,
  labels,
  ms,
  name,
  names,
  payload,
  record,
  runFailure,
  text,
} from "./field-arbitraries.ts";

const ended = { workflow: "w", graph: "g", state: "failed", startedAtMs: 1, endedAtMs: 2, counts: {} } as const;

export const event: fc.Arbitrary<RunEvent> = fc
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
    text.map((run) => ({ type: "run.ended" as const, run, outcome: encodeOutcome({ ...ended, run }) })),
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

export const attempt = record<AttemptRecord>(
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
export const outcome = record<OutcomeRecord>(
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
export const lease = record<LeaseRecord>(
  { owner: text, epoch: count, mark: count, renewedAtMs: ms, checkpointsSeen, lastRead, cutAtMs: ms },
  ["owner", "epoch", "mark", "renewedAtMs"],
);
export const worker = record<WorkerRecord>(
  { id: text, host: text, pid: count, queues: names, tasks: names, startedAtMs: ms, seenAtMs: ms, heartbeatMs: ms },
  ["id", "host", "pid", "queues", "tasks", "startedAtMs", "seenAtMs", "heartbeatMs"],
);
export const deadLetter = record<DeadLetterRecord>(
  { source: text, code: text, message: text, bytes, at: ms, queue: text, priority: fc.nat(9) },
  ["source", "code", "message", "bytes", "at"],
);
export const doneNodes = fc.array(record<DoneNode>({ node: text, value: payload }, ["node"]), { maxLength: 4 });
export const remains = record<RunRemains>(
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
export const graph = fc.dictionary(name, fc.oneof(text, fc.integer(), fc.array(text)), { noNullPrototype: true });

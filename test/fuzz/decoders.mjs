import * as core from "@arpeggio/core";

const payload = core.encodePayload({
  a: [1, 2.5, "text", null, true],
  when: new Date(1_700_000_000_000),
  big: 2n ** 70n,
});
const reference = core.encodeBlobReference({ key: "run/input", bytes: 200_000, items: 3 });
const run = "01jd9q8x4v-1";
const error = { name: "Error", message: "lost", code: "E", stack: "at x", cause: { name: "Error", message: "inner" } };
const failure = { code: "TASK_FAILED", error, permanent: false, retryAfterMs: 5 };
const labels = { team: "a", ünï: "b" };
const retry = { attempts: 3, backoff: "fixed", delayMs: 10, on: ["E"] };
const start = { type: "run.started", run, client: "c", workflow: "w", graph: "h", input: payload };

const events = [
  start,
  {
    ...start,
    input: reference,
    labels,
    timeoutMs: 5,
    defaults: { queue: "q", priority: 3, timeoutMs: 7, retry, labels },
  },
  { type: "attempt.started", run, node: 3, attempt: 1, worker: "w" },
  { type: "attempt.succeeded", run, node: 3, attempt: 1, result: payload },
  { type: "attempt.failed", run, node: 3, attempt: 2, failure },
  { type: "timer.fired", run, timer: "r3:1" },
  { type: "expression.evaluated", run, target: "over:3", value: payload },
  { type: "expression.evaluated", run, target: "over:3", error },
  { type: "run.cancel.requested", run, reason: "no" },
].map((event) => core.encodeEvent(event));

const attempt = { run, partition: 0, node: 1, nodePath: "map[3]/t", attempt: 1, task: "t" };
const runFailure = {
  code: "RUN_FAILED",
  message: "m",
  failures: [{ code: "X", message: "m", node: "n", attempt: 1, cause: error }],
};
const outcome = {
  run,
  workflow: "w",
  graph: "h",
  state: "succeeded",
  startedAtMs: 1,
  endedAtMs: 2,
  counts: { succeeded: 1 },
};
const records = [
  core.encodeAttempt({ ...attempt, input: { kind: "value", payload } }),
  core.encodeAttempt({
    ...attempt,
    labels,
    timeoutMs: 3,
    input: { kind: "expression", expr: payload, args: [payload] },
  }),
  core.encodeOutcome({ ...outcome, value: payload }),
  core.encodeOutcome({ ...outcome, state: "failed", failure: runFailure, labels }),
  core.encodeLease({ owner: "o", epoch: 3, mark: 9, renewedAtMs: 5, checkpointsSeen: { epoch: 2, revision: 7 } }),
  core.encodeWorker({
    id: "w",
    host: "h",
    pid: 1,
    queues: ["q"],
    tasks: ["t"],
    startedAtMs: 1,
    seenAtMs: 2,
    heartbeatMs: 3,
  }),
  core.encodeDeadLetter({ source: "events", code: "C", message: "m", bytes: payload, at: 5, queue: "q", priority: 1 }),
];

const status = {
  run,
  workflow: "w",
  graph: "h",
  state: "running",
  startedAtMs: 1,
  counts: { queued: 1 },
  nodes: [],
  liveSequence: 4,
  labels,
};
const waiting = {
  node: "n",
  state: "queued",
  attempt: 1,
  task: "t",
  queue: "q",
  waitsFor: { kind: "timer", what: "retry", dueAtMs: 9 },
};
const control = [
  core.encodeControlRequest({ type: "status", run, nodesMax: 5 }),
  core.encodeControlRequest({ type: "watch", run, nodesMax: 5, forMs: 1_000 }),
  core.encodeControlReply({ type: "unknown", run }),
  core.encodeControlReply({ type: "status", status: { ...status, nodes: [waiting] } }),
  core.encodeAbort({ run, reason: "r", nodes: [1, 2] }),
  core.encodeLive({ type: "run", sequence: 3, state: "failed", failure: runFailure }),
  core.encodeLive({ type: "log", node: "n", message: "m", data: { a: [1] } }),
];

const node = { kind: "task", id: "t", task: "t", needs: [], input: { ref: "$in" } };
const graph = {
  canvas: 1,
  name: "g",
  nodes: [node, { ...node, id: "u", needs: ["t"], input: { ref: "t" } }],
  output: { ref: "u" },
};

function throwIfUndecodable(message) {
  core.readEvents(
    message,
    () => {},
    () => {},
  );
  for (const frame of core.splitFrames(message)) core.decodeEvent(frame);
}

/**
 * Every function that reads what comes from outside, with what it reads when all is well. `errors` are the codes of the
 * errors that it may throw.
 *
 * @type {readonly { name: string, corpus: readonly Uint8Array[], decoders: readonly ((bytes: Uint8Array) => unknown)[], errors: readonly string[] }[]}
 */
export const groups = [
  { name: "events", corpus: events, decoders: [throwIfUndecodable], errors: ["RECORD_UNDECODABLE"] },
  {
    name: "records",
    corpus: records,
    decoders: [core.decodeAttempt, core.decodeOutcome, core.decodeLease, core.decodeWorker, core.decodeDeadLetter],
    errors: ["RECORD_UNDECODABLE"],
  },
  {
    name: "control",
    corpus: control,
    decoders: [core.decodeControlRequest, core.decodeControlReply, core.decodeAbort, core.decodeLive],
    errors: ["RECORD_UNDECODABLE"],
  },
  {
    name: "payloads",
    corpus: [payload, reference, core.splicePayloadArray([payload, reference, payload]), core.encodePayload(labels)],
    decoders: [core.decodePayload, core.splitPayloadArray, core.payloadArrayLength, core.blobReferenceOf],
    errors: ["RECORD_UNDECODABLE"],
  },
  {
    name: "graphs",
    corpus: [core.encodeGraph(graph)],
    decoders: [(bytes) => core.assertGraph(core.decodeGraph(bytes)), core.graphPartKeys],
    errors: ["RECORD_UNDECODABLE", "GRAPH_INVALID"],
  },
  {
    name: "remains",
    corpus: [
      core.encodeRemains({
        run,
        workflow: "w",
        graph: "h",
        input: payload,
        labels,
        succeeded: [{ node: "a", value: payload }],
        failed: ["b"],
        isComplete: true,
      }),
      core.encodeKept([{ node: "a", value: payload }, { node: "b" }]),
    ],
    decoders: [core.decodeRemains, core.decodeKept],
    errors: ["RECORD_UNDECODABLE"],
  },
];

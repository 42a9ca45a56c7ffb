import type { AbortNotice, ControlReply, ControlRequest, NodeStatusRecord, RunStatusRecord, Waker } from "./control.ts";
import { nodeStates } from "./node-states.ts";
import { choice, count, entries, fieldsIn, labels, list, number, optional, present, text } from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";

const runStates = ["running", "cancelling", "succeeded", "failed", "cancelled"] as const;

export function encodeControlRequest(request: ControlRequest): Uint8Array {
  const { type, run, nodesMax } = request;
  const forMs = type === "watch" ? request.forMs : undefined;
  return encodeRecord(recordKinds.controlRequest, [type, run, nodesMax, forMs]);
}

/** Takes the whole message. @throws {@link RecordUndecodableError} */
export function decodeControlRequest(bytes: Uint8Array): ControlRequest {
  return decodeRecord(bytes, recordKinds.controlRequest, readControlRequest);
}

function readControlRequest(fields: Fields): ControlRequest {
  const type = choice(fields[0], ["status", "watch"] as const);
  const run = text(fields[1]);
  const nodesMax = count(fields[2]);
  return type === "status" ? { type, run, nodesMax } : { type, run, nodesMax, forMs: number(fields[3]) };
}

export function encodeControlReply(reply: ControlReply): Uint8Array {
  const answer = reply.type === "unknown" ? reply.run : statusFields(reply.status);
  return encodeRecord(recordKinds.controlReply, [reply.type, answer]);
}

/** Takes the whole message. @throws {@link RecordUndecodableError} */
export function decodeControlReply(bytes: Uint8Array): ControlReply {
  return decodeRecord(bytes, recordKinds.controlReply, readControlReply);
}

function readControlReply(fields: Fields): ControlReply {
  const type = choice(fields[0], ["unknown", "status"] as const);
  return type === "unknown" ? { type, run: text(fields[1]) } : { type, status: readStatus(fieldsIn(fields[1])) };
}

/** `[run, workflow, graph, state, startedAtMs, counts, nodes, liveSequence, labels?]` */
function statusFields(status: RunStatusRecord): Fields {
  const { run, workflow, graph, state, startedAtMs, counts, liveSequence } = status;
  const nodes = status.nodes.map(nodeFields);
  return [run, workflow, graph, state, startedAtMs, counts, nodes, liveSequence, status.labels];
}

function readStatus(fields: Fields): RunStatusRecord {
  return {
    run: text(fields[0]),
    workflow: text(fields[1]),
    graph: text(fields[2]),
    state: choice(fields[3], runStates),
    startedAtMs: number(fields[4]),
    // Unknown names are kept: a newer writer may count a state that this release does not have.
    counts: entries(fields[5], count),
    nodes: list(fields[6], readNode),
    liveSequence: count(fields[7]),
    ...present({ labels: optional(fields[8], labels) }),
  };
}

/** `[node, state, attempt, task?, queue?, waitsFor?]` */
function nodeFields({ node, state, attempt, task, queue, waitsFor }: NodeStatusRecord): Fields {
  return [node, state, attempt, task, queue, waitsFor && wakerFields(waitsFor)];
}

function readNode(field: unknown): NodeStatusRecord {
  const fields = fieldsIn(field);
  return {
    node: text(fields[0]),
    state: choice(fields[1], nodeStates),
    attempt: count(fields[2]),
    ...present({
      task: optional(fields[3], text),
      queue: optional(fields[4], text),
      waitsFor: optional(fields[5], readWaker),
    }),
  };
}

/** `["nodes", nodes]`, `["worker", task, queue]`, `["timer", what, dueAtMs]`, `["items", ended, total]`, `["evaluation"]` */
function wakerFields(waker: Waker): Fields {
  switch (waker.kind) {
    case "nodes":
      return [waker.kind, waker.nodes];
    case "worker":
      return [waker.kind, waker.task, waker.queue];
    case "timer":
      return [waker.kind, waker.what, waker.dueAtMs];
    case "items":
      return [waker.kind, waker.ended, waker.total];
    case "evaluation":
      return [waker.kind];
  }
}

function readWaker(field: unknown): Waker {
  const fields = fieldsIn(field);
  const kind = choice(fields[0], ["nodes", "worker", "timer", "items", "evaluation"] as const);
  switch (kind) {
    case "nodes":
      return { kind, nodes: list(fields[1], text) };
    case "worker":
      return { kind, task: text(fields[1]), queue: text(fields[2]) };
    case "timer":
      return {
        kind,
        what: choice(fields[1], ["retry", "timeout"] as const),
        dueAtMs: number(fields[2]),
      };
    case "items":
      return { kind, ended: count(fields[1]), total: count(fields[2]) };
    case "evaluation":
      return { kind };
  }
}

export function encodeAbort(notice: AbortNotice): Uint8Array {
  return encodeRecord(recordKinds.abort, [notice.run, notice.reason, notice.nodes]);
}

/** Takes the whole message. @throws {@link RecordUndecodableError} */
export function decodeAbort(bytes: Uint8Array): AbortNotice {
  return decodeRecord(bytes, recordKinds.abort, readAbort);
}

function readAbort(fields: Fields): AbortNotice {
  const nodes = optional(fields[2], (field) => list(field, count));
  return { run: text(fields[0]), reason: text(fields[1]), ...present({ nodes }) };
}

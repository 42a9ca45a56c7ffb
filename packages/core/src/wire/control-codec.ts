import type { AbortNotice, ControlReply, ControlRequest, NodeStatusRecord, RunStatusRecord, Waker } from "./control.ts";
import type { MsgpackWriter } from "./msgpack-writer.ts";
import { nodeStates } from "./node-states.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import type { RecordReader } from "./record-reader.ts";
import {
  writeCounts,
  writeLabels,
  writeList,
  writeOptionalRecord,
  writeOptionalString,
  writeStrings,
} from "./record-writing.ts";
import type { NodeState } from "./records.ts";

const runStates = ["running", "cancelling", "succeeded", "failed", "cancelled"] as const;

export function encodeControlRequest(request: ControlRequest): Uint8Array {
  return encodeRecord(recordKinds.controlRequest, request, writeControlRequest);
}

/** Takes the whole message. @throws {@link RecordUndecodableError} */
export function decodeControlRequest(bytes: Uint8Array): ControlRequest {
  return decodeRecord(bytes, recordKinds.controlRequest, readControlRequest);
}

/** `[type, run, nodesMax, forMs?]` */
function writeControlRequest(writer: MsgpackWriter, request: ControlRequest): void {
  writer.arrayHeader(request.type === "watch" ? 4 : 3);
  writer.string(request.type);
  writer.string(request.run);
  writer.number(request.nodesMax);
  if (request.type === "watch") writer.number(request.forMs);
}

function readControlRequest(reader: RecordReader): ControlRequest {
  const type = reader.choice(["status", "watch"] as const);
  const run = reader.string();
  const nodesMax = reader.uint();
  return type === "status" ? { type, run, nodesMax } : { type, run, nodesMax, forMs: reader.number() };
}

export function encodeControlReply(reply: ControlReply): Uint8Array {
  return encodeRecord(recordKinds.controlReply, reply, writeControlReply);
}

/** Takes the whole message. @throws {@link RecordUndecodableError} */
export function decodeControlReply(bytes: Uint8Array): ControlReply {
  return decodeRecord(bytes, recordKinds.controlReply, readControlReply);
}

/** `["unknown", run]` or `["status", status]` */
function writeControlReply(writer: MsgpackWriter, reply: ControlReply): void {
  writer.arrayHeader(2);
  writer.string(reply.type);
  if (reply.type === "unknown") writer.string(reply.run);
  else writeRunStatus(writer, reply.status);
}

function readControlReply(reader: RecordReader): ControlReply {
  const type = reader.choice(["unknown", "status"] as const);
  if (type === "unknown") return { type, run: reader.string() };
  return { type, status: reader.record(readRunStatus) };
}

/** `[run, workflow, graph, state, startedAtMs, counts, nodes, liveSequence, labels?]` */
function writeRunStatus(writer: MsgpackWriter, status: RunStatusRecord): void {
  writer.arrayHeader(9);
  writer.string(status.run);
  writer.string(status.workflow);
  writer.string(status.graph);
  writer.string(status.state);
  writer.number(status.startedAtMs);
  writeCounts(writer, status.counts);
  writeList(writer, status.nodes, writeNodeStatus);
  writer.number(status.liveSequence);
  writeOptionalRecord(writer, status.labels, writeLabels);
}

function readRunStatus(reader: RecordReader): RunStatusRecord {
  const run = reader.string();
  const workflow = reader.name();
  const graph = reader.name();
  const state = reader.choice(runStates);
  const startedAtMs = reader.number();
  const counts = readCounts(reader);
  const nodes = reader.list((inner) => inner.record(readNodeStatus));
  const liveSequence = reader.uint();
  const labels = reader.optionalEntries((inner) => inner.string());
  return {
    run,
    workflow,
    graph,
    state,
    startedAtMs,
    counts,
    nodes,
    liveSequence,
    ...(labels === undefined ? {} : { labels }),
  };
}

/** Unknown names are kept: a newer writer may count a state that this release does not have. */
export function readCounts(reader: RecordReader): Partial<Record<NodeState, number>> {
  return reader.entries((inner) => inner.uint());
}

/** `[node, state, attempt, task?, queue?, waitsFor?]` */
function writeNodeStatus(writer: MsgpackWriter, status: NodeStatusRecord): void {
  writer.arrayHeader(6);
  writer.string(status.node);
  writer.string(status.state);
  writer.number(status.attempt);
  writeOptionalString(writer, status.task);
  writeOptionalString(writer, status.queue);
  writeOptionalRecord(writer, status.waitsFor, writeWaker);
}

function readNodeStatus(reader: RecordReader): NodeStatusRecord {
  const node = reader.string();
  const state = reader.choice(nodeStates);
  const attempt = reader.uint();
  const task = reader.optionalName();
  const queue = reader.optionalName();
  const waitsFor = reader.optionalRecord(readWaker);
  return {
    node,
    state,
    attempt,
    ...(task === undefined ? {} : { task }),
    ...(queue === undefined ? {} : { queue }),
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
}

/** `["nodes", nodes]`, `["worker", task, queue]`, `["timer", what, dueAtMs]`, `["items", ended, total]`, `["evaluation"]` */
function writeWaker(writer: MsgpackWriter, waker: Waker): void {
  writer.arrayHeader(waker.kind === "evaluation" ? 1 : waker.kind === "nodes" ? 2 : 3);
  writer.string(waker.kind);
  switch (waker.kind) {
    case "nodes":
      return writeStrings(writer, waker.nodes);
    case "worker":
      writer.string(waker.task);
      return writer.string(waker.queue);
    case "timer":
      writer.string(waker.what);
      return writer.number(waker.dueAtMs);
    case "items":
      writer.number(waker.ended);
      return writer.number(waker.total);
    case "evaluation":
  }
}

function readWaker(reader: RecordReader): Waker {
  const kind = reader.choice(["nodes", "worker", "timer", "items", "evaluation"] as const);
  switch (kind) {
    case "nodes":
      return { kind, nodes: reader.list((inner) => inner.string()) };
    case "worker":
      return { kind, task: reader.name(), queue: reader.name() };
    case "timer":
      return { kind, what: reader.choice(["retry", "timeout"] as const), dueAtMs: reader.number() };
    case "items":
      return { kind, ended: reader.uint(), total: reader.uint() };
    case "evaluation":
      return { kind };
  }
}

export function encodeAbort(notice: AbortNotice): Uint8Array {
  return encodeRecord(recordKinds.abort, notice, writeAbort);
}

/** Takes the whole message. @throws {@link RecordUndecodableError} */
export function decodeAbort(bytes: Uint8Array): AbortNotice {
  return decodeRecord(bytes, recordKinds.abort, readAbort);
}

/** `[run, reason, nodes?]` */
function writeAbort(writer: MsgpackWriter, notice: AbortNotice): void {
  writer.arrayHeader(3);
  writer.string(notice.run);
  writer.string(notice.reason);
  writeOptionalRecord(writer, notice.nodes, (inner, nodes) =>
    writeList(inner, nodes, (each, node) => each.number(node)),
  );
}

function readAbort(reader: RecordReader): AbortNotice {
  const run = reader.string();
  const reason = reader.string();
  const nodes = reader.optionalList((inner) => inner.uint());
  return { run, reason, ...(nodes === undefined ? {} : { nodes }) };
}

import type {
  AbortNotice,
  ControlReply,
  ControlRequest,
  NodeAnswer,
  RunSummaryRecord,
  SignalAnswer,
} from "./control.ts";
import { nodeFailureFields, readNodeFailure } from "./failure-codec.ts";
import {
  bytes,
  choice,
  count,
  fieldsIn,
  labels,
  list,
  moment,
  number,
  optional,
  present,
  text,
  yesOrNo,
} from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import type { RunPlace } from "./run-order.ts";
import { nodeFields, readNode, readStatus, statusFields } from "./run-status-codec.ts";

/** `[type, run, …, past?]`; `["list", limit, workflow?, label?, sinceMs?, isPaused?, after?]` */
export function encodeControlRequest(request: ControlRequest): Uint8Array {
  return encodeRecord(recordKinds.controlRequest, requestFields(request));
}

function requestFields(request: ControlRequest): unknown[] {
  switch (request.type) {
    case "status":
      return [request.type, request.run, request.nodesMax, request.past];
    case "watch":
      return [request.type, request.run, request.nodesMax, request.forMs];
    case "node":
      return [request.type, request.run, request.node, request.past];
    case "remains":
      return [request.type, request.run, request.within];
    case "signal":
      return [request.type, request.run, request.signal];
    case "list":
      return [
        request.type,
        request.limit,
        request.workflow,
        request.label,
        request.sinceMs,
        request.isPaused,
        request.after,
      ];
  }
}

/** Takes the whole message. @throws {@link RecordUndecodableError} */
export function decodeControlRequest(message: Uint8Array): ControlRequest {
  return decodeRecord(message, recordKinds.controlRequest, readControlRequest);
}

function readControlRequest(fields: Fields): ControlRequest {
  const type = choice(fields[0], ["status", "watch", "node", "remains", "signal", "list"] as const);
  switch (type) {
    case "status":
      return { type, run: text(fields[1]), nodesMax: count(fields[2]), ...pastIn(fields[3]) };
    case "watch":
      return { type, run: text(fields[1]), nodesMax: count(fields[2]), forMs: number(fields[3]) };
    case "node":
      return { type, run: text(fields[1]), node: text(fields[2]), ...pastIn(fields[3]) };
    case "remains":
      return { type, run: text(fields[1]), ...present({ within: optional(fields[2], text) }) };
    case "signal":
      return { type, run: text(fields[1]), signal: text(fields[2]) };
    case "list":
      return {
        type,
        limit: count(fields[1]),
        ...present({
          workflow: optional(fields[2], text),
          label: optional(fields[3], readLabel),
          sinceMs: optional(fields[4], number),
          isPaused: optional(fields[5], yesOrNo),
          after: optional(fields[6], readPlace),
        }),
      };
  }
}

function pastIn(field: unknown): { readonly past?: true } {
  return optional(field, yesOrNo) === true ? { past: true } : {};
}

function readLabel(field: unknown): readonly [string, string] {
  const [key, value] = fieldsIn(field);
  return [text(key), text(value)];
}

function readPlace(field: unknown): RunPlace {
  const [startedAtMs, run] = fieldsIn(field);
  return [number(startedAtMs), text(run)];
}

export function encodeControlReply(reply: ControlReply): Uint8Array {
  return encodeRecord(recordKinds.controlReply, replyFields(reply));
}

function replyFields(reply: ControlReply): unknown[] {
  switch (reply.type) {
    case "unknown":
    case "reading":
      return [reply.type, reply.run];
    case "gone":
      return [reply.type, reply.run, reply.why];
    case "remains":
      return [reply.type, reply.blob];
    case "status":
      return [reply.type, statusFields(reply.status)];
    case "node": {
      const { status, value, failure, mayCome, known } = reply.node;
      return [reply.type, [known, mayCome, status && nodeFields(status), value, failure && nodeFailureFields(failure)]];
    }
    case "signal": {
      const { expected, graphs, known } = reply.signal;
      return [reply.type, [expected, graphs, known]];
    }
    case "list":
      return [reply.type, reply.runs.map(summaryFields), reply.isWhole];
  }
}

const replyTypes = ["unknown", "status", "node", "remains", "gone", "reading", "signal", "list"] as const;

/** Takes the whole message. Payloads are views of it. @throws {@link RecordUndecodableError} */
export function decodeControlReply(message: Uint8Array): ControlReply {
  return decodeRecord(message, recordKinds.controlReply, readControlReply);
}

function readControlReply(fields: Fields): ControlReply {
  const type = choice(fields[0], replyTypes);
  switch (type) {
    case "unknown":
    case "reading":
      return { type, run: text(fields[1]) };
    case "gone":
      return { type, run: text(fields[1]), why: text(fields[2]) };
    case "remains":
      return { type, blob: text(fields[1]) };
    case "status":
      return { type, status: readStatus(fieldsIn(fields[1])) };
    case "node":
      return { type, node: readNodeAnswer(fieldsIn(fields[1])) };
    case "signal":
      return { type, signal: readSignalAnswer(fieldsIn(fields[1])) };
    case "list":
      return { type, runs: list(fields[1], readSummary), isWhole: yesOrNo(fields[2]) };
  }
}

/** `[known, mayCome, status?, value?, failure?]` */
function readNodeAnswer(fields: Fields): NodeAnswer {
  return {
    known: list(fields[0], text),
    mayCome: yesOrNo(fields[1]),
    ...present({
      status: optional(fields[2], readNode),
      value: optional(fields[3], bytes),
      failure: optional(fields[4], readNodeFailure),
    }),
  };
}

/** `[expected, graphs, known]` */
function readSignalAnswer(fields: Fields): SignalAnswer {
  const expected = choice(fields[0], ["waiting", "later", "no"] as const);
  return { expected, graphs: list(fields[1], text), known: list(fields[2], text) };
}

/** `[run, workflow, startedAtMs, labels?, paused?]` */
function summaryFields({ run, workflow, startedAtMs, labels: given, paused }: RunSummaryRecord): Fields {
  return [run, workflow, startedAtMs, given, paused];
}

function readSummary(field: unknown): RunSummaryRecord {
  const fields = fieldsIn(field);
  return {
    run: text(fields[0]),
    workflow: text(fields[1]),
    startedAtMs: moment(fields[2]),
    ...present({ labels: optional(fields[3], labels), paused: optional(fields[4], text) }),
  };
}

export function encodeAbort(notice: AbortNotice): Uint8Array {
  return encodeRecord(recordKinds.abort, [notice.run, notice.reason, notice.nodes, notice.isTakenBack]);
}

/** Takes the whole message. @throws {@link RecordUndecodableError} */
export function decodeAbort(bytes: Uint8Array): AbortNotice {
  return decodeRecord(bytes, recordKinds.abort, readAbort);
}

function readAbort(fields: Fields): AbortNotice {
  const nodes = optional(fields[2], (field) => list(field, count));
  const isTakenBack = optional(fields[3], yesOrNo) === true ? (true as const) : undefined;
  return { run: text(fields[0]), reason: text(fields[1]), ...present({ nodes, isTakenBack }) };
}

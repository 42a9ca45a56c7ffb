import { readAttemptFailure, readErrorInfo, writeAttemptFailure, writeErrorInfo } from "./failure-codec.ts";
import { FRAME_HEADER_BYTES, RecordUndecodableError, scanFrames } from "./frame.ts";
import type { Frame } from "./frame.ts";
import type { MsgpackWriter } from "./msgpack-writer.ts";
import { encodeRecord, recordKinds, refuseOtherVersions } from "./record-kinds.ts";
import { RecordReader } from "./record-reader.ts";
import { writeLabels, writeOptionalBinary, writeOptionalNumber, writeOptionalRecord } from "./record-writing.ts";
import type {
  AttemptFailed,
  AttemptStarted,
  AttemptSucceeded,
  ExpressionEvaluated,
  RunCancelRequested,
  RunEvent,
  RunStarted,
  TimerFired,
} from "./records.ts";
import { readStepDefaults, writeStepDefaults } from "./step-defaults-codec.ts";

/** One whole frame, the caller's own; several of them one after another are a message of the log. */
export function encodeEvent(event: RunEvent): Uint8Array {
  switch (event.type) {
    case "run.started":
      return encodeRecord(recordKinds.runStarted, event, writeRunStarted);
    case "attempt.started":
      return encodeRecord(recordKinds.attemptStarted, event, writeAttemptStarted);
    case "attempt.succeeded":
      return encodeRecord(recordKinds.attemptSucceeded, event, writeAttemptSucceeded);
    case "attempt.failed":
      return encodeRecord(recordKinds.attemptFailed, event, writeAttemptFailed);
    case "timer.fired":
      return encodeRecord(recordKinds.timerFired, event, writeTimerFired);
    case "expression.evaluated":
      return encodeRecord(recordKinds.expressionEvaluated, event, writeExpressionEvaluated);
    case "run.cancel.requested":
      return encodeRecord(recordKinds.runCancelRequested, event, writeRunCancelRequested);
  }
}

/**
 * The event of one frame (of `splitFrames`). Its payloads are views of the frame: copy what outlives the message.
 *
 * @throws {@link RecordUndecodableError}
 */
export function decodeEvent(frame: Frame): RunEvent {
  return eventIn(frame.version, frame.kind, frame.body, 0, frame.body.length);
}

/**
 * Reads all events of a message of the log, in order. Never throws for what the bytes hold: a frame that cannot be
 * decoded goes to `onUndecodable` as it is, and the ones after it are read all the same; where the lengths do not add
 * up, everything from there on goes there. Payloads and the bytes are views: copy what outlives the message.
 */
export function readEvents(
  message: Uint8Array,
  onEvent: (event: RunEvent) => void,
  onUndecodable: (bytes: Uint8Array, error: RecordUndecodableError) => void,
): void {
  scanFrames(
    message,
    (version, kind, from, to) => {
      let event: RunEvent;
      try {
        event = eventIn(version, kind, message, from, to);
      } catch (error) {
        if (!(error instanceof RecordUndecodableError)) throw error;
        onUndecodable(message.subarray(from - FRAME_HEADER_BYTES, to), error);
        return;
      }
      onEvent(event);
    },
    onUndecodable,
  );
}

function eventIn(version: number, kind: number, bytes: Uint8Array, from: number, to: number): RunEvent {
  refuseOtherVersions(version);
  const read = readers[kind];
  if (read === undefined) throw new RecordUndecodableError(`kind ${kind} is no event`);
  const reader = new RecordReader(bytes, from, to);
  const event = read(reader);
  reader.end();
  return event;
}

const readers: Readonly<Record<number, (reader: RecordReader) => RunEvent>> = {
  [recordKinds.runStarted]: readRunStarted,
  [recordKinds.attemptStarted]: readAttemptStarted,
  [recordKinds.attemptSucceeded]: readAttemptSucceeded,
  [recordKinds.attemptFailed]: readAttemptFailed,
  [recordKinds.timerFired]: readTimerFired,
  [recordKinds.expressionEvaluated]: readExpressionEvaluated,
  [recordKinds.runCancelRequested]: readRunCancelRequested,
};

/** `[run, client, workflow, graph, input, labels?, timeoutMs?, defaults?]` */
function writeRunStarted(writer: MsgpackWriter, event: RunStarted): void {
  const { labels, timeoutMs, defaults } = event;
  const plain = labels === undefined && timeoutMs === undefined && defaults === undefined;
  writer.arrayHeader(plain ? 5 : 8);
  writer.string(event.run);
  writer.string(event.client);
  writer.string(event.workflow);
  writer.string(event.graph);
  writer.binary(event.input);
  if (plain) return;
  writeOptionalRecord(writer, labels, writeLabels);
  writeOptionalNumber(writer, timeoutMs);
  writeOptionalRecord(writer, defaults, writeStepDefaults);
}

function readRunStarted(reader: RecordReader): RunStarted {
  const run = reader.string();
  const client = reader.name();
  const workflow = reader.name();
  const graph = reader.name();
  const input = reader.binary();
  const labels = reader.optionalEntries((inner) => inner.string());
  const timeoutMs = reader.optionalNumber();
  const defaults = reader.optionalRecord(readStepDefaults);
  const started = { type: "run.started", run, client, workflow, graph, input } as const;
  if (labels === undefined && timeoutMs === undefined && defaults === undefined) return started;
  return {
    ...started,
    ...(labels === undefined ? {} : { labels }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(defaults === undefined ? {} : { defaults }),
  };
}

/** `[run, node, attempt, worker]` */
function writeAttemptStarted(writer: MsgpackWriter, event: AttemptStarted): void {
  writer.arrayHeader(4);
  writer.string(event.run);
  writer.number(event.node);
  writer.number(event.attempt);
  writer.string(event.worker);
}

function readAttemptStarted(reader: RecordReader): AttemptStarted {
  const run = reader.string();
  const node = reader.uint();
  const attempt = reader.uint();
  const worker = reader.name();
  return { type: "attempt.started", run, node, attempt, worker };
}

/** `[run, node, attempt, result]` */
function writeAttemptSucceeded(writer: MsgpackWriter, event: AttemptSucceeded): void {
  writer.arrayHeader(4);
  writer.string(event.run);
  writer.number(event.node);
  writer.number(event.attempt);
  writer.binary(event.result);
}

function readAttemptSucceeded(reader: RecordReader): AttemptSucceeded {
  const run = reader.string();
  const node = reader.uint();
  const attempt = reader.uint();
  const result = reader.binary();
  return { type: "attempt.succeeded", run, node, attempt, result };
}

/** `[run, node, attempt, failure]` */
function writeAttemptFailed(writer: MsgpackWriter, event: AttemptFailed): void {
  writer.arrayHeader(4);
  writer.string(event.run);
  writer.number(event.node);
  writer.number(event.attempt);
  writeAttemptFailure(writer, event.failure);
}

function readAttemptFailed(reader: RecordReader): AttemptFailed {
  const run = reader.string();
  const node = reader.uint();
  const attempt = reader.uint();
  const failure = reader.record(readAttemptFailure);
  return { type: "attempt.failed", run, node, attempt, failure };
}

/** `[run, timer]` */
function writeTimerFired(writer: MsgpackWriter, event: TimerFired): void {
  writer.arrayHeader(2);
  writer.string(event.run);
  writer.string(event.timer);
}

function readTimerFired(reader: RecordReader): TimerFired {
  const run = reader.string();
  const timer = reader.string();
  return { type: "timer.fired", run, timer };
}

/** `[run, target, value?, error?]` */
function writeExpressionEvaluated(writer: MsgpackWriter, event: ExpressionEvaluated): void {
  writer.arrayHeader(4);
  writer.string(event.run);
  writer.string(event.target);
  writeOptionalBinary(writer, event.value);
  writeOptionalRecord(writer, event.error, writeErrorInfo);
}

function readExpressionEvaluated(reader: RecordReader): ExpressionEvaluated {
  const run = reader.string();
  const target = reader.string();
  const value = reader.optionalBinary();
  const error = reader.optionalRecord(readErrorInfo);
  return {
    type: "expression.evaluated",
    run,
    target,
    ...(value === undefined ? {} : { value }),
    ...(error === undefined ? {} : { error }),
  };
}

/** `[run, reason]` */
function writeRunCancelRequested(writer: MsgpackWriter, event: RunCancelRequested): void {
  writer.arrayHeader(2);
  writer.string(event.run);
  writer.string(event.reason);
}

function readRunCancelRequested(reader: RecordReader): RunCancelRequested {
  const run = reader.string();
  const reason = reader.string();
  return { type: "run.cancel.requested", run, reason };
}

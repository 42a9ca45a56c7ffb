import { attemptFailureFields, errorFields, readAttemptFailure, readErrorInfo } from "./failure-codec.ts";
import { FRAME_HEADER_BYTES, RecordUndecodableError, scanFrames } from "./frame.ts";
import type { Frame } from "./frame.ts";
import { readable } from "./msgpack.ts";
import { decodeOutcome } from "./outcome-codec.ts";
import { payload } from "./payload-field.ts";
import {
  bytes,
  choice,
  count,
  fieldsIn,
  isThere,
  labels,
  list,
  number,
  optional,
  present,
  text,
  yesOrNo,
} from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";
import { encodeRecord, fieldsOf, recordKinds, refuseOtherVersions } from "./record-kinds.ts";
import type { RunEvent, RunStarted } from "./records.ts";
import { readStepDefaults, stepDefaultsFields } from "./step-defaults-codec.ts";

/** One whole frame, the caller's own; several of them one after another are a message of the log. */
export function encodeEvent(event: RunEvent): Uint8Array {
  switch (event.type) {
    case "run.started": {
      const { run, client, workflow, graph, input, timeoutMs, defaults, redriveOf, kept, first } = event;
      const options = defaults && stepDefaultsFields(defaults);
      const fields = [run, client, workflow, graph, input, event.labels, timeoutMs, options, redriveOf, kept, first];
      return encodeRecord(recordKinds.runStarted, fields);
    }
    case "attempt.started":
      return encodeRecord(recordKinds.attemptStarted, [event.run, event.node, event.attempt, event.worker]);
    case "attempt.succeeded":
      return encodeRecord(recordKinds.attemptSucceeded, [
        event.run,
        event.node,
        event.attempt,
        event.result,
        event.ends,
      ]);
    case "attempt.failed": {
      const { run, node, attempt, failure } = event;
      return encodeRecord(recordKinds.attemptFailed, [run, node, attempt, attemptFailureFields(failure)]);
    }
    case "attempt.replaced": {
      const { run, node, attempt, graph, input } = event;
      return encodeRecord(recordKinds.attemptReplaced, [run, node, attempt, graph, input]);
    }
    case "timer.fired":
      return encodeRecord(recordKinds.timerFired, [event.run, event.timer]);
    case "expression.evaluated": {
      const { run, target, value, error } = event;
      return encodeRecord(recordKinds.expressionEvaluated, [run, target, value, error && errorFields(error)]);
    }
    case "run.cancel.requested":
      return encodeRecord(recordKinds.runCancelRequested, [event.run, event.reason, event.compensate]);
    case "nodes.cancel.requested":
      return encodeRecord(recordKinds.nodesCancelRequested, [event.run, event.nodes, event.label, event.reason]);
    case "run.pause.requested":
      return encodeRecord(recordKinds.runPauseRequested, [event.run, event.reason]);
    case "run.resume.requested":
      return encodeRecord(recordKinds.runResumeRequested, [event.run]);
    case "signal.received":
      return encodeRecord(recordKinds.signalReceived, [event.run, event.signal, event.id, event.payload]);
    case "run.ended":
      return encodeRecord(recordKinds.runEnded, [event.run, event.outcome]);
  }
}

/**
 * The event of one frame (of `splitFrames`). Its payloads are views of the frame: copy what outlives the message.
 *
 * @throws {@link RecordUndecodableError}
 */
export function decodeEvent(frame: Frame): RunEvent {
  return eventIn(frame.version, frame.kind, readable(frame.body), 0, frame.body.length);
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
  const source = readable(message);
  scanFrames(
    message,
    (version, kind, from, to) => {
      let event: RunEvent;
      try {
        event = eventIn(version, kind, source, from, to);
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

function eventIn(version: number, kind: number, source: Uint8Array, from: number, to: number): RunEvent {
  refuseOtherVersions(version);
  const read = readers[kind];
  if (read === undefined) throw new RecordUndecodableError(`kind ${kind} is no event`);
  return read(fieldsOf(source, from, to));
}

const readers: Readonly<Record<number, (fields: Fields) => RunEvent>> = {
  [recordKinds.runStarted]: readRunStarted,
  [recordKinds.attemptStarted]: ([run, node, attempt, worker]) => ({
    type: "attempt.started",
    run: text(run),
    node: count(node),
    attempt: count(attempt),
    worker: text(worker),
  }),
  [recordKinds.attemptSucceeded]: ([run, node, attempt, result, ends]) => {
    const event = {
      type: "attempt.succeeded",
      run: text(run),
      node: count(node),
      attempt: count(attempt),
      result: payload(result),
    } as const;
    return ends === undefined || ends === null ? event : { ...event, ends: choice(ends, reaches) };
  },
  [recordKinds.attemptFailed]: ([run, node, attempt, failure]) => ({
    type: "attempt.failed",
    run: text(run),
    node: count(node),
    attempt: count(attempt),
    failure: readAttemptFailure(failure),
  }),
  [recordKinds.attemptReplaced]: ([run, node, attempt, graph, input]) => ({
    type: "attempt.replaced",
    run: text(run),
    node: count(node),
    attempt: count(attempt),
    graph: text(graph),
    input: payload(input),
  }),
  [recordKinds.timerFired]: ([run, timer]) => ({
    type: "timer.fired",
    run: text(run),
    timer: text(timer),
  }),
  [recordKinds.expressionEvaluated]: ([run, target, value, error]) => ({
    type: "expression.evaluated",
    run: text(run),
    target: text(target),
    ...present({ value: optional(value, payload), error: optional(error, readErrorInfo) }),
  }),
  [recordKinds.runCancelRequested]: ([run, reason, compensate]) => ({
    type: "run.cancel.requested",
    run: text(run),
    reason: text(reason),
    ...present({ compensate: optional(compensate, yesOrNo) }),
  }),
  [recordKinds.nodesCancelRequested]: ([run, nodes, label, reason]) => ({
    type: "nodes.cancel.requested",
    run: text(run),
    nodes: list(nodes, text),
    reason: text(reason),
    ...present({ label: optional(label, readLabel) }),
  }),
  [recordKinds.runPauseRequested]: ([run, reason]) => ({
    type: "run.pause.requested",
    run: text(run),
    reason: text(reason),
  }),
  [recordKinds.runResumeRequested]: ([run]) => ({ type: "run.resume.requested", run: text(run) }),
  [recordKinds.signalReceived]: ([run, signal, id, value]) => ({
    type: "signal.received",
    run: text(run),
    signal: text(signal),
    id: text(id),
    payload: payload(value),
  }),
  [recordKinds.runEnded]: ([run, outcome]) => ({ type: "run.ended", run: text(run), outcome: outcomeOf(run, outcome) }),
};

/** Looked at here, so that nobody meets one that cannot be read, or is another run's. */
function outcomeOf(run: unknown, field: unknown): Uint8Array {
  const outcome = bytes(field);
  const told = decodeOutcome(outcome).run;
  if (told !== run) throw new RecordUndecodableError(`the end of run '${String(run)}' has the outcome of '${told}'`);
  return outcome;
}

/** How far beyond its node a handler ends things. */
const reaches = ["scope", "run"] as const;

function readLabel(field: unknown): readonly [string, string] {
  const [key, value] = fieldsIn(field);
  return [text(key), text(value)];
}

function readRunStarted(fields: Fields): RunStarted {
  const [run, client, workflow, graph, input, given, timeout, options, redrive, keptIn, attempt] = fields;
  // Properties are added one by one: every run has a start, and copying objects is most of what reading one would cost.
  const started: { -readonly [K in keyof RunStarted]: RunStarted[K] } = {
    type: "run.started",
    run: text(run),
    client: text(client),
    workflow: text(workflow),
    graph: text(graph),
    input: payload(input),
  };
  if (isThere(given)) started.labels = labels(given);
  if (isThere(timeout)) started.timeoutMs = number(timeout);
  if (isThere(options)) started.defaults = readStepDefaults(options);
  if (isThere(redrive)) started.redriveOf = text(redrive);
  if (isThere(keptIn)) started.kept = text(keptIn);
  if (isThere(attempt)) started.first = bytes(attempt);
  return started;
}

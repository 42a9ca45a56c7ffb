import { decodeEvent } from "./event-codec.ts";
import { RecordUndecodableError, splitFrames } from "./frame.ts";
import { bytes, count, fieldsIn, labels, list, number, optional, present, text } from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";
import { decodeRecord, encodeRecord, kindOf, recordKinds } from "./record-kinds.ts";
import type { AttemptInput, AttemptRecord } from "./records.ts";

/** The message of a queue. */
export function encodeAttempt(attempt: AttemptRecord): Uint8Array {
  const { run, partition, node, nodePath, input, timeoutMs } = attempt;
  const [payload, expression] =
    input.kind === "value" ? [input.payload, undefined] : [undefined, [input.expr, input.args]];
  return encodeRecord(recordKinds.attempt, [
    run,
    partition,
    node,
    nodePath,
    attempt.attempt,
    attempt.task,
    payload,
    timeoutMs,
    attempt.labels,
    expression,
    attempt.expiresAtMs,
    attempt.each,
    attempt.again,
  ]);
}

/**
 * Takes the whole message: an attempt, or a start that is its run's first attempt, too. Payloads are views of it.
 *
 * @throws {@link RecordUndecodableError}
 */
export function decodeAttempt(message: Uint8Array): AttemptRecord {
  if (kindOf(message) === recordKinds.runStarted) return firstAttemptIn(message);
  return decodeRecord(message, recordKinds.attempt, readAttempt);
}

function firstAttemptIn(message: Uint8Array): AttemptRecord {
  const [frame, ...more] = splitFrames(message);
  const start = frame === undefined || more.length > 0 ? undefined : decodeEvent(frame);
  if (start?.type !== "run.started" || start.first === undefined) {
    throw new RecordUndecodableError("a start that is no attempt, where an attempt must be");
  }
  const attempt = decodeRecord(start.first, recordKinds.attempt, readAttempt);
  if (attempt.run !== start.run || attempt.node !== 0 || attempt.attempt !== 1) {
    throw new RecordUndecodableError("a start with an attempt that is not its run's first");
  }
  return { ...attempt, input: { kind: "value", payload: start.input } };
}

function readAttempt(fields: Fields): AttemptRecord {
  const record = {
    run: text(fields[0]),
    partition: count(fields[1]),
    node: count(fields[2]),
    nodePath: text(fields[3]),
    attempt: count(fields[4]),
    task: text(fields[5]),
    input: inputIn(optional(fields[6], bytes), optional(fields[9], fieldsIn)),
  };
  const timeoutMs = optional(fields[7], number);
  const given = optional(fields[8], labels);
  if (fields.length <= 7) return record;
  const expiresAtMs = optional(fields[10], number);
  const each = fields[11] === true ? true : undefined;
  const again = fields[12] === true ? true : undefined;
  return { ...record, ...present({ timeoutMs, labels: given, expiresAtMs, each, again }) };
}

/** The payload, or `[expr, args]`. */
function inputIn(payload: Uint8Array | undefined, expression: Fields | undefined): AttemptInput {
  if (payload !== undefined) return { kind: "value", payload };
  if (expression === undefined) throw new RecordUndecodableError("an attempt has no input");
  return { kind: "expression", expr: bytes(expression[0]), args: list(expression[1], bytes) };
}

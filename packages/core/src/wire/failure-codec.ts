import type { AttemptFailure, ErrorInfo, NodeFailure, RunFailure } from "../errors/failure.ts";
import { RecordUndecodableError } from "./frame.ts";
import type { MsgpackWriter } from "./msgpack-writer.ts";
import type { RecordReader } from "./record-reader.ts";
import { writeList, writeOptionalNumber, writeOptionalRecord, writeOptionalString } from "./record-writing.ts";

// Far above what `errorInfoOf` makes; made-up bytes must not recurse further.
const CAUSES_MAX = 32;

/** `[name, message, code?, stack?, cause?]` */
export function writeErrorInfo(writer: MsgpackWriter, error: ErrorInfo): void {
  writer.arrayHeader(5);
  writer.string(error.name);
  writer.string(error.message);
  writeOptionalString(writer, error.code);
  writeOptionalString(writer, error.stack);
  writeOptionalRecord(writer, error.cause, writeErrorInfo);
}

export function readErrorInfo(reader: RecordReader): ErrorInfo {
  return readErrorInfoAt(reader, 0);
}

function readErrorInfoAt(reader: RecordReader, depth: number): ErrorInfo {
  if (depth > CAUSES_MAX) throw new RecordUndecodableError(`an error has more than ${CAUSES_MAX} causes`);
  const name = reader.name();
  const message = reader.string();
  const code = reader.optionalName();
  const stack = reader.optionalString();
  const cause = reader.optionalRecord((inner) => readErrorInfoAt(inner, depth + 1));
  return {
    name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** `[code, error, permanent, retryAfterMs?]` */
export function writeAttemptFailure(writer: MsgpackWriter, failure: AttemptFailure): void {
  writer.arrayHeader(4);
  writer.string(failure.code);
  writeErrorInfo(writer, failure.error);
  writer.boolean(failure.permanent);
  writeOptionalNumber(writer, failure.retryAfterMs);
}

export function readAttemptFailure(reader: RecordReader): AttemptFailure {
  const code = reader.name();
  const error = reader.record(readErrorInfo);
  const permanent = reader.boolean();
  const retryAfterMs = reader.optionalNumber();
  return { code, error, permanent, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** `[code, message, node, attempt, task?, cause?]` */
function writeNodeFailure(writer: MsgpackWriter, failure: NodeFailure): void {
  writer.arrayHeader(6);
  writer.string(failure.code);
  writer.string(failure.message);
  writer.string(failure.node);
  writer.number(failure.attempt);
  writeOptionalString(writer, failure.task);
  writeOptionalRecord(writer, failure.cause, writeErrorInfo);
}

function readNodeFailure(reader: RecordReader): NodeFailure {
  const code = reader.name();
  const message = reader.string();
  const node = reader.string();
  const attempt = reader.uint();
  const task = reader.optionalName();
  const cause = reader.optionalRecord(readErrorInfo);
  return {
    code,
    message,
    node,
    attempt,
    ...(task === undefined ? {} : { task }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** `[code, message, failures, node?, attempt?, cause?]` */
export function writeRunFailure(writer: MsgpackWriter, failure: RunFailure): void {
  writer.arrayHeader(6);
  writer.string(failure.code);
  writer.string(failure.message);
  writeList(writer, failure.failures, writeNodeFailure);
  writeOptionalString(writer, failure.node);
  writeOptionalNumber(writer, failure.attempt);
  writeOptionalRecord(writer, failure.cause, writeErrorInfo);
}

export function readRunFailure(reader: RecordReader): RunFailure {
  const code = reader.name();
  const message = reader.string();
  const failures = reader.list((inner) => inner.record(readNodeFailure));
  const node = reader.optionalString();
  const attempt = reader.optionalUint();
  const cause = reader.optionalRecord(readErrorInfo);
  return {
    code,
    message,
    failures,
    ...(node === undefined ? {} : { node }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(cause === undefined ? {} : { cause }),
  };
}

import type { MsgpackWriter } from "./msgpack-writer.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import type { RecordReader } from "./record-reader.ts";
import { RecordUndecodableError } from "./frame.ts";
import { writeLabels, writeList, writeOptionalNumber, writeOptionalRecord } from "./record-writing.ts";
import type { AttemptInput, AttemptRecord } from "./records.ts";

type ExpressionInput = Extract<AttemptInput, { kind: "expression" }>;

/** The message of a queue. */
export function encodeAttempt(attempt: AttemptRecord): Uint8Array {
  return encodeRecord(recordKinds.attempt, attempt, writeAttempt);
}

/** Takes the whole message. Payloads are views of it. @throws {@link RecordUndecodableError} */
export function decodeAttempt(message: Uint8Array): AttemptRecord {
  return decodeRecord(message, recordKinds.attempt, readAttempt);
}

/** `[run, partition, node, nodePath, attempt, task, payload?, timeoutMs?, labels?, expression?]` */
function writeAttempt(writer: MsgpackWriter, attempt: AttemptRecord): void {
  const { input, timeoutMs, labels } = attempt;
  const isPlain = input.kind === "value" && timeoutMs === undefined && labels === undefined;
  writer.arrayHeader(isPlain ? 7 : 10);
  writer.string(attempt.run);
  writer.number(attempt.partition);
  writer.number(attempt.node);
  writer.string(attempt.nodePath);
  writer.number(attempt.attempt);
  writer.string(attempt.task);
  if (input.kind === "value") writer.binary(input.payload);
  else writer.nil();
  if (isPlain) return;
  writeOptionalNumber(writer, timeoutMs);
  writeOptionalRecord(writer, labels, writeLabels);
  writeOptionalRecord(writer, input.kind === "expression" ? input : undefined, writeExpression);
}

/** `[expr, args]` */
function writeExpression(writer: MsgpackWriter, input: ExpressionInput): void {
  writer.arrayHeader(2);
  writer.binary(input.expr);
  writeList(writer, input.args, (inner, arg) => inner.binary(arg));
}

function readExpression(reader: RecordReader): ExpressionInput {
  const expr = reader.binary();
  const args = reader.list((inner) => inner.binary());
  return { kind: "expression", expr, args };
}

function readAttempt(reader: RecordReader): AttemptRecord {
  const run = reader.string();
  const partition = reader.uint();
  const node = reader.uint();
  const nodePath = reader.name();
  const attempt = reader.uint();
  const task = reader.name();
  const payload = reader.optionalBinary();
  const timeoutMs = reader.optionalNumber();
  const labels = reader.optionalEntries((inner) => inner.string());
  const expression = reader.optionalRecord(readExpression);
  const input = payload === undefined ? expression : ({ kind: "value", payload } as const);
  if (input === undefined) throw new RecordUndecodableError("an attempt has no input");
  const record = { run, partition, node, nodePath, attempt, task, input };
  if (timeoutMs === undefined && labels === undefined) return record;
  return {
    ...record,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(labels === undefined ? {} : { labels }),
  };
}

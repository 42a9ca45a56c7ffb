import { bytes, count, moment, optional, present, text } from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import type { DeadLetterRecord } from "./records.ts";

/** The value of the `dead-letters` bucket. */
export function encodeDeadLetter(letter: DeadLetterRecord): Uint8Array {
  const { source, code, message, at, queue, priority } = letter;
  return encodeRecord(recordKinds.deadLetter, [source, code, message, letter.bytes, at, queue, priority]);
}

/** Takes the whole value. The letter's bytes are a view of it. @throws {@link RecordUndecodableError} */
export function decodeDeadLetter(value: Uint8Array): DeadLetterRecord {
  return decodeRecord(value, recordKinds.deadLetter, readDeadLetter);
}

function readDeadLetter(fields: Fields): DeadLetterRecord {
  return {
    source: text(fields[0]),
    code: text(fields[1]),
    message: text(fields[2]),
    bytes: bytes(fields[3]),
    at: moment(fields[4]),
    ...present({ queue: optional(fields[5], text), priority: optional(fields[6], count) }),
  };
}

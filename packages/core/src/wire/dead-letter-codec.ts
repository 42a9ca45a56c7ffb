import type { MsgpackWriter } from "./msgpack-writer.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import { writeOptionalNumber } from "./record-writing.ts";
import type { RecordReader } from "./record-reader.ts";
import type { DeadLetterRecord } from "./records.ts";

/** The value of the `dead-letters` bucket. */
export function encodeDeadLetter(letter: DeadLetterRecord): Uint8Array {
  return encodeRecord(recordKinds.deadLetter, letter, writeDeadLetter);
}

/** Takes the whole value. The letter's bytes are a view of it. @throws {@link RecordUndecodableError} */
export function decodeDeadLetter(bytes: Uint8Array): DeadLetterRecord {
  return decodeRecord(bytes, recordKinds.deadLetter, readDeadLetter);
}

/** `[source, code, message, bytes, at, queue?, priority?]` */
function writeDeadLetter(writer: MsgpackWriter, letter: DeadLetterRecord): void {
  writer.arrayHeader(letter.queue === undefined ? 5 : 7);
  writer.string(letter.source);
  writer.string(letter.code);
  writer.string(letter.message);
  writer.binary(letter.bytes);
  writer.number(letter.at);
  if (letter.queue === undefined) return;
  writer.string(letter.queue);
  writeOptionalNumber(writer, letter.priority);
}

function readDeadLetter(reader: RecordReader): DeadLetterRecord {
  const source = reader.name();
  const code = reader.name();
  const message = reader.string();
  const bytes = reader.binary();
  const at = reader.number();
  const queue = reader.optionalName();
  const priority = reader.optionalUint();
  return {
    ...{ source, code, message, bytes, at },
    ...(queue === undefined ? {} : { queue }),
    ...(priority === undefined ? {} : { priority }),
  };
}

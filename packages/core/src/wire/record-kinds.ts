import { FRAME_HEADER_BYTES, RecordUndecodableError, splitFrames } from "./frame.ts";
import { encodeWith } from "./msgpack-writer.ts";
import type { MsgpackWriter } from "./msgpack-writer.ts";
import { RecordReader } from "./record-reader.ts";

/** The version of every frame that this release writes, and the only one that it reads. */
export const WIRE_VERSION = 1;

/** The kind byte of every frame. A number is never used for anything else again. */
export const recordKinds = {
  runStarted: 1,
  attemptStarted: 2,
  attemptSucceeded: 3,
  attemptFailed: 4,
  timerFired: 5,
  expressionEvaluated: 6,
  runCancelRequested: 7,
  attempt: 32,
  outcome: 64,
  lease: 65,
  worker: 66,
  checkpoint: 67,
  graph: 68,
  deadLetter: 69,
  controlRequest: 96,
  controlReply: 97,
  abort: 98,
  live: 99,
} as const;

/** One frame of its own: `write` gets the record and writes its body. */
export function encodeRecord<T>(
  kind: number,
  record: T,
  write: (writer: MsgpackWriter, record: T) => void,
): Uint8Array {
  return encodeWith((writer) => {
    writer.skip(FRAME_HEADER_BYTES);
    write(writer, record);
    writer.patchUint32(0, writer.size - 4);
    writer.patchByte(4, WIRE_VERSION);
    writer.patchByte(5, kind);
  });
}

/** Reads a message that is one frame of this kind. @throws {@link RecordUndecodableError} */
export function decodeRecord<T>(message: Uint8Array, kind: number, read: (reader: RecordReader) => T): T {
  const frames = splitFrames(message);
  const [frame] = frames;
  if (frame === undefined || frames.length > 1) {
    throw new RecordUndecodableError(`${frames.length} frames where one of kind ${kind} must be`);
  }
  refuseOtherVersions(frame.version);
  if (frame.kind !== kind) throw new RecordUndecodableError(`kind ${frame.kind} where kind ${kind} must be`);
  const reader = new RecordReader(frame.body, 0, frame.body.length);
  const record = read(reader);
  reader.end();
  return record;
}

export function refuseOtherVersions(version: number): void {
  if (version !== WIRE_VERSION) {
    throw new RecordUndecodableError(`version ${version}, this release reads version ${WIRE_VERSION}`);
  }
}

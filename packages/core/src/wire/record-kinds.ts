import { FRAME_HEADER_BYTES, RecordUndecodableError, splitFrames, writeFrameHeader } from "./frame.ts";
import { pack, unpack, viewOf } from "./msgpack.ts";
import { DECODE_DEPTH_MAX, scan } from "./payload-scan.ts";
import { fieldsIn } from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";

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
  attemptReplaced: 8,
  nodesCancelRequested: 9,
  runPauseRequested: 10,
  runResumeRequested: 11,
  signalReceived: 12,
  attempt: 32,
  outcome: 64,
  lease: 65,
  worker: 66,
  checkpoint: 67,
  graph: 68,
  deadLetter: 69,
  graphParts: 70,
  graphPart: 71,
  remains: 72,
  kept: 73,
  controlRequest: 96,
  controlReply: 97,
  abort: 98,
  live: 99,
} as const;

/** One frame of its own; fields at the end that are undefined are left out. */
export function encodeRecord(kind: number, fields: Fields): Uint8Array {
  const last = fields.findLastIndex((field) => field !== undefined);
  const frame = pack(fields.slice(0, last + 1), DECODE_DEPTH_MAX, FRAME_HEADER_BYTES);
  writeFrameHeader(frame, WIRE_VERSION, kind);
  return frame;
}

/**
 * Reads a message that is one frame of this kind.
 *
 * @param bytesAre whether the bytes in it are views of the message, or copies.
 * @throws {@link RecordUndecodableError}
 */
export function decodeRecord<T>(
  message: Uint8Array,
  kind: number,
  read: (fields: Fields) => T,
  bytesAre: "views" | "copies" = "views",
): T {
  const frames = splitFrames(viewOf(message));
  const [frame] = frames;
  if (frame === undefined || frames.length > 1) {
    throw new RecordUndecodableError(`${frames.length} frames where one of kind ${kind} must be`);
  }
  refuseOtherVersions(frame.version);
  if (frame.kind !== kind) throw new RecordUndecodableError(`kind ${frame.kind} where kind ${kind} must be`);
  return read(fieldsOf(frame.body, 0, frame.body.length, bytesAre));
}

/** The fields in `bytes[from..to)`, which must be a {@link viewOf} bytes. @throws {@link RecordUndecodableError} */
export function fieldsOf(bytes: Uint8Array, from: number, to: number, bytesAre: "views" | "copies" = "views"): Fields {
  scan(bytes, from, to);
  return fieldsIn(unpack(bytes, from, to, bytesAre));
}

export function refuseOtherVersions(version: number): void {
  if (version !== WIRE_VERSION) {
    throw new RecordUndecodableError(`version ${version}, this release reads version ${WIRE_VERSION}`);
  }
}

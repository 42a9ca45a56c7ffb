import { DECODE_DEPTH_MAX, GRAPH_DEPTH_MAX } from "./depth-limits.ts";
import { FRAME_HEADER_BYTES, isOneFrame, RecordUndecodableError, splitFrames, writeFrameHeader } from "./frame.ts";
import { packFields, packLarge, readable, unpack } from "./msgpack.ts";
import { scan } from "./payload-scan.ts";
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
  runEnded: 13,
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

/** One frame of its own; fields at the end that are undefined are left out. Takes the list of the fields over. */
export function encodeRecord(kind: number, fields: unknown[]): Uint8Array {
  const frame = packFields(fields, FRAME_HEADER_BYTES, depthMaxOf(kind));
  writeFrameHeader(frame, WIRE_VERSION, kind);
  return frame;
}

/** One frame around one value, which may be very large. Its body is what `encodePayload` makes of the value. */
export function encodeLargeRecord(kind: number, value: unknown): Uint8Array {
  const frame = packLarge(value, FRAME_HEADER_BYTES);
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
  if (!isOneFrame(message)) {
    throw new RecordUndecodableError(`${splitFrames(message).length} frames where one of kind ${kind} must be`);
  }
  refuseOtherVersions(message[4] as number);
  if (message[5] !== kind) throw new RecordUndecodableError(`kind ${message[5]} where kind ${kind} must be`);
  return read(fieldsOf(readable(message), FRAME_HEADER_BYTES, message.length, bytesAre, depthMaxOf(kind)));
}

/** How deep the fields of a record may lie, the list of them included. */
function depthMaxOf(kind: number): number {
  return kind === recordKinds.graph ? GRAPH_DEPTH_MAX : DECODE_DEPTH_MAX;
}

/** The kind of the message's first frame, if there is one. */
export function kindOf(message: Uint8Array): number | undefined {
  return message[5];
}

/** The fields in `bytes[from..to)` of {@link readable} bytes. @throws {@link RecordUndecodableError} */
export function fieldsOf(
  bytes: Uint8Array,
  from: number,
  to: number,
  bytesAre: "views" | "copies" = "views",
  depthMax = DECODE_DEPTH_MAX,
): Fields {
  const spine = scan(bytes, from, to, undefined, depthMax);
  return fieldsIn(unpack(bytes, from, to, bytesAre, spine));
}

export function refuseOtherVersions(version: number): void {
  if (version !== WIRE_VERSION) {
    throw new RecordUndecodableError(`version ${version}, this release reads version ${WIRE_VERSION}`);
  }
}

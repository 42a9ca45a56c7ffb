import { ArpeggioError } from "../errors/arpeggio-error.ts";

/**
 * A message of the log or a queue holds frames: `u32 length (big endian) | u8 version | u8 kind | body`, where `length`
 * counts what follows it. A frame that is not understood can be set aside without losing the ones around it.
 */
export interface Frame {
  readonly version: number;
  readonly kind: number;
  /** A view into the message. */
  readonly body: Uint8Array;
  /** The whole frame, as it came. */
  readonly bytes: Uint8Array;
}

export const FRAME_HEADER_BYTES = 6;

/** A message does not consist of whole frames, or a record in it has an unknown version or kind, or does not decode. */
export class RecordUndecodableError extends ArpeggioError {
  override readonly name = "RecordUndecodableError";
  readonly code = "RECORD_UNDECODABLE";
  readonly hint =
    "It was written by a newer version or by something else; it is kept in the dead letters with its bytes.";
  constructor(what: string, cause?: unknown) {
    super(`record cannot be decoded: ${what}`, cause === undefined ? undefined : { cause });
  }
}

/** One frame around a body that is encoded already; the bytes are copied. */
export function encodeFrame(version: number, kind: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + body.length);
  writeFrameHeader(frame, version, kind);
  frame.set(body, FRAME_HEADER_BYTES);
  return frame;
}

/** Writes the header of the frame that `frame` is as a whole, over its first bytes. */
export function writeFrameHeader(frame: Uint8Array, version: number, kind: number): void {
  const length = frame.length - 4;
  frame[0] = length >>> 24;
  frame[1] = length >>> 16;
  frame[2] = length >>> 8;
  frame[3] = length;
  frame[4] = version;
  frame[5] = kind;
}

/** The frames of a message, as views. @throws {@link RecordUndecodableError} where the lengths do not add up. */
export function splitFrames(message: Uint8Array): readonly Frame[] {
  const frames: Frame[] = [];
  scanFrames(
    message,
    (version, kind, from, to) =>
      frames.push({
        version,
        kind,
        body: message.subarray(from, to),
        bytes: message.subarray(from - FRAME_HEADER_BYTES, to),
      }),
    (_rest, error) => {
      throw error;
    },
  );
  return frames;
}

/**
 * Goes through the frames of a message without making views: `from` and `to` are where a body lies. Where the lengths
 * do not add up, everything from there on goes to `onRest`.
 */
export function scanFrames(
  message: Uint8Array,
  onFrame: (version: number, kind: number, from: number, to: number) => void,
  onRest: (rest: Uint8Array, error: RecordUndecodableError) => void,
): void {
  let at = 0;
  while (at < message.length) {
    const from = at + FRAME_HEADER_BYTES;
    if (from > message.length) {
      return onRest(message.subarray(at), new RecordUndecodableError(`${message.length - at} bytes are left over`));
    }
    const length = lengthAt(message, at);
    const to = at + 4 + length;
    if (length < 2 || to > message.length) {
      const error = new RecordUndecodableError(`a frame of ${length} bytes does not fit at ${at}`);
      return onRest(message.subarray(at), error);
    }
    onFrame(message[at + 4] as number, message[at + 5] as number, from, to);
    at = to;
  }
}

/** Whether a message has a frame of one of these kinds. */
export function hasFrameOf(message: Uint8Array, kinds: readonly number[]): boolean {
  let isFound = false;
  const onFrame = (_version: number, kind: number) => (isFound ||= kinds.includes(kind));
  scanFrames(message, onFrame, () => {});
  return isFound;
}

/** Whether a message is one whole frame and nothing else. */
export function isOneFrame(message: Uint8Array): boolean {
  return message.length >= FRAME_HEADER_BYTES && lengthAt(message, 0) === message.length - 4;
}

/** The length that the header at `at` tells. */
function lengthAt(message: Uint8Array, at: number): number {
  return (
    (message[at] as number) * 0x1000000 +
    ((((message[at + 1] as number) << 16) | ((message[at + 2] as number) << 8) | (message[at + 3] as number)) >>> 0)
  );
}

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

/** One frame of its own buffer. */
export function encodeFrame(version: number, kind: number, body: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + body.length);
  bytes.writeUInt32BE(body.length + 2, 0);
  bytes[4] = version;
  bytes[5] = kind;
  bytes.set(body, FRAME_HEADER_BYTES);
  return bytes;
}

/** The frames of a message, as views. @throws {@link RecordUndecodableError} where the lengths do not add up. */
export function splitFrames(message: Uint8Array): readonly Frame[] {
  const frames: Frame[] = [];
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  while (at < message.length) {
    if (at + FRAME_HEADER_BYTES > message.length)
      throw new RecordUndecodableError(`${message.length - at} bytes are left over`);
    const length = view.getUint32(at);
    const end = at + 4 + length;
    if (length < 2 || end > message.length)
      throw new RecordUndecodableError(`a frame of ${length} bytes does not fit at ${at}`);
    const version = view.getUint8(at + 4);
    const kind = view.getUint8(at + 5);
    frames.push({
      version,
      kind,
      body: message.subarray(at + FRAME_HEADER_BYTES, end),
      bytes: message.subarray(at, end),
    });
    at = end;
  }
  return frames;
}

import { RecordUndecodableError } from "./frame.ts";
import type { Payload } from "./records.ts";

/**
 * Finds the parts of a payload without decoding it. Nothing here recurses, and every step goes forward by at least one
 * byte, so neither deep nor malformed bytes can do harm.
 */

/** The byte after the value that begins at `at`. @throws {@link RecordUndecodableError} if it does not end by `end`. */
export function skipValue(bytes: Uint8Array, at: number, end: number): number {
  // How many values are still to be skipped: an array adds its elements, a map its keys and values.
  let open = 1;
  while (open > 0) {
    // Each of them has at least one byte.
    if (open > end - at) throw cutShort(at);
    open--;
    const token = bytes[at] as number;
    if (token < 0x80 || token >= 0xe0) at++;
    else if (token < 0x90) {
      open += (token & 0x0f) * 2;
      at++;
    } else if (token < 0xa0) {
      open += token & 0x0f;
      at++;
    } else if (token < 0xc0) at += 1 + (token & 0x1f);
    else {
      switch (token) {
        case 0xc1:
          throw new RecordUndecodableError(`0xc1 at ${at} is no MessagePack`);
        case 0xc4:
        case 0xd9:
          at += 2 + uintAt(bytes, at + 1, 1, end);
          break;
        case 0xc5:
        case 0xda:
          at += 3 + uintAt(bytes, at + 1, 2, end);
          break;
        case 0xc6:
        case 0xdb:
          at += 5 + uintAt(bytes, at + 1, 4, end);
          break;
        case 0xc7:
          at += 3 + uintAt(bytes, at + 1, 1, end);
          break;
        case 0xc8:
          at += 4 + uintAt(bytes, at + 1, 2, end);
          break;
        case 0xc9:
          at += 6 + uintAt(bytes, at + 1, 4, end);
          break;
        case 0xdc:
          open += uintAt(bytes, at + 1, 2, end);
          at += 3;
          break;
        case 0xdd:
          open += uintAt(bytes, at + 1, 4, end);
          at += 5;
          break;
        case 0xde:
          open += uintAt(bytes, at + 1, 2, end) * 2;
          at += 3;
          break;
        case 0xdf:
          open += uintAt(bytes, at + 1, 4, end) * 2;
          at += 5;
          break;
        default:
          at += 1 + (fixedSizes[token - 0xc0] as number);
      }
    }
    if (at > end) throw cutShort(end);
  }
  return at;
}

/** What follows the marker of nil, booleans, floats, integers and fixed extensions: 0xc0 to 0xd8. */
const fixedSizes = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17];

/** A big-endian number of 1, 2 or 4 bytes. */
export function uintAt(bytes: Uint8Array, at: number, size: 1 | 2 | 4, end: number): number {
  if (at + size > end) throw cutShort(end);
  const first = bytes[at] as number;
  if (size === 1) return first;
  const second = bytes[at + 1] as number;
  if (size === 2) return (first << 8) | second;
  return first * 0x1000000 + (((second << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0);
}

/** The array that begins the payload: its length and where its first element begins. Undefined if it is no array. */
export function arrayHeaderAt(
  payload: Payload,
  at = 0,
  end = payload.length,
): { length: number; from: number } | undefined {
  if (at >= end) throw cutShort(at);
  const token = payload[at] as number;
  if (token >= 0x90 && token < 0xa0) return { length: token & 0x0f, from: at + 1 };
  if (token === 0xdc) return { length: uintAt(payload, at + 1, 2, end), from: at + 3 };
  if (token === 0xdd) return { length: uintAt(payload, at + 1, 4, end), from: at + 5 };
  return undefined;
}

/** The extension that begins at `at`: its type and where its data lies. */
export function extensionAt(bytes: Uint8Array, at: number, end: number): { type: number; from: number; to: number } {
  const token = bytes[at] as number;
  let from: number;
  let size: number;
  if (token >= 0xd4 && token <= 0xd8) {
    size = 2 ** (token - 0xd4);
    from = at + 2;
  } else {
    const sizeBytes = token === 0xc7 ? 1 : token === 0xc8 ? 2 : 4;
    size = uintAt(bytes, at + 1, sizeBytes, end);
    from = at + 2 + sizeBytes;
  }
  const to = from + size;
  if (to > end) throw cutShort(end);
  return { type: bytes[from - 1] as number, from, to };
}

/** The byte after the payload that begins at `at`. @throws {@link RecordUndecodableError} if it is cut short. */
export function payloadEnd(bytes: Uint8Array, at: number): number {
  return skipValue(bytes, at, bytes.length);
}

/**
 * The elements of a payload that is an array, as views, in order, without decoding them.
 *
 * @throws {@link RecordUndecodableError} if it is malformed or no array (a reference to a blob is none; see
 * {@link payloadArrayLength}).
 */
export function splitPayloadArray(payload: Payload): Payload[] {
  const { from, ends } = payloadArrayEnds(payload);
  const parts: Payload[] = new Array<Payload>(ends.length);
  let at = from;
  for (let i = 0; i < ends.length; i++) {
    const to = ends[i] as number;
    parts[i] = payload.subarray(at, to);
    at = to;
  }
  return parts;
}

/**
 * Where the elements of a payload that is an array lie: the first begins at `from`, each ends where the next begins. For
 * lists so long that a view for each would cost many times their bytes.
 *
 * @throws {@link RecordUndecodableError} as {@link splitPayloadArray}.
 */
export function payloadArrayEnds(payload: Payload): { readonly from: number; readonly ends: Uint32Array } {
  const header = arrayHeaderAt(payload);
  if (header === undefined) throw new RecordUndecodableError("a payload that is to be split is no array");
  if (header.length > payload.length) throw cutShort(payload.length);
  const ends = new Uint32Array(header.length);
  let at = header.from;
  for (let i = 0; i < header.length; i++) {
    at = skipValue(payload, at, payload.length);
    ends[i] = at;
  }
  if (at !== payload.length) throw new RecordUndecodableError(`${payload.length - at} bytes follow a payload`);
  return { from: header.from, ends };
}

export function cutShort(at: number): RecordUndecodableError {
  return new RecordUndecodableError(`the bytes end at ${at} in the middle of a value`);
}

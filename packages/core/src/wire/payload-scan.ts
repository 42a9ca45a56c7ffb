import { DECODE_DEPTH_MAX, GRAPH_DEPTH_MAX, STRETCH } from "./depth-limits.ts";
import { RecordUndecodableError } from "./frame.ts";
import type { Payload } from "./records.ts";

/**
 * Finds the parts of a payload without decoding it. Nothing here recurses, and every step goes forward by at least one
 * byte, so neither deep nor malformed bytes can do harm.
 */

/** The extension types that payloads use; every other one is refused. */
export const extensions = {
  /** The specification's own: -1. */
  timestamp: 0xff,
  /** An integer that 64 bits do not hold: two's complement, big endian. */
  bigint: 0x42,
  /** A value that lies in the blob store: a MessagePack array `[key, bytes, items]`. */
  blobReference: 0x01,
} as const;

/** An extension in a message: where it begins, its type, and where its data lies; it ends with them. */
export interface Extension {
  readonly at: number;
  readonly type: number;
  readonly from: number;
  readonly to: number;
}

/** How many values lie in the one that {@link passOver} went over last: an array's elements, a map's keys and values. */
let inside = 0;

/** The byte after what stands at `at`: a whole value, but for an array or a map only its header. */
function passOver(bytes: Uint8Array, at: number, end: number): number {
  inside = 0;
  const token = bytes[at] as number;
  if (token < 0x80 || token >= 0xe0) return at + 1;
  if (token < 0x90) {
    inside = (token & 0x0f) * 2;
    return at + 1;
  }
  if (token < 0xa0) {
    inside = token & 0x0f;
    return at + 1;
  }
  if (token < 0xc0) return at + 1 + (token & 0x1f);
  switch (token) {
    case 0xc1:
      throw new RecordUndecodableError(`0xc1 at ${at} is no MessagePack`);
    case 0xc4:
    case 0xd9:
      return at + 2 + uintAt(bytes, at + 1, 1, end);
    case 0xc5:
    case 0xda:
      return at + 3 + uintAt(bytes, at + 1, 2, end);
    case 0xc6:
    case 0xdb:
      return at + 5 + uintAt(bytes, at + 1, 4, end);
    case 0xc7:
      return at + 3 + uintAt(bytes, at + 1, 1, end);
    case 0xc8:
      return at + 4 + uintAt(bytes, at + 1, 2, end);
    case 0xc9:
      return at + 6 + uintAt(bytes, at + 1, 4, end);
    case 0xdc:
      inside = uintAt(bytes, at + 1, 2, end);
      return at + 3;
    case 0xdd:
      inside = uintAt(bytes, at + 1, 4, end);
      return at + 5;
    case 0xde:
      inside = uintAt(bytes, at + 1, 2, end) * 2;
      return at + 3;
    case 0xdf:
      inside = uintAt(bytes, at + 1, 4, end) * 2;
      return at + 5;
    default:
      return at + 1 + (fixedSizes[token - 0xc0] as number);
  }
}

/** What follows the marker of nil, booleans, floats, integers and fixed extensions: 0xc0 to 0xd8. */
const fixedSizes = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17];

/** The byte after the value that begins at `at`. @throws {@link RecordUndecodableError} if it does not end by `end`. */
export function skipValue(bytes: Uint8Array, at: number, end: number): number {
  // How many values are still to be skipped, each of which has at least one byte.
  for (let open = 1; open > 0; open += inside - 1) {
    if (open > end - at) throw cutShort(at);
    at = passOver(bytes, at, end);
    if (at > end) throw cutShort(end);
  }
  return at;
}

/** What is left in each array and map around the one that a scan is in, and where each of them begins. */
const leftAbove = new Float64Array(GRAPH_DEPTH_MAX);
const beganAt = new Float64Array(GRAPH_DEPTH_MAX);

/** Where the arrays and maps begin in which others lie more than {@link STRETCH} levels deep; undefined where there are none. */
export type Spine = ReadonlySet<number> | undefined;

/**
 * Goes through the one value that `bytes[from..to)` must be, so that nothing in it can surprise msgpackr: it is whole,
 * not too deep, its properties' names are texts, and its extensions are known and have sound data.
 *
 * @param onReference gets the references to blobs; without it they are refused.
 * @throws {@link RecordUndecodableError}
 */
export function scan(
  bytes: Uint8Array,
  from: number,
  to: number,
  onReference: (reference: Extension) => void = refuseReference,
  depthMax = DECODE_DEPTH_MAX,
): Spine {
  let spine: Set<number> | undefined;
  let at = from;
  let depth = 0;
  // How many values are left where it is: above zero in an array, below zero in a map.
  let left = 1;
  while (left !== 0) {
    if (at >= to) throw cutShort(to);
    const token = bytes[at] as number;
    if (left < 0 && left % 2 === 0 && !isText(token)) {
      throw new RecordUndecodableError(`a property's name at ${at} is no text`);
    }
    const next = passOver(bytes, at, to);
    if (next > to) throw cutShort(to);
    left += left > 0 ? -1 : 1;
    if (inside > 0) {
      if (depth >= depthMax) throw new RecordUndecodableError(`a value lies more than ${depthMax} levels deep`);
      if (depth >= STRETCH) (spine ??= new Set()).add(beganAt[depth - STRETCH] as number);
      beganAt[depth] = at;
      leftAbove[depth++] = left;
      left = token < 0x90 || token >= 0xde ? -inside : inside;
    } else if (isExtension(token)) checkExtension(bytes, extensionAt(bytes, at, to), onReference);
    while (left === 0 && depth > 0) left = leftAbove[--depth] as number;
    at = next;
  }
  if (at !== to) throw new RecordUndecodableError(`${to - at} bytes follow a value`);
  return spine;
}

function isText(token: number): boolean {
  return (token >= 0xa0 && token < 0xc0) || (token >= 0xd9 && token <= 0xdb);
}

export function isExtension(token: number): boolean {
  return (token >= 0xc7 && token <= 0xc9) || (token >= 0xd4 && token <= 0xd8);
}

function refuseReference(): never {
  throw new RecordUndecodableError("a reference to a blob stands where none may be");
}

function checkExtension(bytes: Uint8Array, extension: Extension, onReference: (reference: Extension) => void): void {
  const { type, from, to } = extension;
  if (type === extensions.blobReference) onReference(extension);
  else if (type === extensions.timestamp) checkTimestamp(bytes, from, to);
  else if (type !== extensions.bigint) throw new RecordUndecodableError(`extension type ${type} is unknown`);
  else if (from === to) throw new RecordUndecodableError("an integer has no bytes");
}

/** 4 and 8 bytes hold nothing but dates; 12 hold more nanoseconds than a second has, and times that no `Date` holds. */
function checkTimestamp(bytes: Uint8Array, from: number, to: number): void {
  const size = to - from;
  if (size === 4 || size === 8) return;
  if (size !== 12) throw new RecordUndecodableError(`a timestamp has ${size} bytes`);
  const nanoseconds = uintAt(bytes, from, 4, to);
  const seconds = (uintAt(bytes, from + 4, 4, to) | 0) * 2 ** 32 + uintAt(bytes, from + 8, 4, to);
  const isDate = nanoseconds < 1e9 && Math.abs(seconds * 1000 + nanoseconds / 1e6) <= 8.64e15;
  if (!isDate) throw new RecordUndecodableError("a timestamp is out of range");
}

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

/** The same for the object that begins the payload: how many properties it has, and where the first name begins. */
export function mapHeaderAt(payload: Payload, at = 0): { length: number; from: number } | undefined {
  const end = payload.length;
  if (at >= end) throw cutShort(at);
  const token = payload[at] as number;
  if (token >= 0x80 && token < 0x90) return { length: token & 0x0f, from: at + 1 };
  if (token === 0xde) return { length: uintAt(payload, at + 1, 2, end), from: at + 3 };
  if (token === 0xdf) return { length: uintAt(payload, at + 1, 4, end), from: at + 5 };
  return undefined;
}

/** The extension that begins at `at`. */
export function extensionAt(bytes: Uint8Array, at: number, end: number): Extension {
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
  return { at, type: bytes[from - 1] as number, from, to };
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

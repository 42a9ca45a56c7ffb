import { Packr, RESERVE_START_SPACE, REUSE_BUFFER_MODE, Unpackr } from "msgpackr";
import { RecordUndecodableError } from "./frame.ts";
import { DECODE_DEPTH_MAX } from "./payload-scan.ts";
import { plainValue } from "./plain-value.ts";

// The only place that calls msgpackr. What it packs is a copy of plain data, what it unpacks has been scanned, so none of
// its own extensions (records, classes, cycles) can come up on either side.
const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  encodeUndefinedAsNil: true,
  useBigIntExtension: true,
  useToJSON: false,
});
const viewing = new Unpackr({ useRecords: false });
const copying = new Unpackr({ useRecords: false, copyBuffers: true });

// msgpackr recurses; on the default stack that ends somewhat above 1,000 levels.
const PACK_DEPTH_MAX = 500;
/** What `REUSE_BUFFER_MODE` leaves on the buffer that it gives. */
interface Slice {
  readonly start: number;
  readonly end: number;
}
const SLAB_BYTES = 8 * 1024;
const SLAB_BYTES_MAX = 64 * 1024;
const SHORT_LIST = 0x90;
const SHORT_LIST_MAX = 15;
const BIN_8 = 0xc4;
const BIN_16 = 0xc5;
const BIN_HEADER_BYTES_MAX = 3;
/** Messages up to here are read on the {@link ReadingDesk}. */
const DESK_BYTES = 2 * 1024;

/**
 * MessagePack of a value, after `startBytes` bytes that are left to the caller. A plain `Uint8Array` that the caller owns.
 *
 * @throws {@link ValueNotSerialisableError}
 */
export function pack(value: unknown, depthMax?: number, startBytes = 0): Uint8Array {
  const plain = plainValue(value, depthMax);
  if (plain.depth <= PACK_DEPTH_MAX) return packedSlice(plain.value, startBytes);
  const parts: Uint8Array[] = [new Uint8Array(startBytes)];
  addParts(plain.value, plain.depth, parts);
  return joined(parts);
}

/**
 * MessagePack of a record's fields, after `startBytes` bytes that are left to the caller; fields at the end that are undefined
 * are left out.
 */
export function packFields(fields: readonly unknown[], startBytes: number): Uint8Array {
  let length = fields.length;
  while (length > 0 && fields[length - 1] === undefined) length--;
  const last = fields[length - 1];
  const isPayloadLast = last instanceof Uint8Array && length <= SHORT_LIST_MAX;
  const packed = new Array<unknown>(isPayloadLast ? length - 1 : length);
  for (let i = 0; i < packed.length; i++) {
    const field = fields[i];
    if (isFlat(field)) packed[i] = field;
    else {
      const { value, depth } = plainValue(field, DECODE_DEPTH_MAX - 1);
      if (depth >= PACK_DEPTH_MAX) return pack(fields.slice(0, length), DECODE_DEPTH_MAX, startBytes);
      packed[i] = value;
    }
  }
  return isPayloadLast ? packedWithBytes(packed, last, startBytes) : packedSlice(packed, startBytes);
}

function isFlat(field: unknown): boolean {
  switch (typeof field) {
    case "string":
      return field.isWellFormed();
    case "number":
    case "boolean":
    case "undefined":
      return true;
    default:
      return field === null || field instanceof Uint8Array;
  }
}

/** The list of `fields` and, as its last element, `bytes`: msgpackr would take as long for these as for all the others. */
function packedWithBytes(fields: unknown[], bytes: Uint8Array, startBytes: number): Uint8Array {
  const { length } = bytes;
  if (length >= 0x10000) return packedSlice([...fields, bytes], startBytes);
  const slab = packr.pack(fields, RESERVE_START_SPACE + REUSE_BUFFER_MODE + startBytes) as Buffer & Slice;
  const { start, end } = slab;
  const isFull = end + BIN_HEADER_BYTES_MAX + length > slab.length;
  if (isFull || slab.length > SLAB_BYTES_MAX) return packedSlice([...fields, bytes], startBytes);
  slab[start + startBytes] = SHORT_LIST | (fields.length + 1);
  let at = end;
  if (length < 0x100) slab[at++] = BIN_8;
  else {
    slab[at++] = BIN_16;
    slab[at++] = length >> 8;
  }
  slab[at++] = length;
  slab.set(bytes, at);
  at += length;
  packr.position = at;
  return new Uint8Array(slab.buffer, slab.byteOffset + start, at - start);
}

/** Packs a value of `depth` levels in parts of which none is too deep for msgpackr. */
function addParts(value: unknown, depth: number, parts: Uint8Array[]): void {
  if (depth <= PACK_DEPTH_MAX || typeof value !== "object" || value === null) parts.push(packr.pack(value));
  else if (Array.isArray(value)) {
    parts.push(arrayHeader(value.length));
    for (const item of value) addParts(item, depth - 1, parts);
  } else if (value instanceof Date || value instanceof Uint8Array) parts.push(packr.pack(value));
  else {
    const entries = Object.entries(value);
    parts.push(mapHeader(entries.length));
    for (const [key, property] of entries) {
      parts.push(packr.pack(key));
      addParts(property, depth - 1, parts);
    }
  }
}

/**
 * msgpackr writes into a slab, one value after another, and makes a larger one where it has to. No small value must keep
 * a large slab alive.
 */
function packedSlice(value: unknown, startBytes: number): Uint8Array {
  // In this mode it gives the slab and the place of the value in it, which saves making a Buffer.
  const slab = packr.pack(value, RESERVE_START_SPACE + REUSE_BUFFER_MODE + startBytes) as Buffer & Slice;
  const slice = new Uint8Array(slab.buffer, slab.byteOffset + slab.start, slab.end - slab.start);
  if (slab.length <= SLAB_BYTES_MAX) return slice;
  packr.useBuffer(Buffer.allocUnsafeSlow(SLAB_BYTES));
  return slice.slice();
}

/** Bytes that may be given to {@link unpack}. What is made once for all the values in them is made here. */
export function readable(bytes: Uint8Array): Uint8Array {
  // msgpackr leaves a property on what it reads, and gives Buffers for Buffers.
  return bytes.length <= DESK_BYTES ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * The value in `bytes[from..to)` of {@link readable} bytes, which `scan` has found sound.
 *
 * @param bytesAre whether `Uint8Array`s in it are views of `bytes`, or copies; never Buffers.
 * @throws {@link RecordUndecodableError}
 */
export function unpack(bytes: Uint8Array, from: number, to: number, bytesAre: "views" | "copies"): unknown {
  const unpackr = bytesAre === "views" ? viewing : copying;
  place.start = from;
  place.end = to;
  try {
    return unpackr.unpack(bytes.length <= DESK_BYTES ? desk.laidOut(bytes) : bytes, place);
  } catch (error) {
    throw new RecordUndecodableError("msgpackr does not read it", error);
  }
}

/**
 * Where short messages are laid to be read: msgpackr makes a `DataView` for every array of bytes that it sees for the first
 * time, which costs more than copying the bytes to where it has been before. When it asks for views, it gets views of the
 * message.
 */
class ReadingDesk extends Uint8Array {
  /** How msgpackr reads short texts where its source is a Buffer. */
  readonly latin1Slice = Buffer.prototype.latin1Slice;
  #message: Uint8Array = this;

  laidOut(message: Uint8Array): this {
    this.#message = message;
    this.set(message);
    return this;
  }

  override subarray(from: number, to: number): Uint8Array<ArrayBuffer> {
    const { buffer, byteOffset } = this.#message;
    return new Uint8Array(buffer as ArrayBuffer, byteOffset + from, to - from);
  }

  /** Of copies. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array;
  }
}
const desk = new ReadingDesk(DESK_BYTES);
/** Where msgpackr is to read: one object for all calls. */
const place = { start: 0, end: 0 };

/** The MessagePack header of a list of `length` elements, which follow it. */
export function arrayHeader(length: number): Uint8Array {
  return header(0x90, 0xdc, length);
}

/** The MessagePack header of an object of `length` properties, whose names and values follow it in turn. */
export function mapHeader(length: number): Uint8Array {
  return header(0x80, 0xde, length);
}

function header(short: number, marker16: number, length: number): Uint8Array {
  if (length < 16) return Uint8Array.of(short | length);
  if (length < 0x10000) return Uint8Array.of(marker16, length >> 8, length);
  return Uint8Array.of(marker16 + 1, length >>> 24, length >>> 16, length >>> 8, length);
}

/** An extension with these data: an ext 32. */
export function extension(type: number, data: Uint8Array): Uint8Array {
  const { length } = data;
  return joined([Uint8Array.of(0xc9, length >>> 24, length >>> 16, length >>> 8, length, type), data]);
}

/** All of them, one after another, as a copy. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

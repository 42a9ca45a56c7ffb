import { Packr, RESERVE_START_SPACE, REUSE_BUFFER_MODE, Unpackr } from "msgpackr";
import { addDeepParts, addHoldersOfLarge, deepValue } from "./deep-value.ts";
import { DECODE_DEPTH_MAX } from "./depth-limits.ts";
import { RecordUndecodableError } from "./frame.ts";
import { joined } from "./msgpack-header.ts";
import type { Spine } from "./payload-scan.ts";
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
  if (plain.spine === undefined) return packedSlice(plain.value, startBytes);
  const parts: Uint8Array[] = [new Uint8Array(startBytes)];
  addDeepParts(plain.value, plain.spine, (part) => packr.pack(part), parts);
  return joined(parts);
}

/** The same for a value that may hold very much: its large pieces are copied once, to where they belong. */
export function packLarge(value: unknown, startBytes: number): Uint8Array {
  const { value: plain, spine: deep } = plainValue(value);
  const spine = new Set(deep);
  if (deep === undefined && !addHoldersOfLarge(plain, spine)) return packedSlice(plain, startBytes);
  const parts: Uint8Array[] = [new Uint8Array(startBytes)];
  addDeepParts(plain, spine, (part) => packr.pack(part), parts);
  return joined(parts);
}

/**
 * MessagePack of a record's fields, after `startBytes` bytes that are left to the caller; fields at the end that are undefined
 * are left out. Takes the list over, and leaves nothing in it: lists that are made by the thousand must keep nothing alive.
 */
export function packFields(fields: unknown[], startBytes: number, depthMax = DECODE_DEPTH_MAX): Uint8Array {
  let length = fields.length;
  while (length > 0 && fields[length - 1] === undefined) length--;
  fields.length = length;
  let packed: Uint8Array | undefined;
  for (let i = 0; i < length && packed === undefined; i++) {
    const field = fields[i];
    if (isFlat(field)) continue;
    const { value, spine } = plainValue(field, depthMax - 1);
    if (spine !== undefined) packed = pack(fields, depthMax, startBytes);
    fields[i] = value;
  }
  packed ??= packedFlat(fields, startBytes);
  fields.length = 0;
  return packed;
}

function packedFlat(fields: unknown[], startBytes: number): Uint8Array {
  const last = fields.at(-1);
  if (!(last instanceof Uint8Array) || fields.length > SHORT_LIST_MAX) return packedSlice(fields, startBytes);
  fields.length--;
  return packedWithBytes(fields, last, startBytes);
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
 * @param spine what `scan` has given.
 * @param bytesAre whether `Uint8Array`s in it are views of `bytes`, or copies; never Buffers.
 * @throws {@link RecordUndecodableError}
 */
export function unpack(
  bytes: Uint8Array,
  from: number,
  to: number,
  bytesAre: "views" | "copies",
  spine: Spine,
): unknown {
  const unpackr = bytesAre === "views" ? viewing : copying;
  const source = bytes.length <= DESK_BYTES ? desk.laidOut(bytes) : bytes;
  try {
    if (spine === undefined) return unpackedAt(unpackr, source, from, to);
    return deepValue(bytes, from, spine, (start, end) => unpackedAt(unpackr, source, start, end));
  } catch (error) {
    throw new RecordUndecodableError("msgpackr does not read it", error);
  }
}

function unpackedAt(unpackr: Unpackr, source: Uint8Array, from: number, to: number): unknown {
  place.start = from;
  place.end = to;
  return unpackr.unpack(source, place);
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

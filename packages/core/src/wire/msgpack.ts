import { Packr, RESERVE_START_SPACE, REUSE_BUFFER_MODE, Unpackr } from "msgpackr";
import { RecordUndecodableError } from "./frame.ts";
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

/** A view that may be given to {@link unpack}: msgpackr leaves a property on what it reads, and gives Buffers for Buffers. */
export function viewOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * The value in `bytes[from..to)` of a {@link viewOf} bytes that `scan` has found sound.
 *
 * @param bytesAre whether `Uint8Array`s in it are views, or copies.
 * @throws {@link RecordUndecodableError}
 */
export function unpack(bytes: Uint8Array, from: number, to: number, bytesAre: "views" | "copies"): unknown {
  try {
    return (bytesAre === "views" ? viewing : copying).unpack(bytes, { start: from, end: to });
  } catch (error) {
    throw new RecordUndecodableError("msgpackr does not read it", error);
  }
}

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

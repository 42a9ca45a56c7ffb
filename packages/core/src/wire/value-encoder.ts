import { types } from "node:util";
import type { MsgpackWriter } from "./msgpack-writer.ts";
import { extensions } from "./msgpack-extensions.ts";
import { isPlainObject, placeOfUnserialisable, ValueNotSerialisableError } from "./value-not-serialisable.ts";

/** How deep arrays and objects may lie in each other in a value that is encoded. */
export const VALUE_DEPTH_MAX = 500;

/** Thrown inside the encoder only; the place of the culprit is looked for afterwards, so that good values pay nothing. */
const refused = new Error("refused");

/** Writes one value of a user, at most `depthMax` levels deep. @throws {@link ValueNotSerialisableError} */
export function writeValue(writer: MsgpackWriter, value: unknown, depthMax = VALUE_DEPTH_MAX): void {
  try {
    // The limit is the same constant for all; a greater one begins to count below zero.
    writeAny(writer, value === undefined ? null : value, VALUE_DEPTH_MAX - depthMax);
  } catch (error) {
    if (error !== refused) throw error;
    const { path, reason } = placeOfUnserialisable(value, depthMax);
    throw new ValueNotSerialisableError(path, reason);
  }
}

function writeAny(writer: MsgpackWriter, value: unknown, depth: number): void {
  switch (typeof value) {
    case "string":
      return writer.string(value);
    case "number":
      return writer.number(value);
    case "boolean":
      return writer.boolean(value);
    case "undefined":
      return writer.nil();
    case "bigint":
      if (!writer.bigint64(value)) writer.extension(extensions.bigint, bytesOfBigint(value));
      return;
    case "object":
      if (value === null) writer.nil();
      else if (depth >= VALUE_DEPTH_MAX) throw refused;
      else if (Array.isArray(value)) writeArray(writer, value, depth + 1);
      else if (isPlainObject(value)) writeObject(writer, value, depth + 1);
      else writeInstance(writer, value);
      return;
    default:
      throw refused;
  }
}

function writeArray(writer: MsgpackWriter, array: readonly unknown[], depth: number): void {
  const length = array.length;
  writer.arrayHeader(length);
  // By index: gaps count as undefined, as in JSON.
  for (let i = 0; i < length; i++) writeAny(writer, array[i], depth);
}

function writeObject(writer: MsgpackWriter, object: Record<string, unknown>, depth: number): void {
  const keys = Object.keys(object);
  const count = keys.length;
  // Each property is read once: a getter may answer differently the second time, and the header comes first.
  const values: unknown[] = new Array<unknown>(count);
  let present = 0;
  for (let i = 0; i < count; i++) if ((values[i] = object[keys[i] as string]) !== undefined) present++;
  writer.mapHeader(present);
  for (let i = 0; i < count; i++) {
    if (values[i] === undefined) continue;
    writer.string(keys[i] as string);
    writeAny(writer, values[i], depth);
  }
}

function writeInstance(writer: MsgpackWriter, value: object): void {
  if (types.isUint8Array(value)) writer.binary(value);
  else if (types.isDate(value)) {
    const ms = value.getTime();
    if (Number.isNaN(ms)) throw refused;
    writer.extension(extensions.timestamp, bytesOfTimestamp(ms));
  } else throw refused;
}

/** The timestamp of the MessagePack specification, in its shortest form. */
function bytesOfTimestamp(ms: number): Uint8Array {
  const seconds = Math.floor(ms / 1000);
  const nanoseconds = (ms - seconds * 1000) * 1_000_000;
  if (seconds >= 0 && seconds < 2 ** 34) {
    if (nanoseconds === 0 && seconds < 2 ** 32) {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, seconds);
      return bytes;
    }
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, nanoseconds * 4 + Math.floor(seconds / 2 ** 32));
    view.setUint32(4, seconds % 2 ** 32);
    return bytes;
  }
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, nanoseconds);
  view.setBigInt64(4, BigInt(seconds));
  return bytes;
}

/** Two's complement, big endian, with as few bytes as hold it. */
function bytesOfBigint(value: bigint): Uint8Array {
  const negative = value < 0n;
  // The bits of -n-1 are those of n turned over, so both signs need the same number of bytes.
  const hex = (negative ? -value - 1n : value).toString(16);
  const size = Math.floor((hex.length * 4) / 8) + 1;
  const bytes = Buffer.from(hex.padStart(size * 2, "0"), "hex");
  if (negative) for (let i = 0; i < size; i++) bytes[i] = ~(bytes[i] as number);
  // A leading byte that only repeats the sign of the next one says nothing.
  const sign = negative ? 0xff : 0;
  return bytes[0] === sign && size > 1 && ((bytes[1] as number) & 0x80) === (sign & 0x80) ? bytes.subarray(1) : bytes;
}

import { extensions } from "./msgpack-extensions.ts";
import { RecordUndecodableError } from "./frame.ts";
import { arrayHeaderAt, cutShort, extensionAt, uintAt } from "./payload-scan.ts";
import { repeatedTextIn, textIn } from "./text.ts";

/**
 * How deep a value may be when it is decoded: more than one that is encoded (`VALUE_DEPTH_MAX`), because results are
 * put into each other undecoded, once for each level of the canvas.
 */
export const DECODE_DEPTH_MAX = 2_000;

/** What a reference to a blob decodes to; gets the place of the extension's data and how deep it lies. */
export type ReferenceReader = (bytes: Uint8Array, from: number, to: number, depth: number) => unknown;

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);
const single = new Float32Array(1);
const singleBytes = new Uint8Array(single.buffer);

/**
 * Decodes one value: nothing in it shares memory with `bytes`.
 *
 * @throws {@link RecordUndecodableError} where the bytes are not what `writeValue` writes.
 */
export function decodeValue(bytes: Uint8Array, onReference: ReferenceReader, depth = 0): unknown {
  const decoder = new ValueDecoder(bytes, onReference);
  const value = decoder.read(depth);
  decoder.end();
  return value;
}

class ValueDecoder {
  private at = 0;
  private readonly to: number;
  private readonly bytes: Uint8Array;
  private readonly onReference: ReferenceReader;

  constructor(bytes: Uint8Array, onReference: ReferenceReader) {
    this.bytes = bytes;
    this.to = bytes.length;
    this.onReference = onReference;
  }

  end(): void {
    if (this.at !== this.to) throw new RecordUndecodableError(`${this.to - this.at} bytes follow a value`);
  }

  read(depth: number): unknown {
    if (this.at >= this.to) throw cutShort(this.at);
    const { bytes } = this;
    const token = bytes[this.at] as number;
    if (token < 0x80) {
      this.at++;
      return token;
    }
    if (token >= 0xe0) {
      this.at++;
      return token - 0x100;
    }
    if (token < 0x90) {
      this.at++;
      return this.object(token & 0x0f, depth);
    }
    if (token < 0xa0) return this.array(depth);
    if (token < 0xc0) return this.text(1, token & 0x1f, textIn);
    switch (token) {
      case 0xc0:
        this.at++;
        return null;
      case 0xc2:
        this.at++;
        return false;
      case 0xc3:
        this.at++;
        return true;
      case 0xc4:
        return this.binary(1);
      case 0xc5:
        return this.binary(2);
      case 0xc6:
        return this.binary(4);
      case 0xca:
        return this.float32();
      case 0xcb:
        return this.float64();
      case 0xcc:
        return this.uint(1);
      case 0xcd:
        return this.uint(2);
      case 0xce:
        return this.uint(4);
      case 0xcf:
        return BigInt.asUintN(64, this.int64());
      case 0xd0:
        return (this.uint(1) << 24) >> 24;
      case 0xd1:
        return (this.uint(2) << 16) >> 16;
      case 0xd2:
        return this.uint(4) | 0;
      case 0xd3:
        return BigInt.asIntN(64, this.int64());
      case 0xc7:
      case 0xc8:
      case 0xc9:
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.extension(depth);
      case 0xd9:
        return this.text(2, uintAt(bytes, this.at + 1, 1, this.to), textIn);
      case 0xda:
        return this.text(3, uintAt(bytes, this.at + 1, 2, this.to), textIn);
      case 0xdb:
        return this.text(5, uintAt(bytes, this.at + 1, 4, this.to), textIn);
      case 0xdc:
      case 0xdd:
        return this.array(depth);
      case 0xde: {
        const count = uintAt(bytes, this.at + 1, 2, this.to);
        this.at += 3;
        return this.object(count, depth);
      }
      case 0xdf: {
        const count = uintAt(bytes, this.at + 1, 4, this.to);
        this.at += 5;
        return this.object(count, depth);
      }
      default:
        throw new RecordUndecodableError(`0x${token.toString(16)} at ${this.at} is no MessagePack`);
    }
  }

  private array(depth: number): unknown[] {
    if (depth >= DECODE_DEPTH_MAX) throw tooDeep();
    const header = arrayHeaderAt(this.bytes, this.at, this.to) as { length: number; from: number };
    this.at = header.from;
    // Each element has at least one byte; a made-up length must not cost memory.
    if (header.length > this.to - this.at) throw cutShort(this.to);
    const array: unknown[] = [];
    for (let i = 0; i < header.length; i++) array.push(this.read(depth + 1));
    return array;
  }

  private object(count: number, depth: number): Record<string, unknown> {
    if (depth >= DECODE_DEPTH_MAX) throw tooDeep();
    if (count * 2 > this.to - this.at) throw cutShort(this.to);
    const object: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) {
      const key = this.key();
      const value = this.read(depth + 1);
      // Plain assignment would set the prototype instead of a property.
      if (key === "__proto__") {
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      } else object[key] = value;
    }
    return object;
  }

  private key(): string {
    const token = this.bytes[this.at] as number;
    if (token >= 0xa0 && token < 0xc0) return this.text(1, token & 0x1f, repeatedTextIn);
    if (token >= 0xd9 && token <= 0xdb) return this.read(0) as string;
    throw new RecordUndecodableError(`a property's name at ${this.at} is no text`);
  }

  private text(header: number, size: number, read: typeof textIn): string {
    const from = this.at + header;
    const to = from + size;
    if (to > this.to) throw cutShort(this.to);
    this.at = to;
    return read(this.bytes, from, to);
  }

  private binary(sizeBytes: 1 | 2 | 4): Uint8Array {
    const from = this.at + 1 + sizeBytes;
    const to = from + uintAt(this.bytes, this.at + 1, sizeBytes, this.to);
    if (to > this.to) throw cutShort(this.to);
    this.at = to;
    // A copy: the user may change it or keep it, and the message may be shared.
    const value = new Uint8Array(to - from);
    value.set(this.bytes.subarray(from, to));
    return value;
  }

  private uint(size: 1 | 2 | 4): number {
    const value = uintAt(this.bytes, this.at + 1, size, this.to);
    this.at += 1 + size;
    return value;
  }

  private int64(): bigint {
    const high = uintAt(this.bytes, this.at + 1, 4, this.to);
    const low = uintAt(this.bytes, this.at + 5, 4, this.to);
    this.at += 9;
    return (BigInt(high) << 32n) | BigInt(low);
  }

  private float64(): number {
    if (this.at + 9 > this.to) throw cutShort(this.to);
    // Byte by byte into the machine's own order; every machine that Node runs on is little endian.
    for (let i = 0; i < 8; i++) floatBytes[7 - i] = this.bytes[this.at + 1 + i] as number;
    this.at += 9;
    return float[0] as number;
  }

  private float32(): number {
    if (this.at + 5 > this.to) throw cutShort(this.to);
    for (let i = 0; i < 4; i++) singleBytes[3 - i] = this.bytes[this.at + 1 + i] as number;
    this.at += 5;
    return single[0] as number;
  }

  private extension(depth: number): unknown {
    const { type, from, to } = extensionAt(this.bytes, this.at, this.to);
    this.at = to;
    switch (type) {
      case extensions.timestamp:
        return dateIn(this.bytes.subarray(from, to));
      case extensions.bigint:
        return bigintIn(this.bytes.subarray(from, to));
      case extensions.blobReference:
        return this.onReference(this.bytes, from, to, depth);
      default:
        throw new RecordUndecodableError(`extension type ${type} is unknown`);
    }
  }
}

function tooDeep(): RecordUndecodableError {
  return new RecordUndecodableError(`a value lies more than ${DECODE_DEPTH_MAX} levels deep`);
}

function dateIn(data: Uint8Array): Date {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const date = new Date(millisecondsIn(view));
  if (Number.isNaN(date.getTime())) throw new RecordUndecodableError("a timestamp is out of range");
  return date;
}

function millisecondsIn(view: DataView): number {
  switch (view.byteLength) {
    case 4:
      return view.getUint32(0) * 1000;
    case 8: {
      const first = view.getUint32(0);
      return ((first & 3) * 2 ** 32 + view.getUint32(4)) * 1000 + Math.floor((first >>> 2) / 1_000_000);
    }
    case 12:
      return Number(view.getBigInt64(4)) * 1000 + Math.floor(view.getUint32(0) / 1_000_000);
    default:
      throw new RecordUndecodableError(`a timestamp has ${view.byteLength} bytes`);
  }
}

function bigintIn(data: Uint8Array): bigint {
  if (data.length === 0) throw new RecordUndecodableError("an integer has no bytes");
  const hex = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
  return BigInt.asIntN(data.length * 8, BigInt(`0x${hex}`));
}

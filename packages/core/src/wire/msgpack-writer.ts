const SLAB_BYTES = 32 * 1024;
// Below this, a fresh slab is cheaper than growing in the middle of the next value.
const REST_BYTES_MIN = 256;
const SHORT_CHARS_MAX = 48;
// Above this, counting a text's bytes first costs less than room for the most that it could have.
const GUESSED_CHARS_MAX = 1024;

/**
 * Writes MessagePack, always in the shortest form, into slabs that it hands out in pieces: what {@link finish} returns
 * is never written to again, and needs no copy.
 *
 * The shortest form is what makes putting values together by copying (`splice.ts`) equal to encoding them together.
 */
export class MsgpackWriter {
  private bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
  private view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  private start = 0;
  private at = 0;

  /** What was written since the last call: a plain `Uint8Array` that the caller owns. */
  finish(): Uint8Array {
    const { bytes, start, at } = this;
    const size = at - start;
    if (bytes.length > SLAB_BYTES) {
      // A large value has grown a buffer of its own, up to twice its size: kept whole only if little of it is waste.
      const whole = size > bytes.length * 0.75;
      const piece = new Uint8Array(bytes.buffer, bytes.byteOffset + start, size);
      this.renew(SLAB_BYTES);
      return whole ? piece : new Uint8Array(piece);
    }
    if (bytes.length - at < REST_BYTES_MIN) this.renew(SLAB_BYTES);
    else this.start = at;
    return new Uint8Array(bytes.buffer, bytes.byteOffset + start, size);
  }

  /** Forgets what was written since the last {@link finish}. */
  abandon(): void {
    this.at = this.start;
  }

  /** How many bytes were written since the last {@link finish}. */
  get size(): number {
    return this.at - this.start;
  }

  /** Leaves `count` bytes to be filled later with {@link patchUint32} and {@link patchByte}. */
  skip(count: number): void {
    this.reserve(count);
    this.at += count;
  }

  /** Sets a big-endian number `offset` bytes after the place of the last {@link finish}. */
  patchUint32(offset: number, value: number): void {
    this.view.setUint32(this.start + offset, value);
  }

  patchByte(offset: number, value: number): void {
    this.bytes[this.start + offset] = value;
  }

  nil(): void {
    this.reserve(1);
    this.bytes[this.at++] = 0xc0;
  }

  boolean(value: boolean): void {
    this.reserve(1);
    this.bytes[this.at++] = value ? 0xc3 : 0xc2;
  }

  /** Whole numbers of up to 32 bits as such, all others (`-0` too) as a 64-bit float: 64-bit integers are bigints. */
  number(value: number): void {
    this.reserve(9);
    const { bytes, view } = this;
    if (value >>> 0 === value && (value !== 0 || Object.is(value, 0))) {
      if (value < 0x80) bytes[this.at++] = value;
      else if (value < 0x100) {
        bytes[this.at++] = 0xcc;
        bytes[this.at++] = value;
      } else if (value < 0x10000) {
        bytes[this.at++] = 0xcd;
        bytes[this.at++] = value >>> 8;
        bytes[this.at++] = value;
      } else {
        bytes[this.at] = 0xce;
        view.setUint32(this.at + 1, value);
        this.at += 5;
      }
    } else if (value >> 0 === value && value < 0) {
      if (value >= -0x20) bytes[this.at++] = value;
      else if (value >= -0x80) {
        bytes[this.at++] = 0xd0;
        bytes[this.at++] = value;
      } else if (value >= -0x8000) {
        bytes[this.at] = 0xd1;
        view.setInt16(this.at + 1, value);
        this.at += 3;
      } else {
        bytes[this.at] = 0xd2;
        view.setInt32(this.at + 1, value);
        this.at += 5;
      }
    } else {
      bytes[this.at] = 0xcb;
      view.setFloat64(this.at + 1, value);
      this.at += 9;
    }
  }

  /** An integer that is to come back as a bigint: 64 bits where that is enough. Says whether it was. */
  bigint64(value: bigint): boolean {
    if (BigInt.asIntN(64, value) === value) {
      this.reserve(9);
      this.bytes[this.at] = 0xd3;
      this.view.setBigInt64(this.at + 1, value);
    } else if (BigInt.asUintN(64, value) === value) {
      this.reserve(9);
      this.bytes[this.at] = 0xcf;
      this.view.setBigUint64(this.at + 1, value);
    } else return false;
    this.at += 9;
    return true;
  }

  string(text: string): void {
    const chars = text.length;
    if (chars > GUESSED_CHARS_MAX) return this.longString(text);
    this.reserve(5 + chars * 3);
    if (chars <= SHORT_CHARS_MAX && this.shortAscii(text, chars)) return;
    // The header's size depends on the number of bytes, which is only known afterwards; nearly always the guess fits.
    const guess = stringHeaderBytes(chars);
    const size = this.bytes.write(text, this.at + guess, "utf8");
    const header = stringHeaderBytes(size);
    if (header !== guess) this.bytes.copyWithin(this.at + header, this.at + guess, this.at + guess + size);
    this.stringHeader(size);
    this.at += size;
  }

  private longString(text: string): void {
    const size = Buffer.byteLength(text);
    this.reserve(5 + size);
    this.stringHeader(size);
    this.bytes.write(text, this.at, "utf8");
    this.at += size;
  }

  private shortAscii(text: string, chars: number): boolean {
    const { bytes } = this;
    let at = this.at + (chars < 32 ? 1 : 2);
    for (let i = 0; i < chars; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[at++] = code;
    }
    this.stringHeader(chars);
    this.at = at;
    return true;
  }

  private stringHeader(size: number): void {
    const { bytes } = this;
    if (size < 32) bytes[this.at++] = 0xa0 | size;
    else if (size < 0x100) {
      bytes[this.at++] = 0xd9;
      bytes[this.at++] = size;
    } else this.sized(0xda, size);
  }

  /** `marker` and 16 bits of size, or the marker after it and 32 bits. */
  private sized(marker: number, size: number): void {
    if (size < 0x10000) {
      this.bytes[this.at] = marker;
      this.view.setUint16(this.at + 1, size);
      this.at += 3;
    } else {
      this.bytes[this.at] = marker + 1;
      this.view.setUint32(this.at + 1, size);
      this.at += 5;
    }
  }

  binary(value: Uint8Array): void {
    this.reserve(5 + value.length);
    if (value.length < 0x100) {
      this.bytes[this.at++] = 0xc4;
      this.bytes[this.at++] = value.length;
    } else this.sized(0xc5, value.length);
    this.copy(value);
  }

  /** Bytes that are MessagePack already. */
  raw(encoded: Uint8Array): void {
    this.reserve(encoded.length);
    this.copy(encoded);
  }

  private copy(from: Uint8Array): void {
    // A loop beats the call for the small values that most records carry.
    if (from.length < 32) for (let i = 0; i < from.length; i++) this.bytes[this.at + i] = from[i] as number;
    else this.bytes.set(from, this.at);
    this.at += from.length;
  }

  arrayHeader(length: number): void {
    this.reserve(5);
    if (length < 16) this.bytes[this.at++] = 0x90 | length;
    else this.sized(0xdc, length);
  }

  mapHeader(length: number): void {
    this.reserve(5);
    if (length < 16) this.bytes[this.at++] = 0x80 | length;
    else this.sized(0xde, length);
  }

  extension(type: number, data: Uint8Array): void {
    const size = data.length;
    this.reserve(6 + size);
    if (size === 1 || size === 2 || size === 4 || size === 8 || size === 16) {
      this.bytes[this.at++] = 0xd4 + Math.log2(size);
    } else if (size < 0x100) {
      this.bytes[this.at++] = 0xc7;
      this.bytes[this.at++] = size;
    } else this.sized(0xc8, size);
    this.bytes[this.at++] = type;
    this.copy(data);
  }

  private reserve(count: number): void {
    if (this.at + count > this.bytes.length) this.grow(count);
  }

  private grow(count: number): void {
    const { bytes, start, at } = this;
    const needed = at - start + count;
    this.renew(needed <= SLAB_BYTES / 2 ? SLAB_BYTES : needed * 2);
    bytes.copy(this.bytes, 0, start, at);
    this.at = at - start;
  }

  private renew(size: number): void {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    this.start = 0;
    this.at = 0;
  }
}

function stringHeaderBytes(size: number): number {
  if (size < 32) return 1;
  if (size < 0x100) return 2;
  return size < 0x10000 ? 3 : 5;
}

let spare: MsgpackWriter | undefined = new MsgpackWriter();

/**
 * Runs `write` with a writer that nobody else uses meanwhile, and gives back what it wrote. A getter of a user's object
 * may encode something itself, so the shared writer cannot simply be taken for free.
 */
export function encodeWith(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = spare ?? new MsgpackWriter();
  spare = undefined;
  try {
    write(writer);
    return writer.finish();
  } catch (error) {
    writer.abandon();
    throw error;
  } finally {
    spare = writer;
  }
}

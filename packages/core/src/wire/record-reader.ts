import { RecordUndecodableError } from "./frame.ts";
import { arrayHeaderAt, cutShort, skipValue, uintAt } from "./payload-scan.ts";
import { repeatedTextIn, textIn } from "./text.ts";

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);

/**
 * Reads the fields of a record in their order, each with the type that it must have. A field may be missing at the end
 * if it is optional; fields after the last known one are skipped, so that a newer writer may add some.
 *
 * Every method throws {@link RecordUndecodableError} if the bytes hold something else, and nothing else.
 */
export class RecordReader {
  private at: number;
  private readonly to: number;
  private readonly bytes: Uint8Array;
  /** How many fields are left of the array that is being read. */
  private left: number;

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.bytes = bytes;
    this.at = from;
    this.to = to;
    this.left = 0;
    this.left = this.header();
  }

  private header(): number {
    const token = this.bytes[this.at] as number;
    if (this.at < this.to && token >= 0x90 && token < 0xa0) {
      this.at++;
      return token & 0x0f;
    }
    const header = arrayHeaderAt(this.bytes, this.at, this.to);
    if (header === undefined) throw this.unexpected("a list of fields");
    this.at = header.from;
    if (header.length > this.to - this.at) throw cutShort(this.to);
    return header.length;
  }

  /** Ends the record: skips what a newer writer added; nothing may follow it. */
  end(): void {
    this.rest();
    if (this.at !== this.to) throw new RecordUndecodableError(`${this.to - this.at} bytes follow a record`);
  }

  private rest(): void {
    for (; this.left > 0; this.left--) this.at = skipValue(this.bytes, this.at, this.to);
  }

  /** The next field's first byte; takes the field. */
  private take(): number {
    if (this.left === 0) throw new RecordUndecodableError("a record has too few fields");
    if (this.at >= this.to) throw cutShort(this.to);
    this.left--;
    return this.bytes[this.at] as number;
  }

  /** Whether the next field is there; takes it if it is nil. */
  private present(): boolean {
    if (this.left === 0) return false;
    if (this.at < this.to && this.bytes[this.at] === 0xc0) {
      this.left--;
      this.at++;
      return false;
    }
    return true;
  }

  string(): string {
    return this.text(textIn);
  }

  /** A text of which there are few different ones. */
  name(): string {
    return this.text(repeatedTextIn);
  }

  private text(read: typeof textIn): string {
    const token = this.take();
    let from = this.at + 1;
    let size: number;
    if (token >= 0xa0 && token < 0xc0) size = token & 0x1f;
    else if (token >= 0xd9 && token <= 0xdb) {
      const sizeBytes = token === 0xd9 ? 1 : token === 0xda ? 2 : 4;
      size = uintAt(this.bytes, from, sizeBytes, this.to);
      from += sizeBytes;
    } else throw this.unexpected("a text");
    const to = from + size;
    if (to > this.to) throw cutShort(this.to);
    this.at = to;
    return read(this.bytes, from, to);
  }

  /** A whole number from 0 to 2^53 - 1. */
  uint(): number {
    const value = this.number();
    if (!Number.isSafeInteger(value) || value < 0) throw new RecordUndecodableError(`${value} is no count`);
    return value;
  }

  /** Any finite number. */
  number(): number {
    const token = this.take();
    const { bytes, to } = this;
    const at = this.at + 1;
    if (token < 0x80) {
      this.at = at;
      return token;
    }
    if (token === 0xcb) {
      if (at + 8 > to) throw cutShort(to);
      for (let i = 0; i < 8; i++) floatBytes[7 - i] = bytes[at + i] as number;
      this.at = at + 8;
      const value = float[0] as number;
      if (!Number.isFinite(value)) throw this.unexpected("a finite number");
      return value;
    }
    if (token >= 0xe0) {
      this.at = at;
      return token - 0x100;
    }
    const size = token === 0xcc || token === 0xd0 ? 1 : token === 0xcd || token === 0xd1 ? 2 : 4;
    if (token < 0xcc || token > 0xd2 || token === 0xcf) throw this.unexpected("a number");
    const value = uintAt(bytes, at, size, to);
    this.at = at + size;
    if (token < 0xd0) return value;
    return (value << (32 - size * 8)) >> (32 - size * 8);
  }

  /** One of a few texts. */
  choice<T extends string>(choices: readonly T[]): T {
    const text = this.name();
    const choice = choices.find((each) => each === text);
    if (choice === undefined)
      throw new RecordUndecodableError(`'${text.slice(0, 40)}' is none of ${choices.join(", ")}`);
    return choice;
  }

  boolean(): boolean {
    const token = this.take();
    if (token !== 0xc2 && token !== 0xc3) throw this.unexpected("true or false");
    this.at++;
    return token === 0xc3;
  }

  /** A view of the bytes. */
  binary(): Uint8Array {
    const token = this.take();
    if (token < 0xc4 || token > 0xc6) throw this.unexpected("bytes");
    const sizeBytes = token === 0xc4 ? 1 : token === 0xc5 ? 2 : 4;
    const from = this.at + 1 + sizeBytes;
    const to = from + uintAt(this.bytes, this.at + 1, sizeBytes, this.to);
    if (to > this.to) throw cutShort(this.to);
    this.at = to;
    return this.bytes.subarray(from, to);
  }

  /** A view of whatever value stands there. */
  any(): Uint8Array {
    this.take();
    const from = this.at;
    this.at = skipValue(this.bytes, from, this.to);
    return this.bytes.subarray(from, this.at);
  }

  /** A list, each of its elements read by `read`. */
  list<T>(read: (reader: this) => T): T[] {
    this.take();
    const outer = this.left;
    const length = this.header();
    const elements: T[] = [];
    for (let i = 0; i < length; i++) {
      this.left = 1;
      elements.push(read(this));
    }
    this.left = outer;
    return elements;
  }

  /** A record in a record: its fields are read by `read`. */
  record<T>(read: (reader: this) => T): T {
    this.take();
    const outer = this.left;
    this.left = this.header();
    const value = read(this);
    this.rest();
    this.left = outer;
    return value;
  }

  /** An object with values of one kind, written as `[name, value, name, value, …]`. */
  entries<T>(read: (reader: this) => T): Record<string, T> {
    this.take();
    const outer = this.left;
    const length = this.header();
    if (length % 2 !== 0) throw this.unexpected("pairs");
    const object: Record<string, T> = {};
    for (let i = 0; i < length; i += 2) {
      this.left = 2;
      const name = this.name();
      const value = read(this);
      if (name === "__proto__") {
        Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
      } else object[name] = value;
    }
    this.left = outer;
    return object;
  }

  optionalString(): string | undefined {
    return this.present() ? this.string() : undefined;
  }

  optionalName(): string | undefined {
    return this.present() ? this.name() : undefined;
  }

  optionalUint(): number | undefined {
    return this.present() ? this.uint() : undefined;
  }

  optionalNumber(): number | undefined {
    return this.present() ? this.number() : undefined;
  }

  optionalBoolean(): boolean | undefined {
    return this.present() ? this.boolean() : undefined;
  }

  optionalBinary(): Uint8Array | undefined {
    return this.present() ? this.binary() : undefined;
  }

  optionalAny(): Uint8Array | undefined {
    return this.left > 0 ? this.any() : undefined;
  }

  optionalList<T>(read: (reader: this) => T): T[] | undefined {
    return this.present() ? this.list(read) : undefined;
  }

  optionalRecord<T>(read: (reader: this) => T): T | undefined {
    return this.present() ? this.record(read) : undefined;
  }

  optionalEntries<T>(read: (reader: this) => T): Record<string, T> | undefined {
    return this.present() ? this.entries(read) : undefined;
  }

  private unexpected(what: string): RecordUndecodableError {
    const token = this.bytes[this.at];
    const found = this.at >= this.to || token === undefined ? "the end" : `0x${token.toString(16)}`;
    return new RecordUndecodableError(`${found} at ${this.at} where ${what} must be`);
  }
}

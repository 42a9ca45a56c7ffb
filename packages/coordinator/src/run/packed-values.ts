import { payloadArrayEnds, payloadEnd } from "@arpeggio/core";
import type { Payload } from "@arpeggio/core";

/** Room for values in one piece of memory; larger ones have a piece of their own. */
const CHUNK_BYTES = 256 * 1024;
const OWN_CHUNK_FROM = CHUNK_BYTES / 4;
const ABSENT = 0xffff_ffff;

/** Packed values as a checkpoint has them: the bytes of all, one after another, and {@link ABSENT_BYTE} where there is none. */
export interface PackedSnapshot {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** No MessagePack value begins with it, so a list of values with gaps needs no list of their lengths. */
const ABSENT_BYTE = 0xc1;

/**
 * A list of values of a wide map, in few pieces of memory. An array of a million small values takes some two hundred
 * megabytes, nearly all of it for the objects around the bytes; this takes twelve bytes for each value and the bytes themselves.
 */
export class PackedValues {
  readonly length: number;
  /** In how many bytes all values lie. */
  bytes = 0;
  readonly #chunks: Uint8Array[] = [];
  readonly #chunkOf: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #lengths: Uint32Array;
  /** The piece that has room left, and where it begins. */
  #open = -1;
  #used = CHUNK_BYTES;

  constructor(length: number) {
    this.length = length;
    this.#chunkOf = new Uint32Array(length);
    this.#starts = new Uint32Array(length);
    this.#lengths = new Uint32Array(length).fill(ABSENT);
  }

  /** The elements of an encoded list, which it keeps. */
  static ofList(list: Payload): PackedValues {
    const { from, ends } = payloadArrayEnds(list);
    const values = new PackedValues(ends.length);
    values.#chunks.push(list);
    let at = from;
    for (let i = 0; i < ends.length; i++) {
      const end = ends[i] as number;
      values.#starts[i] = at;
      values.#lengths[i] = end - at;
      at = end;
    }
    values.bytes = at - from;
    return values;
  }

  /** @throws RecordUndecodableError where the bytes are not so many values. */
  static restored({ count, bytes }: PackedSnapshot): PackedValues {
    const values = new PackedValues(count);
    values.#chunks.push(bytes);
    let at = 0;
    for (let i = 0; i < count; i++) {
      if (bytes[at] === ABSENT_BYTE) {
        at++;
        continue;
      }
      const end = payloadEnd(bytes, at);
      values.#starts[i] = at;
      values.#lengths[i] = end - at;
      values.bytes += end - at;
      at = end;
    }
    return values;
  }

  /** A view; undefined where there is no value. */
  get(place: number): Payload | undefined {
    const length = this.#lengths[place] ?? ABSENT;
    if (length === ABSENT) return undefined;
    const start = this.#starts[place] as number;
    return this.#chunks[this.#chunkOf[place] as number]?.subarray(start, start + length);
  }

  /** Keeps a copy. What was there before keeps its room until the whole list goes. */
  set(place: number, value: Payload | undefined): void {
    const before = this.#lengths[place] as number;
    if (before !== ABSENT) this.bytes -= before;
    if (value === undefined) {
      this.#lengths[place] = ABSENT;
      return;
    }
    this.bytes += value.length;
    this.#lengths[place] = value.length;
    if (value.length >= OWN_CHUNK_FROM) {
      this.#chunkOf[place] = this.#chunks.push(new Uint8Array(value)) - 1;
      this.#starts[place] = 0;
      return;
    }
    if (this.#used + value.length > CHUNK_BYTES) {
      this.#open = this.#chunks.push(new Uint8Array(CHUNK_BYTES)) - 1;
      this.#used = 0;
    }
    this.#chunks[this.#open]?.set(value, this.#used);
    this.#chunkOf[place] = this.#open;
    this.#starts[place] = this.#used;
    this.#used += value.length;
  }

  /** Writes all values that are there, one after another; gives the place behind them. */
  writeTo(target: Uint8Array, at: number): number {
    for (let i = 0; i < this.length; i++) {
      const value = this.get(i);
      if (value === undefined) continue;
      target.set(value, at);
      at += value.length;
    }
    return at;
  }

  snapshot(): PackedSnapshot {
    let gaps = 0;
    for (let i = 0; i < this.length; i++) if (this.#lengths[i] === ABSENT) gaps++;
    const bytes = new Uint8Array(this.bytes + gaps);
    let at = 0;
    for (let i = 0; i < this.length; i++) {
      const value = this.get(i);
      if (value === undefined) bytes[at++] = ABSENT_BYTE;
      else {
        bytes.set(value, at);
        at += value.length;
      }
    }
    return { count: this.length, bytes };
  }
}

import { payloadEnd } from "@arpeggio/core";
import type { Payload } from "@arpeggio/core";
import { ABSENT_BYTE, PackedValues } from "./packed-values.ts";
import type { PackedSnapshot } from "./packed-values.ts";

/** Room for small values in one piece of memory, as a number of bits; a place is the number of the piece and where in it. */
const CHUNK_BITS = 18;
const CHUNK_BYTES = 2 ** CHUNK_BITS;
const CHUNKS_MAX = 2 ** (32 - CHUNK_BITS);
/** Larger ones have a piece of their own. */
const OWN_PIECE_FROM = CHUNK_BYTES / 4;
/** Instead of a length. */
const ABSENT = 0xffff_ffff;
const OWN_PIECE = 0xffff_fffe;
/** Up to here copying byte by byte is cheaper than a view. */
const SMALL_MAX = 32;

/** Values that come in any order: their bytes, and eight more for each. */
export class PackedSlots extends PackedValues {
  readonly length: number;
  bytes = 0;
  #gaps: number;
  readonly #chunks: Uint8Array[] = [];
  /** How much of the last chunk is taken. */
  #used = CHUNK_BYTES;
  readonly #ownPieces: Uint8Array[] = [];
  /** Where each value lies in the chunks, or which of the pieces is its own. */
  readonly #places: Uint32Array;
  readonly #lengths: Uint32Array;

  constructor(length: number) {
    super();
    this.length = length;
    this.#gaps = length;
    this.#places = new Uint32Array(length);
    this.#lengths = new Uint32Array(length).fill(ABSENT);
  }

  /** @throws RecordUndecodableError where the bytes are not so many values. */
  static restored({ count, bytes }: PackedSnapshot): PackedSlots {
    const values = new PackedSlots(count);
    let at = 0;
    for (let i = 0; i < count; i++) {
      if (bytes[at] === ABSENT_BYTE) {
        at++;
        continue;
      }
      const end = payloadEnd(bytes, at);
      values.set(i, bytes.subarray(at, end));
      at = end;
    }
    return values;
  }

  get(place: number): Payload | undefined {
    const length = this.#lengths[place] ?? ABSENT;
    if (length === ABSENT) return undefined;
    const at = this.#places[place] as number;
    if (length === OWN_PIECE) return this.#ownPieces[at];
    const start = at % CHUNK_BYTES;
    return this.#chunks[at >>> CHUNK_BITS]?.subarray(start, start + length);
  }

  /** Keeps a copy. What was there before keeps its room until the whole list goes. */
  set(place: number, value: Payload | undefined): void {
    const before = this.#lengthAt(place);
    if (before === undefined) this.#gaps--;
    else this.bytes -= before;
    if (value === undefined) {
      this.#gaps++;
      this.#lengths[place] = ABSENT;
      return;
    }
    const { length } = value;
    this.bytes += length;
    if (length >= OWN_PIECE_FROM || !this.#hasRoomFor(length)) {
      this.#lengths[place] = OWN_PIECE;
      this.#places[place] = this.#ownPieces.push(new Uint8Array(value)) - 1;
      return;
    }
    const last = this.#chunks.length - 1;
    this.#lengths[place] = length;
    this.#places[place] = last * CHUNK_BYTES + this.#used;
    (this.#chunks[last] as Uint8Array).set(value, this.#used);
    this.#used += length;
  }

  writeTo(target: Uint8Array, at: number): number {
    return this.#write(target, at, false);
  }

  snapshot(): PackedSnapshot {
    const bytes = new Uint8Array(this.bytes + this.#gaps);
    this.#write(bytes, 0, true);
    return { count: this.length, bytes };
  }

  #write(target: Uint8Array, from: number, areGapsMarked: boolean): number {
    let at = from;
    for (let i = 0; i < this.length; i++) {
      const length = this.#lengths[i] as number;
      if (length <= SMALL_MAX) {
        const place = this.#places[i] as number;
        const chunk = this.#chunks[place >>> CHUNK_BITS] as Uint8Array;
        const start = place % CHUNK_BYTES;
        for (let j = 0; j < length; j++) target[at++] = chunk[start + j] as number;
      } else if (length !== ABSENT) {
        const value = this.get(i) as Payload;
        target.set(value, at);
        at += value.length;
      } else if (areGapsMarked) target[at++] = ABSENT_BYTE;
    }
    return at;
  }

  #lengthAt(place: number): number | undefined {
    const length = this.#lengths[place] as number;
    if (length === ABSENT) return undefined;
    return length === OWN_PIECE ? this.#ownPieces[this.#places[place] as number]?.length : length;
  }

  /** Begins a new chunk where it has to; false if there can be no more. */
  #hasRoomFor(length: number): boolean {
    if (this.#used + length <= CHUNK_BYTES) return true;
    if (this.#chunks.length === CHUNKS_MAX) return false;
    this.#chunks.push(new Uint8Array(CHUNK_BYTES));
    this.#used = 0;
    return true;
  }
}

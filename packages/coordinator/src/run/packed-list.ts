import { payloadArrayEnds, payloadEnd } from "@arpeggio/core";
import type { Payload } from "@arpeggio/core";
import { PackedValues } from "./packed-values.ts";
import type { PackedSnapshot } from "./packed-values.ts";

/** A whole list as it came, and where each of its values ends: the bytes, and four more for each. */
export class PackedList extends PackedValues {
  readonly #list: Uint8Array;
  /** Where the first begins; each other begins where the one before ends. */
  readonly #from: number;
  readonly #ends: Uint32Array;

  private constructor(list: Uint8Array, from: number, ends: Uint32Array) {
    super();
    this.#list = list;
    this.#from = from;
    this.#ends = ends;
  }

  /** The elements of an encoded list, which it keeps. */
  static of(list: Payload): PackedList {
    const { from, ends } = payloadArrayEnds(list);
    return new PackedList(list, from, ends);
  }

  /** @throws RecordUndecodableError where the bytes are not so many values. */
  static restored({ count, bytes }: PackedSnapshot): PackedList {
    const ends = new Uint32Array(count);
    let at = 0;
    for (let i = 0; i < count; i++) {
      at = payloadEnd(bytes, at);
      ends[i] = at;
    }
    return new PackedList(bytes, 0, ends);
  }

  get length(): number {
    return this.#ends.length;
  }

  get bytes(): number {
    return this.#end - this.#from;
  }

  get(place: number): Payload | undefined {
    const end = this.#ends[place];
    return end === undefined ? undefined : this.#list.subarray(this.#ends[place - 1] ?? this.#from, end);
  }

  writeTo(target: Uint8Array, at: number): number {
    target.set(this.#list.subarray(this.#from, this.#end), at);
    return at + this.bytes;
  }

  /** A view, not a copy: nothing changes a list. */
  snapshot(): PackedSnapshot {
    return { count: this.length, bytes: this.#list.subarray(this.#from, this.#end) };
  }

  get #end(): number {
    return this.#ends.at(-1) ?? this.#from;
  }
}

import { arrayHeader } from "@arpeggio/core";
import type { Payload } from "@arpeggio/core";
import { PackedValues } from "./packed-values.ts";

/**
 * A value as a run keeps it: bytes, or the list of the values that it consists of. The result of a map stays a list, so
 * that it is copied into one piece only when somebody reads the whole.
 */
export type Value = Payload | readonly Value[] | PackedValues;

/** Stands for what nobody reads and an earlier run, which has come to it, has let go. */
export const UNKNOWN: Payload = Uint8Array.of(0xc0);

/** How a value is put together without decoding anything. */
export interface SplicePlan {
  readonly kind: "splice";
  /** Bytes stand for themselves, a number for the value of that source. */
  readonly pieces: readonly (Uint8Array | number)[];
  /** Every source in `pieces`, once. */
  readonly sources: readonly number[];
}

/** The value of `plan`; `valueOf` gives the value of a source. A plan that is one source yields that very value. */
export function splice(plan: SplicePlan, valueOf: (source: number) => Value): Value {
  const { pieces } = plan;
  if (pieces.length === 1) {
    const only = pieces[0] as Uint8Array | number;
    return typeof only === "number" ? valueOf(only) : only;
  }
  return inOnePiece(pieces.map((piece) => (typeof piece === "number" ? valueOf(piece) : piece)));
}

/** A value in one piece. */
export function payloadOf(value: Value): Payload {
  return value instanceof Uint8Array ? value : inOnePiece([value]);
}

/** Measured first and then written, so that a list of a million needs no second list of its parts. */
function inOnePiece(values: readonly Value[]): Payload {
  let size = 0;
  walk(values, (part) => (size += part instanceof PackedValues ? part.bytes : part.length));
  const bytes = new Uint8Array(size);
  let at = 0;
  walk(values, (part) => {
    if (part instanceof PackedValues) at = part.writeTo(bytes, at);
    else {
      bytes.set(part, at);
      at += part.length;
    }
  });
  return bytes;
}

// With a stack of its own: maps may lie in maps more deeply than functions may call each other.
function walk(values: readonly Value[], onPart: (part: Uint8Array | PackedValues) => void): void {
  const open: Value[] = values.toReversed();
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (one instanceof Uint8Array) onPart(one);
    else {
      onPart(arrayHeader(one.length));
      if (one instanceof PackedValues) onPart(one);
      else for (let i = one.length - 1; i >= 0; i--) open.push(one[i] as Value);
    }
  }
}

const SLAB_BYTES = 4_096;
const SLAB_SHARE_MAX = 256;
/** Up to here V8 keeps the bytes in the object itself, which is the cheapest of all. */
const ON_HEAP_MAX = 64;
let slab = new ArrayBuffer(SLAB_BYTES);
let slabUsed = 0;

/**
 * A copy. What comes in is a view into a message of up to a megabyte, which one kept result of a few bytes would keep
 * alive. Small copies share a slab: a buffer for each costs three times its bytes, and a slab that one value keeps alive is
 * small.
 */
export function kept(view: Uint8Array): Uint8Array {
  const size = view.length;
  if (size <= ON_HEAP_MAX || size > SLAB_SHARE_MAX) return new Uint8Array(view);
  if (slabUsed + size > SLAB_BYTES) {
    slab = new ArrayBuffer(SLAB_BYTES);
    slabUsed = 0;
  }
  const copy = new Uint8Array(slab, slabUsed, size);
  copy.set(view);
  slabUsed += size;
  return copy;
}

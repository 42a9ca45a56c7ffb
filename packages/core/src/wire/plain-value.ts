import { types } from "node:util";
import {
  GAPS_MAX,
  isPlainObject,
  placeOfUnserialisable,
  REFUSED_NAME,
  ValueNotSerialisableError,
} from "./value-not-serialisable.ts";

/** How deep arrays and objects may lie in each other in a value of a user. */
export const VALUE_DEPTH_MAX = 500;

/** Thrown inside the copy only; the place of the culprit is looked for afterwards, so that good values pay nothing. */
const refused = new Error("refused");
/** Longer lists are not made at full length at once: that is a lot of memory, and slow beyond some ten million items. */
const READY_LENGTH_MAX = 1_000_000;

/** A value that can travel, and how deep arrays and objects lie in each other in it. */
export interface PlainValue {
  readonly value: unknown;
  readonly depth: number;
}

/**
 * A copy of nothing but arrays and objects made by `{}`, strings, numbers, booleans, bigints, null, bytes and dates, so
 * that packing it meets no surprise: each property is read once, what is undefined is left out of objects and is null
 * elsewhere, dates and bytes of another realm are of ours, and a lone surrogate is U+FFFD. Bytes are not copied.
 *
 * @throws {@link ValueNotSerialisableError} for everything else, for more than `depthMax` levels, and for lists with more
 * than {@link GAPS_MAX} gaps.
 */
export function plainValue(value: unknown, depthMax = VALUE_DEPTH_MAX): PlainValue {
  const copier = new Copier(depthMax);
  try {
    return { value: copier.copy(value, 0), depth: copier.depth };
  } catch (error) {
    if (error !== refused) throw error;
    const { path, reason } = placeOfUnserialisable(value, depthMax);
    throw new ValueNotSerialisableError(path, reason);
  }
}

class Copier {
  /** Of the deepest array or object so far. */
  depth = 0;
  private readonly depthMax: number;

  constructor(depthMax: number) {
    this.depthMax = depthMax;
  }

  copy(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
        return value.isWellFormed() ? value : Buffer.from(value).toString();
      case "number":
      case "boolean":
      case "bigint":
        return value;
      case "undefined":
        return null;
      case "object":
        return value === null ? null : this.copyObject(value, depth + 1);
      default:
        throw refused;
    }
  }

  private copyObject(value: object, depth: number): unknown {
    if (value instanceof Uint8Array) return value;
    const isArray = Array.isArray(value);
    if (!isArray && !isPlainObject(value)) return leaf(value);
    if (depth > this.depthMax) throw refused;
    if (depth > this.depth) this.depth = depth;
    if (isArray) return this.copyArray(value, depth);
    const object: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const property = value[key];
      if (property === undefined) continue;
      if (key === REFUSED_NAME) throw refused;
      object[key.isWellFormed() ? key : Buffer.from(key).toString()] = this.copy(property, depth);
    }
    return object;
  }

  private copyArray(value: readonly unknown[], depth: number): unknown[] {
    const { length } = value;
    const array = length > READY_LENGTH_MAX ? [] : new Array<unknown>(length);
    let gaps = 0;
    // By index: gaps count as undefined, as in JSON. A list of nothing but gaps can be of any length and cost nothing.
    for (let i = 0; i < length; i++) {
      const item = value[i];
      if (item === undefined && !(i in value) && ++gaps > GAPS_MAX) throw refused;
      array[i] = this.copy(item, depth);
    }
    return array;
  }
}

function leaf(value: object): Uint8Array | Date {
  if (types.isUint8Array(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (!types.isDate(value) || Number.isNaN(value.getTime())) throw refused;
  return new Date(value.getTime());
}

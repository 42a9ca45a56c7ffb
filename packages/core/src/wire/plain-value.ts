import { types } from "node:util";
import { deeply } from "../collections/deep-call.ts";
import type { DeepCall } from "../collections/deep-call.ts";
import { STRETCH, VALUE_DEPTH_MAX } from "./depth-limits.ts";
import {
  GAPS_MAX,
  isPlainObject,
  placeOfUnserialisable,
  REFUSED_NAME,
  ValueNotSerialisableError,
} from "./value-not-serialisable.ts";

/** Thrown inside the copy only; the place of the culprit is looked for afterwards, so that good values pay nothing. */
const refused = new Error("refused");
/** Thrown where copying has to begin anew, as a {@link DeepCall}. */
const beyondStretch = new Error("beyond a stretch");
/** Longer lists are not made at full length at once: that is a lot of memory, and slow beyond some ten million items. */
const READY_LENGTH_MAX = 1_000_000;

/** A value that can travel. */
export interface PlainValue {
  readonly value: unknown;
  /** The arrays and objects in it in which others lie {@link STRETCH} levels deep; undefined where there are none. */
  readonly spine: ReadonlySet<unknown> | undefined;
}

/**
 * A copy of nothing but arrays and objects made by `{}`, strings, numbers, booleans, bigints, null, bytes and dates, so
 * that packing it meets no surprise: what is undefined is left out of objects and is null elsewhere, dates and bytes of
 * another realm are of ours, and a lone surrogate is U+FFFD. Bytes are not copied.
 *
 * @throws {@link ValueNotSerialisableError} for everything else, for more than `depthMax` levels, and for lists with more
 * than {@link GAPS_MAX} gaps.
 */
export function plainValue(value: unknown, depthMax = VALUE_DEPTH_MAX): PlainValue {
  try {
    return copied(value, depthMax);
  } catch (error) {
    if (error !== refused) throw error;
    const { path, reason } = placeOfUnserialisable(value, depthMax);
    throw new ValueNotSerialisableError(path, reason);
  }
}

function copied(value: unknown, depthMax: number): PlainValue {
  try {
    return { value: copyOf(value, 0), spine: undefined };
  } catch (error) {
    if (error !== beyondStretch) throw error;
  }
  const copier = new DeepCopier(depthMax);
  return { value: deeply(copier.copyOf(value as Holder, 0)), spine: copier.spine };
}

type List = readonly unknown[];
type Holder = List | Readonly<Record<string, unknown>>;

/** @param depth how many arrays and objects are around it. */
function copyOf(value: unknown, depth: number): unknown {
  if (!isHolder(value)) return leafOf(value);
  if (depth === STRETCH) throw beyondStretch;
  if (isList(value)) {
    const list = emptyList(value);
    let gaps = 0;
    // By index: gaps count as undefined, as in JSON. A list of nothing but gaps can be of any length and cost nothing.
    for (let i = 0; i < value.length; i++) {
      const item = value[i];
      if (item === undefined && !(i in value) && ++gaps > GAPS_MAX) throw refused;
      list[i] = copyOf(item, depth + 1);
    }
    return list;
  }
  const object: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const property = value[key];
    if (property !== undefined) object[nameOf(key)] = copyOf(property, depth + 1);
  }
  return object;
}

/** The same for values of any depth. Notes what lies deep. */
class DeepCopier {
  readonly spine = new Set<unknown>();
  /** The copies that are being filled. */
  readonly #open: unknown[] = [];
  readonly #depthMax: number;

  constructor(depthMax: number) {
    this.#depthMax = depthMax;
  }

  *copyOf(value: Holder, depth: number): DeepCall<unknown> {
    if (depth === this.#depthMax) throw refused;
    if (depth >= STRETCH) this.spine.add(this.#open[depth - STRETCH]);
    if (isList(value)) {
      const list = (this.#open[depth] = emptyList(value));
      let gaps = 0;
      for (let i = 0; i < value.length; i++) {
        const item = value[i];
        if (item === undefined && !(i in value) && ++gaps > GAPS_MAX) throw refused;
        list[i] = isHolder(item) ? yield this.copyOf(item, depth + 1) : leafOf(item);
      }
      return list;
    }
    const object: Record<string, unknown> = {};
    this.#open[depth] = object;
    for (const key of Object.keys(value)) {
      const property = value[key];
      if (property === undefined) continue;
      object[nameOf(key)] = isHolder(property) ? yield this.copyOf(property, depth + 1) : leafOf(property);
    }
    return object;
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return false;
  return Array.isArray(value) || isPlainObject(value);
}

function isList(value: Holder): value is List {
  return Array.isArray(value);
}

function emptyList({ length }: List): unknown[] {
  return length > READY_LENGTH_MAX ? [] : new Array<unknown>(length);
}

function nameOf(key: string): string {
  if (key === REFUSED_NAME) throw refused;
  return key.isWellFormed() ? key : Buffer.from(key).toString();
}

/** What is neither an array nor an object of plain properties. */
function leafOf(value: unknown): unknown {
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
      return value === null || value instanceof Uint8Array ? value : bytesOrDate(value);
    default:
      throw refused;
  }
}

function bytesOrDate(value: object): Uint8Array | Date {
  if (types.isUint8Array(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (!types.isDate(value) || Number.isNaN(value.getTime())) throw refused;
  return new Date(value.getTime());
}

import { arrayHeader, bytesHeader, mapHeader } from "./msgpack-header.ts";
import { arrayHeaderAt, mapHeaderAt, skipValue } from "./payload-scan.ts";
import { REFUSED_NAME } from "./value-not-serialisable.ts";

/**
 * Values that lie too deep for a packer that calls itself for each level, or have pieces in them that are too large for one
 * that writes into a slab. What holds such things, the spine, is written and read here, with a list of what is still to be
 * done, and everything else by the packer.
 */

/** Bytes from here on are a part of their own. */
const LARGE_FROM = 64 * 1024;
/** In longer lists there are no parts: one for each element would take more than a copy saves. */
const LARGE_LIST_MAX = 1_024;

/** What msgpackr makes of {@link REFUSED_NAME}. */
const RENAMED = "__proto_";

/** Adds the arrays and objects of a plain value to `spine` that hold large pieces; it must not be deep. Tells whether it has any. */
export function addHoldersOfLarge(value: unknown, spine: Set<unknown>): boolean {
  if (typeof value !== "object" || value === null || value instanceof Date) return false;
  if (value instanceof Uint8Array) return value.length >= LARGE_FROM;
  if (Array.isArray(value) && value.length > LARGE_LIST_MAX) return false;
  let isHolder = false;
  for (const part of Object.values(value)) if (addHoldersOfLarge(part, spine)) isHolder = true;
  if (isHolder) spine.add(value);
  return isHolder;
}

/**
 * Adds the bytes of a plain value to `parts`.
 *
 * @param spine the arrays and objects in it in which others lie very deep, or that hold large pieces.
 * @param packed gives the bytes of anything else.
 */
export function addDeepParts(
  value: unknown,
  spine: ReadonlySet<unknown>,
  packed: (value: unknown) => Uint8Array,
  parts: Uint8Array[],
): void {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const one = open.pop();
    if (one instanceof Uint8Array && one.length >= LARGE_FROM) parts.push(bytesHeader(one.length), one);
    else if (!spine.has(one)) parts.push(packed(one));
    else if (Array.isArray(one)) {
      parts.push(arrayHeader(one.length));
      for (let i = one.length - 1; i >= 0; i--) open.push(one[i]);
    } else {
      const entries = Object.entries(one as object);
      parts.push(mapHeader(entries.length));
      for (let i = entries.length - 1; i >= 0; i--) {
        const [name, property] = entries[i] as [string, unknown];
        open.push(property, name);
      }
    }
  }
}

/** An array or object that is being read. */
interface Holder {
  readonly value: unknown[] | Record<string, unknown>;
  /** How many elements or properties are still to come. */
  left: number;
  /** Of the property that comes next. */
  name: string;
}

/**
 * The value that begins at `from`, which `scan` has found sound.
 *
 * @param spine where the arrays and maps begin in which others lie very deep.
 * @param read gives the value of anything else, by where it begins and ends.
 */
export function deepValue(
  bytes: Uint8Array,
  from: number,
  spine: ReadonlySet<number>,
  read: (from: number, to: number) => unknown,
): unknown {
  const holders: Holder[] = [];
  let at = from;
  const next = (): unknown => {
    const began = at;
    at = skipValue(bytes, began, bytes.length);
    return read(began, at);
  };
  for (;;) {
    const holder = holders.at(-1);
    if (holder !== undefined && !Array.isArray(holder.value)) holder.name = next() as string;
    if (spine.has(at)) {
      const list = arrayHeaderAt(bytes, at);
      const { length, from: first } = list ?? (mapHeaderAt(bytes, at) as NonNullable<typeof list>);
      holders.push({ value: list === undefined ? {} : [], left: length, name: "" });
      at = first;
      continue;
    }
    let value = next();
    // It may be the last of what holds it, and that the last of what holds that.
    for (let full = true; full;) {
      const around = holders.at(-1);
      if (around === undefined) return value;
      put(around, value);
      full = --around.left === 0;
      if (full) ({ value } = holders.pop() as Holder);
    }
  }
}

function put({ value, name }: Holder, item: unknown): void {
  if (Array.isArray(value)) value.push(item);
  else value[name === REFUSED_NAME ? RENAMED : name] = item;
}

/** How Node reads UTF-8 out of any `Uint8Array` without making a view first; absent from the type definitions. */
const utf8Slice = (Buffer.prototype as unknown as { utf8Slice: (this: Uint8Array, from: number, to: number) => string })
  .utf8Slice;

/** The text in `bytes[from..to)`. Bytes that are not UTF-8 become U+FFFD. */
export function textIn(bytes: Uint8Array, from: number, to: number): string {
  return utf8Slice.call(bytes, from, to);
}

const CACHED_BYTES_MAX = 64;
const recent: (string | undefined)[] = Array.from({ length: 1024 }, () => undefined);

/**
 * The same for texts that come again and again (property names, task and queue names): most come out of a small table
 * of the latest ones, without a new string.
 */
export function repeatedTextIn(bytes: Uint8Array, from: number, to: number): string {
  const size = to - from;
  if (size === 0 || size > CACHED_BYTES_MAX) return textIn(bytes, from, to);
  const first = bytes[from] as number;
  const middle = bytes[from + (size >> 1)] as number;
  const last = bytes[to - 1] as number;
  const slot = (Math.imul(first, 31) ^ Math.imul(middle, 131) ^ Math.imul(last, 523) ^ (size << 4)) & 1023;
  const known = recent[slot];
  if (known !== undefined && known.length === size && equals(known, bytes, from)) return known;
  const text = textIn(bytes, from, to);
  // Only ASCII has one byte a character, which the comparison relies on.
  if (text.length === size) recent[slot] = text;
  return text;
}

function equals(text: string, bytes: Uint8Array, from: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}

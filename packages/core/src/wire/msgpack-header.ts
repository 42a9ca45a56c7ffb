/** The MessagePack header of a list of `length` elements, which follow it. */
export function arrayHeader(length: number): Uint8Array {
  return header(0x90, 0xdc, length);
}

/** The MessagePack header of an object of `length` properties, whose names and values follow it in turn. */
export function mapHeader(length: number): Uint8Array {
  return header(0x80, 0xde, length);
}

/** The MessagePack header of `length` bytes, which follow it. */
export function bytesHeader(length: number): Uint8Array {
  if (length < 0x100) return Uint8Array.of(0xc4, length);
  if (length < 0x10000) return Uint8Array.of(0xc5, length >> 8, length);
  return Uint8Array.of(0xc6, length >>> 24, length >>> 16, length >>> 8, length);
}

function header(short: number, marker16: number, length: number): Uint8Array {
  if (length < 16) return Uint8Array.of(short | length);
  if (length < 0x10000) return Uint8Array.of(marker16, length >> 8, length);
  return Uint8Array.of(marker16 + 1, length >>> 24, length >>> 16, length >>> 8, length);
}

/** An extension with these data: an ext 32. */
export function extension(type: number, data: Uint8Array): Uint8Array {
  const { length } = data;
  return joined([Uint8Array.of(0xc9, length >>> 24, length >>> 16, length >>> 8, length, type), data]);
}

/** All of them, one after another, as a copy. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

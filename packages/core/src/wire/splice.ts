import { pack } from "./msgpack.ts";
import { arrayHeader, joined, mapHeader } from "./msgpack-header.ts";
import type { Payload } from "./records.ts";
import { refuseName } from "./value-not-serialisable.ts";

/** The payload of the array of these values, put together without decoding them; the bytes are copied. */
export function splicePayloadArray(payloads: readonly Payload[]): Payload {
  return joined([arrayHeader(payloads.length), ...payloads]);
}

/**
 * The payload of the object with these properties, in this order, put together without decoding them; the bytes are
 * copied. No name may come twice.
 *
 * @throws {@link ValueNotSerialisableError} for a property named `__proto__`.
 */
export function splicePayloadObject(entries: readonly (readonly [name: string, value: Payload])[]): Payload {
  const parts = [mapHeader(entries.length)];
  for (const [name, value] of entries) {
    refuseName(name);
    parts.push(pack(name), value);
  }
  return joined(parts);
}

import { encodeWith } from "./msgpack-writer.ts";
import type { Payload } from "./records.ts";

/** The payload of the array of these values, put together without decoding them; the bytes are copied. */
export function splicePayloadArray(payloads: readonly Payload[]): Payload {
  return encodeWith((writer) => {
    writer.arrayHeader(payloads.length);
    for (const payload of payloads) writer.raw(payload);
  });
}

/**
 * The payload of the object with these properties, in this order, put together without decoding them; the bytes are
 * copied. No name may come twice.
 */
export function splicePayloadObject(entries: readonly (readonly [name: string, value: Payload])[]): Payload {
  return encodeWith((writer) => {
    writer.mapHeader(entries.length);
    for (const [name, value] of entries) {
      writer.string(name);
      writer.raw(value);
    }
  });
}

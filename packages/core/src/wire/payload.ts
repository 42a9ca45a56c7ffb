import type { BlobStore } from "../transport/blob-store.ts";
import { blobReferenceIn, encodeBlobReference } from "./blob-reference.ts";
import { RecordUndecodableError } from "./frame.ts";
import { pack, readable, unpack } from "./msgpack.ts";
import { arrayHeaderAt, mapHeaderAt, scan, skipValue } from "./payload-scan.ts";
import type { Extension } from "./payload-scan.ts";
import type { Payload } from "./records.ts";
import { REFUSED_NAME } from "./value-not-serialisable.ts";

/**
 * Encodes a value of a user: what JSON can hold, and `Uint8Array`, `Date`, `bigint`, `NaN` and infinities.
 *
 * As in JSON, properties that are undefined are left out, undefined elsewhere becomes null, and `-0` becomes 0. A lone
 * surrogate in a string becomes U+FFFD. The result is the caller's own.
 *
 * @throws {@link ValueNotSerialisableError} for functions, symbols, Map, Set, instances of classes, cycles, invalid
 * dates, properties named `__proto__`, values more than 1,200 levels deep, and lists with more than 10,000 gaps; it says
 * where.
 */
export function encodePayload(value: unknown): Payload {
  return pack(value);
}

/**
 * The value again. It shares no memory with the payload.
 *
 * @throws {@link RecordUndecodableError} if it is malformed, or has a reference to a blob in it (then
 * `loadPayload` is called for).
 */
export function decodePayload(payload: Payload): unknown {
  found = undefined;
  const spine = scan(payload, 0, payload.length, noteFirst);
  if (found !== undefined) {
    const { from, to } = found as Extension;
    const { key } = blobReferenceIn(payload, from, to);
    throw new RecordUndecodableError(`the value of blob '${key}' was not fetched`);
  }
  return unpack(readable(payload), 0, payload.length, "copies", spine);
}

/**
 * The properties of a payload that is an object, in order, their values as views that are not decoded.
 *
 * @throws {@link RecordUndecodableError} if it is malformed or no object.
 */
export function splitPayloadObject(payload: Payload): readonly (readonly [name: string, value: Payload])[] {
  const header = mapHeaderAt(payload);
  if (header === undefined) throw new RecordUndecodableError("a payload that is to be split is no object");
  const entries: [string, Payload][] = [];
  let at = header.from;
  for (let i = 0; i < header.length; i++) {
    const from = skipValue(payload, at, payload.length);
    const to = skipValue(payload, from, payload.length);
    const name = decodePayload(payload.subarray(at, from));
    if (typeof name !== "string") throw new RecordUndecodableError("a property's name is no text");
    if (name === REFUSED_NAME) throw new RecordUndecodableError(`a property is called '${name}'`);
    entries.push([name, payload.subarray(from, to)]);
    at = to;
  }
  if (at !== payload.length) throw new RecordUndecodableError(`${payload.length - at} bytes follow a payload`);
  return entries;
}

/** The first reference that a scan has come by; kept here, as most payloads have none. */
let found: Extension | undefined;
const noteFirst = (reference: Extension): void => void (found ??= reference);

/**
 * The payload itself if it fits in a message; otherwise it is put into the blob store under `key`, and a reference to
 * it comes back. Awaiting it means that the blob is durable.
 */
export async function offloadPayload(
  payload: Payload,
  options: {
    readonly inlineBytesMax: number;
    readonly blobs: Pick<BlobStore, "put">;
    readonly key: string;
  },
): Promise<Payload> {
  if (payload.length <= options.inlineBytesMax) return payload;
  await options.blobs.put(options.key, payload);
  const items = arrayHeaderAt(payload)?.length;
  return encodeBlobReference({
    key: options.key,
    bytes: payload.length,
    ...(items === undefined ? {} : { items }),
  });
}

import type { BlobStore } from "../transport/blob-store.ts";
import { blobReferenceIn, encodeBlobReference } from "./blob-reference.ts";
import { RecordUndecodableError } from "./frame.ts";
import { encodeWith } from "./msgpack-writer.ts";
import { arrayHeaderAt } from "./payload-scan.ts";
import type { Payload } from "./records.ts";
import { decodeValue } from "./value-decoder.ts";
import { writeValue } from "./value-encoder.ts";

/**
 * Encodes a value of a user: what JSON can hold, and `Uint8Array`, `Date`, `bigint`, `NaN`, infinities and `-0`.
 *
 * As in JSON, properties that are undefined are left out, and undefined elsewhere becomes null. A lone surrogate in a
 * string becomes U+FFFD. The result is the caller's own.
 *
 * @throws {@link ValueNotSerialisableError} for functions, symbols, Map, Set, instances of classes, cycles, invalid
 * dates, and values more than 500 levels deep; it says where.
 */
export function encodePayload(value: unknown): Payload {
  return encodeWith((writer) => writeValue(writer, value));
}

/**
 * The value again. It shares no memory with the payload.
 *
 * @throws {@link RecordUndecodableError} if it is malformed, or has a reference to a blob in it (then
 * {@link loadPayload} is called for).
 */
export function decodePayload(payload: Payload): unknown {
  return decodeValue(payload, refuseReference);
}

function refuseReference(bytes: Uint8Array, from: number, to: number): never {
  const { key } = blobReferenceIn(bytes, from, to);
  throw new RecordUndecodableError(`the value of blob '${key}' was not fetched`);
}

/**
 * The value again, with the values of all blobs that it refers to in their places. Fetches each of them once, those
 * of one round side by side; a payload without references costs no more than {@link decodePayload}.
 *
 * @param fetch gives a blob's bytes, e.g. `(key) => transport.blobs.get(key)`; what it throws goes through.
 * @throws {@link RecordUndecodableError} if the payload or a blob is malformed, or a blob refers to itself.
 */
export async function loadPayload(payload: Payload, fetch: (key: string) => Promise<Uint8Array>): Promise<unknown> {
  const blobs = new Map<string, Uint8Array>();
  for (;;) {
    const missing = new Set<string>();
    const value = decodeWithBlobs(payload, blobs, missing);
    if (missing.size === 0) return value;
    // A blob may refer to others, which come to light in the next round.
    await Promise.all(Array.from(missing, async (key) => blobs.set(key, await fetch(key))));
  }
}

function decodeWithBlobs(payload: Payload, blobs: ReadonlyMap<string, Uint8Array>, missing: Set<string>): unknown {
  const open = new Set<string>();
  const onReference = (bytes: Uint8Array, from: number, to: number, depth: number): unknown => {
    const { key } = blobReferenceIn(bytes, from, to);
    const blob = blobs.get(key);
    if (blob === undefined) {
      missing.add(key);
      return null;
    }
    if (open.has(key)) throw new RecordUndecodableError(`blob '${key}' refers to itself`);
    open.add(key);
    const value = decodeValue(blob, onReference, depth);
    open.delete(key);
    return value;
  };
  return decodeValue(payload, onReference);
}

/**
 * The payload itself if it fits in a message; otherwise it is put into the blob store under `key`, and a reference to
 * it comes back. Awaiting it means that the blob is durable.
 */
export async function offloadPayload(
  payload: Payload,
  options: { readonly inlineBytesMax: number; readonly blobs: Pick<BlobStore, "put">; readonly key: string },
): Promise<Payload> {
  if (payload.length <= options.inlineBytesMax) return payload;
  await options.blobs.put(options.key, payload);
  const items = arrayHeaderAt(payload)?.length;
  return encodeBlobReference({ key: options.key, bytes: payload.length, ...(items === undefined ? {} : { items }) });
}

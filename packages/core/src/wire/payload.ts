import type { BlobStore } from "../transport/blob-store.ts";
import { blobReferenceIn, encodeBlobReference } from "./blob-reference.ts";
import { RecordUndecodableError } from "./frame.ts";
import { joined, pack, readable, unpack } from "./msgpack.ts";
import { arrayHeaderAt, DECODE_DEPTH_MAX, mapHeaderAt, scan, skipValue } from "./payload-scan.ts";
import type { Extension } from "./payload-scan.ts";
import type { Payload } from "./records.ts";

/**
 * Encodes a value of a user: what JSON can hold, and `Uint8Array`, `Date`, `bigint`, `NaN` and infinities.
 *
 * As in JSON, properties that are undefined are left out, undefined elsewhere becomes null, and `-0` becomes 0. A lone
 * surrogate in a string becomes U+FFFD. The result is the caller's own.
 *
 * @throws {@link ValueNotSerialisableError} for functions, symbols, Map, Set, instances of classes, cycles, invalid
 * dates, properties named `__proto__`, values more than 500 levels deep, and lists with more than 10,000 gaps; it says
 * where.
 */
export function encodePayload(value: unknown): Payload {
  return pack(value);
}

/**
 * The value again. It shares no memory with the payload.
 *
 * @throws {@link RecordUndecodableError} if it is malformed, or has a reference to a blob in it (then
 * {@link loadPayload} is called for).
 */
export function decodePayload(payload: Payload): unknown {
  found = undefined;
  scan(payload, 0, payload.length, noteFirst);
  if (found !== undefined) {
    const { from, to } = found as Extension;
    const { key } = blobReferenceIn(payload, from, to);
    throw new RecordUndecodableError(`the value of blob '${key}' was not fetched`);
  }
  return unpack(readable(payload), 0, payload.length, "copies");
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
    entries.push([String(decodePayload(payload.subarray(at, from))), payload.subarray(from, to)]);
    at = to;
  }
  if (at !== payload.length) throw new RecordUndecodableError(`${payload.length - at} bytes follow a payload`);
  return entries;
}

/** The first reference that a scan has come by; kept here, as most payloads have none. */
let found: Extension | undefined;
const noteFirst = (reference: Extension): void => void (found ??= reference);

/** The places of the references in a payload, in order. @throws {@link RecordUndecodableError} if it is malformed. */
function referencesIn(payload: Payload): readonly Extension[] {
  const references: Extension[] = [];
  scan(payload, 0, payload.length, (reference) => references.push(reference));
  return references;
}

/** The keys of the blobs that a payload itself refers to. @throws {@link RecordUndecodableError} if it is malformed. */
export function blobKeysIn(payload: Payload): readonly string[] {
  return referencesIn(payload).map(({ from, to }) => blobReferenceIn(payload, from, to).key);
}

/**
 * The value again, with the values of all blobs that it refers to in their places. Fetches each of them once, those
 * of one round side by side; a payload without references costs no more than {@link decodePayload}.
 *
 * @param fetch gives a blob's bytes, e.g. `(key) => transport.blobs.get(key)`; what it throws goes through.
 * @throws {@link RecordUndecodableError} if the payload or a blob is malformed, or a blob refers to itself.
 */
export async function loadPayload(payload: Payload, fetch: (key: string) => Promise<Uint8Array>): Promise<unknown> {
  const root = holderOf(payload);
  if (root.references.length === 0) return unpack(readable(payload), 0, payload.length, "copies");
  return decodePayload(filled(root, await blobsOf(root, fetch), new Set()));
}

/** A payload, and the blobs that it refers to: where each stands in it. */
interface Holder {
  readonly payload: Payload;
  readonly references: readonly {
    readonly key: string;
    readonly at: number;
    readonly to: number;
  }[];
}

async function blobsOf(root: Holder, fetch: (key: string) => Promise<Uint8Array>): Promise<Map<string, Holder>> {
  const blobs = new Map<string, Holder>();
  // A blob may refer to others, which come to light in the next round.
  for (let round = [root]; round.length > 0;) {
    const keys = new Set(round.flatMap((holder) => holder.references.map(({ key }) => key)));
    const missing = Array.from(keys).filter((key) => !blobs.has(key));
    round = await Promise.all(missing.map(async (key) => holderOf(await fetch(key))));
    for (const [i, key] of missing.entries()) blobs.set(key, round[i] as Holder);
  }
  return blobs;
}

function holderOf(payload: Payload): Holder {
  const references = referencesIn(payload).map(({ at, from, to }) => {
    return { key: blobReferenceIn(payload, from, to).key, at, to };
  });
  return { payload, references };
}

/**
 * The payload with the bytes of the blobs in the places of the references to them.
 *
 * @param open the blobs that it stands in.
 */
function filled({ payload, references }: Holder, blobs: ReadonlyMap<string, Holder>, open: Set<string>): Payload {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const { key, at, to } of references) {
    if (open.has(key)) throw new RecordUndecodableError(`blob '${key}' refers to itself`);
    if (open.size >= DECODE_DEPTH_MAX) throw new RecordUndecodableError(`blobs lie too deep in each other`);
    open.add(key);
    parts.push(payload.subarray(from, at), filled(blobs.get(key) as Holder, blobs, open));
    open.delete(key);
    from = to;
  }
  parts.push(payload.subarray(from));
  return parts.length === 1 ? payload : joined(parts);
}

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

import { RecordUndecodableError } from "./frame.ts";
import { pack, readable } from "./msgpack.ts";
import { extension } from "./msgpack-header.ts";
import { arrayHeaderAt, extensionAt, extensions, isExtension } from "./payload-scan.ts";
import { count, optional, present, text } from "./record-fields.ts";
import { fieldsOf } from "./record-kinds.ts";
import type { Payload } from "./records.ts";

/** Stands for a value that lies in the blob store. */
export interface BlobReference {
  readonly key: string;
  /** Size of the encoded value. */
  readonly bytes: number;
  /** Where the value is an array: its length, so that a map's width is known without fetching it. */
  readonly items?: number;
}

/** A payload that is nothing but a reference. It may stand anywhere inside a payload that is put together. */
export function encodeBlobReference({ key, bytes, items }: BlobReference): Payload {
  return extension(extensions.blobReference, pack(items === undefined ? [key, bytes] : [key, bytes, items]));
}

/** Whether the payload as a whole is a reference. References inside of it do not count. */
export function isBlobReference(payload: Payload): boolean {
  const [token] = payload;
  if (token === undefined || !isExtension(token)) return false;
  return extensionAt(payload, 0, payload.length).type === extensions.blobReference;
}

/** The reference that the payload as a whole is; undefined if it is a value. @throws {@link RecordUndecodableError} */
export function blobReferenceOf(payload: Payload): BlobReference | undefined {
  if (!isBlobReference(payload)) return undefined;
  const { from, to } = extensionAt(payload, 0, payload.length);
  if (to !== payload.length) throw new RecordUndecodableError(`${payload.length - to} bytes follow a blob reference`);
  return blobReferenceIn(payload, from, to);
}

/** Reads the data of the extension. */
export function blobReferenceIn(payload: Payload, from: number, to: number): BlobReference {
  const [key, bytes, items] = fieldsOf(readable(payload), from, to);
  return { key: text(key), bytes: count(bytes), ...present({ items: optional(items, count) }) };
}

/**
 * The length of the array that a payload is, without decoding it; for a reference, the length that it tells.
 * Undefined if it is not an array.
 */
export function payloadArrayLength(payload: Payload): number | undefined {
  return arrayHeaderAt(payload)?.length ?? blobReferenceOf(payload)?.items;
}

import { encodeWith } from "./msgpack-writer.ts";
import { extensions } from "./msgpack-extensions.ts";
import { RecordUndecodableError } from "./frame.ts";
import { RecordReader } from "./record-reader.ts";
import { arrayHeaderAt, extensionAt } from "./payload-scan.ts";
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
export function encodeBlobReference(reference: BlobReference): Payload {
  const data = encodeWith((writer) => {
    writer.arrayHeader(reference.items === undefined ? 2 : 3);
    writer.string(reference.key);
    writer.number(reference.bytes);
    if (reference.items !== undefined) writer.number(reference.items);
  });
  return encodeWith((writer) => writer.extension(extensions.blobReference, data));
}

/** Whether the payload as a whole is a reference. References inside of it do not count. */
export function isBlobReference(payload: Payload): boolean {
  const token = payload[0];
  if (token === undefined || token < 0xc7 || token > 0xd8 || (token > 0xc9 && token < 0xd4)) return false;
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
export function blobReferenceIn(bytes: Uint8Array, from: number, to: number): BlobReference {
  const reader = new RecordReader(bytes, from, to);
  const key = reader.string();
  const size = reader.uint();
  const items = reader.optionalUint();
  reader.end();
  return { key, bytes: size, ...(items === undefined ? {} : { items }) };
}

/**
 * The length of the array that a payload is, without decoding it; for a reference, the length that it tells.
 * Undefined if it is not an array.
 */
export function payloadArrayLength(payload: Payload): number | undefined {
  return arrayHeaderAt(payload)?.length ?? blobReferenceOf(payload)?.items;
}

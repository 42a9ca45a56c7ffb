import { blobReferenceOf } from "./blob-reference.ts";
import { RecordUndecodableError } from "./frame.ts";
import { payloadEnd } from "./payload-scan.ts";
import { bytes } from "./record-fields.ts";
import type { Payload } from "./records.ts";

/**
 * A payload in a record that the fold puts together with others by their bytes alone: one whole value. Where one was cut short, or
 * two, what stands behind it would be taken for a part of it.
 */
export function payload(field: unknown): Payload {
  const value = bytes(field);
  const end = payloadEnd(value, 0);
  if (end !== value.length) throw new RecordUndecodableError(`${value.length - end} bytes follow a payload`);
  // What says that it lies in the blob store has to say where.
  blobReferenceOf(value);
  return value;
}

import { decodePayload, loadPayload, RecordUndecodableError } from "@arpeggio/core";
import type { BlobStore, Payload } from "@arpeggio/core";

/** The value of a run's result; fetches what lies in the blob store. */
export function outcomeValue(payload: Payload, blobs: BlobStore): unknown {
  try {
    return decodePayload(payload);
  } catch (error) {
    if (error instanceof RecordUndecodableError) return loadPayload(payload, (key) => blobs.get(key));
    throw error;
  }
}

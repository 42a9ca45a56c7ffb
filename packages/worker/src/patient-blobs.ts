import { isArpeggioError } from "@arpeggio/core";
import type { BlobStore, Transport } from "@arpeggio/core";
import type { Logger } from "./logger.ts";

const RETRY_MS = 500;
/** What asking again does not mend. */
const finalCodes: ReadonlySet<string> = new Set([
  "BLOB_CORRUPT",
  "BLOB_KEY_INVALID",
  "BLOB_NOT_FOUND",
  "MESSAGE_TOO_LARGE",
  "RECORD_UNDECODABLE",
  "TRANSPORT_CLOSED",
]);

/**
 * The blob store as attempts use it: a store that cannot be reached for a while is no fault of a task and must not cost it
 * an attempt, so it is asked again every half second. Errors that stay (the blob is gone, the transport is closed) come
 * through.
 */
export function patientBlobs(transport: Transport, log: Logger): Pick<BlobStore, "get" | "put"> {
  const { blobs } = transport;
  return {
    get: (key) => untilDone(transport, log, () => blobs.get(key)),
    put: (key, bytes) => untilDone(transport, log, () => blobs.put(key, bytes)),
  };
}

/** Asks a store again and again until it answers. What asking again does not mend is thrown. */
export async function untilDone<T>({ clock }: Transport, log: Logger, act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (isArpeggioError(error) && finalCodes.has(error.code)) throw error;
      log.warn("a store does not answer and is asked again", error);
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    }
  }
}

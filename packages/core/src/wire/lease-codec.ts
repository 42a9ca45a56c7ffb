import { count, number, optional, text } from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import type { LeaseRecord } from "./records.ts";

/** The value of the `partitions` bucket. */
export function encodeLease(lease: LeaseRecord): Uint8Array {
  const { owner, epoch, mark, renewedAtMs, checkpointsSeen: seen, lastRead: read, cutAtMs } = lease;
  const places = [seen?.epoch, seen?.revision, read?.sequence, read?.timestampMs];
  return encodeRecord(recordKinds.lease, [owner, epoch, mark, renewedAtMs, ...places, cutAtMs]);
}

/** Takes the whole value. @throws {@link RecordUndecodableError} */
export function decodeLease(bytes: Uint8Array): LeaseRecord {
  return decodeRecord(bytes, recordKinds.lease, readLease);
}

function readLease(fields: Fields): LeaseRecord {
  const seenEpoch = optional(fields[4], count);
  const revision = optional(fields[5], count);
  const isSeen = seenEpoch !== undefined && revision !== undefined;
  const sequence = optional(fields[6], count);
  const timestampMs = optional(fields[7], number);
  const cutAtMs = optional(fields[8], number);
  const isRead = sequence !== undefined && timestampMs !== undefined;
  return {
    owner: text(fields[0]),
    epoch: count(fields[1]),
    mark: count(fields[2]),
    renewedAtMs: number(fields[3]),
    ...(isSeen ? { checkpointsSeen: { epoch: seenEpoch, revision } } : {}),
    ...(isRead ? { lastRead: { sequence, timestampMs } } : {}),
    ...(cutAtMs === undefined ? {} : { cutAtMs }),
  };
}

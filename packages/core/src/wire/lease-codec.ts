import type { MsgpackWriter } from "./msgpack-writer.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import type { RecordReader } from "./record-reader.ts";
import type { LeaseRecord } from "./records.ts";

/** The value of the `partitions` bucket. */
export function encodeLease(lease: LeaseRecord): Uint8Array {
  return encodeRecord(recordKinds.lease, lease, writeLease);
}

/** Takes the whole value. @throws {@link RecordUndecodableError} */
export function decodeLease(bytes: Uint8Array): LeaseRecord {
  return decodeRecord(bytes, recordKinds.lease, readLease);
}

/** `[owner, epoch, mark, renewedAtMs]` */
function writeLease(writer: MsgpackWriter, lease: LeaseRecord): void {
  writer.arrayHeader(4);
  writer.string(lease.owner);
  writer.number(lease.epoch);
  writer.number(lease.mark);
  writer.number(lease.renewedAtMs);
}

function readLease(reader: RecordReader): LeaseRecord {
  const owner = reader.string();
  const epoch = reader.uint();
  const mark = reader.uint();
  const renewedAtMs = reader.number();
  return { owner, epoch, mark, renewedAtMs };
}

import type { MsgpackWriter } from "./msgpack-writer.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import type { RecordReader } from "./record-reader.ts";
import { writeStrings } from "./record-writing.ts";
import type { WorkerRecord } from "./records.ts";

/** The value of the `workers` bucket. */
export function encodeWorker(worker: WorkerRecord): Uint8Array {
  return encodeRecord(recordKinds.worker, worker, writeWorker);
}

/** Takes the whole value. @throws {@link RecordUndecodableError} */
export function decodeWorker(bytes: Uint8Array): WorkerRecord {
  return decodeRecord(bytes, recordKinds.worker, readWorker);
}

/** `[id, host, pid, queues, tasks, startedAtMs, seenAtMs, heartbeatMs]` */
function writeWorker(writer: MsgpackWriter, worker: WorkerRecord): void {
  writer.arrayHeader(8);
  writer.string(worker.id);
  writer.string(worker.host);
  writer.number(worker.pid);
  writeStrings(writer, worker.queues);
  writeStrings(writer, worker.tasks);
  writer.number(worker.startedAtMs);
  writer.number(worker.seenAtMs);
  writer.number(worker.heartbeatMs);
}

function readWorker(reader: RecordReader): WorkerRecord {
  const id = reader.string();
  const host = reader.string();
  const pid = reader.uint();
  const queues = reader.list((inner) => inner.name());
  const tasks = reader.list((inner) => inner.name());
  const startedAtMs = reader.number();
  const seenAtMs = reader.number();
  const heartbeatMs = reader.number();
  return { id, host, pid, queues, tasks, startedAtMs, seenAtMs, heartbeatMs };
}

import { count, list, number, text } from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import type { WorkerRecord } from "./records.ts";

/** The value of the `workers` bucket. */
export function encodeWorker(worker: WorkerRecord): Uint8Array {
  const { id, host, pid, queues, tasks, startedAtMs, seenAtMs, heartbeatMs } = worker;
  return encodeRecord(recordKinds.worker, [id, host, pid, queues, tasks, startedAtMs, seenAtMs, heartbeatMs]);
}

/** Takes the whole value. @throws {@link RecordUndecodableError} */
export function decodeWorker(bytes: Uint8Array): WorkerRecord {
  return decodeRecord(bytes, recordKinds.worker, readWorker);
}

function readWorker(fields: Fields): WorkerRecord {
  return {
    id: text(fields[0]),
    host: text(fields[1]),
    pid: count(fields[2]),
    queues: list(fields[3], text),
    tasks: list(fields[4], text),
    startedAtMs: number(fields[5]),
    seenAtMs: number(fields[6]),
    heartbeatMs: number(fields[7]),
  };
}

import { decodeWorker } from "@arpeggio/core";
import type { Transport, WorkerRecord } from "@arpeggio/core";

/** The workers that have given a sign of life not long ago. */
export class LiveWorkers {
  readonly #workers: readonly WorkerRecord[];

  constructor(workers: readonly WorkerRecord[]) {
    this.#workers = workers;
  }

  /** Whether one of them reads the queue and has the task's code. */
  canRun(task: string, queue: string): boolean {
    return this.#workers.some((worker) => worker.queues.includes(queue) && worker.tasks.includes(task));
  }
}

/** @param nowMs this machine's clock; those of the workers may differ from it a little. */
export async function readLiveWorkers(transport: Transport, nowMs: number): Promise<LiveWorkers> {
  const workers: WorkerRecord[] = [];
  for await (const { value } of transport.bucket("workers").entries(">")) {
    let worker: WorkerRecord;
    try {
      worker = decodeWorker(value);
    } catch {
      continue; // written by a newer version: it says nothing that this one can use
    }
    if (nowMs - worker.seenAtMs <= worker.heartbeatMs) workers.push(worker);
  }
  return new LiveWorkers(workers);
}

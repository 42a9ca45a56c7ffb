import { hostname } from "node:os";
import { decodeWorker, encodeWorker } from "@arpeggio/core";
import type { Clock, KeyValue, Timer, WorkerRecord } from "@arpeggio/core";
import type { Logger } from "./logger.ts";

/** A worker not seen for this long counts as gone, in milliseconds. Its record is put again every third of this. */
const HEARTBEAT_MS = 15_000;
/** Records of workers that were not seen for this long are removed by the next worker that starts. */
const FORGOTTEN_MS = 60 * 60_000;

/** Tells in the `workers` bucket that this worker is alive, and what it can run. */
export class WorkerPresence {
  readonly #workers: KeyValue;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #id: string;
  readonly #can: () => Pick<WorkerRecord, "queues" | "tasks">;
  readonly #startedAtMs: number;
  #timer: Timer | undefined;
  #isStopped = false;
  /** One write at a time, so that a late one cannot bring back a record that was removed. */
  #writes: Promise<void> = Promise.resolve();

  constructor(
    workers: KeyValue,
    clock: Clock,
    log: Logger,
    id: string,
    can: () => Pick<WorkerRecord, "queues" | "tasks">,
  ) {
    this.#workers = workers;
    this.#clock = clock;
    this.#log = log;
    this.#id = id;
    this.#can = can;
    this.#startedAtMs = clock.now();
  }

  async start(): Promise<void> {
    await this.#forgetOthers();
    await this.announce();
    this.#arm();
  }

  /** Puts the record now, because what the worker can run has changed. */
  announce(): Promise<void> {
    this.#writes = this.#writes.then(async () => {
      if (this.#isStopped) return;
      await this.#workers.put(this.#id, encodeWorker(this.#record())).catch((error: unknown) => {
        this.#log.warn("the worker's record cannot be stored; it is tried again", error);
      });
    });
    return this.#writes;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#writes;
    await this.#workers.delete(this.#id).catch((error: unknown) => {
      this.#log.warn("the worker's record cannot be removed; it ends by its age", error);
    });
  }

  #arm(): void {
    this.#timer = this.#clock.after(HEARTBEAT_MS / 3, () => {
      void this.announce().then(() => {
        if (!this.#isStopped) this.#arm();
      });
    });
  }

  #record(): WorkerRecord {
    return {
      id: this.#id,
      host: hostname(),
      pid: process.pid,
      ...this.#can(),
      startedAtMs: this.#startedAtMs,
      seenAtMs: this.#clock.now(),
      heartbeatMs: HEARTBEAT_MS,
    };
  }

  async #forgetOthers(): Promise<void> {
    try {
      for await (const { key, value, revision } of this.#workers.entries(">")) {
        if (!this.#isForgotten(value)) continue;
        // Another worker may be removing it too, or its owner may have come back.
        await this.#workers.delete(key, revision).catch(() => {});
      }
    } catch (error) {
      this.#log.warn("old worker records cannot be removed", error);
    }
  }

  #isForgotten(value: Uint8Array): boolean {
    try {
      return decodeWorker(value).seenAtMs < this.#clock.now() - FORGOTTEN_MS;
    } catch {
      return false;
    }
  }
}

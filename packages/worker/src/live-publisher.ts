import { busSubjects, encodeLive } from "@arpeggio/core";
import type { AttemptRecord, Clock, MessageBus } from "@arpeggio/core";
import type { ContextSink } from "./attempt-context.ts";
import type { Logger } from "./logger.ts";

/** Progress of one attempt goes out at most this often, in milliseconds; the newest is never lost. */
const PROGRESS_MS = 100;

interface Pending {
  done: number;
  total: number | undefined;
  isNew: boolean;
}

/** Sends what handlers log and how far they are to whoever follows the run. At most once, nothing is stored. */
export class LivePublisher implements ContextSink {
  readonly #bus: MessageBus;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #progress = new Map<AttemptRecord, Pending>();

  constructor(bus: MessageBus, clock: Clock, log: Logger) {
    this.#bus = bus;
    this.#clock = clock;
    this.#log = log;
  }

  log(record: AttemptRecord, message: string, data: unknown): void {
    const text = String(message);
    this.#log.info(`${record.task} (${record.run}/${record.nodePath}): ${text}`, data);
    try {
      this.#publish(record, {
        type: "log",
        node: record.nodePath,
        message: text,
        ...(data === undefined ? {} : { data }),
      });
    } catch (error) {
      // A line that cannot be sent must not fail the attempt that said it.
      this.#log.warn(`a log line of ${record.task} cannot be sent`, error);
    }
  }

  progress(record: AttemptRecord, done: number, total: number | undefined): void {
    const pending = this.#progress.get(record);
    if (pending !== undefined) {
      pending.done = done;
      pending.total = total;
      pending.isNew = true;
      return;
    }
    const fresh: Pending = { done, total, isNew: false };
    this.#progress.set(record, fresh);
    this.#publishProgress(record, fresh);
    this.#clock.after(PROGRESS_MS, () => this.#publishPending(record, fresh));
  }

  /** The attempt has ended: sends what was held back. */
  ended(record: AttemptRecord): void {
    if (this.#progress.size === 0) return;
    const pending = this.#progress.get(record);
    if (pending === undefined) return;
    this.#progress.delete(record);
    if (pending.isNew) this.#publishProgress(record, pending);
  }

  #publishPending(record: AttemptRecord, pending: Pending): void {
    if (this.#progress.get(record) !== pending) return;
    if (!pending.isNew) {
      this.#progress.delete(record);
      return;
    }
    pending.isNew = false;
    this.#publishProgress(record, pending);
    this.#clock.after(PROGRESS_MS, () => this.#publishPending(record, pending));
  }

  #publishProgress(record: AttemptRecord, { done, total }: Pending): void {
    this.#publish(record, { type: "progress", node: record.nodePath, done, ...(total === undefined ? {} : { total }) });
  }

  #publish(record: AttemptRecord, event: Parameters<typeof encodeLive>[0]): void {
    this.#bus.publish(busSubjects.live(record.run), encodeLive(event));
  }
}

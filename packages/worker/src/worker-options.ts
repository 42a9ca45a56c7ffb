import { checkedMethods, checkedOptions, OptionInvalidError, randomToken, token } from "@arpeggio/core";
import type { TaskDefinition, Transport } from "@arpeggio/core";
import { quietLogger } from "./logger.ts";
import type { Logger } from "./logger.ts";

/** What `task`, `func` and `implement` make, and whatever else has the definition of a task. */
export interface TaskSource {
  readonly definition: TaskDefinition;
}

export interface WorkerOptions {
  /** Where attempts come from. The worker does not close it. */
  readonly transport: Transport;
  /** The tasks that it can run. More can follow with {@link Worker.register}. */
  readonly tasks: readonly TaskSource[];
  /**
   * The queues that it reads.
   *
   * @defaultValue those of the tasks; `default` for a task without one.
   */
  readonly queues?: readonly string[];
  /**
   * How many handlers run side by side.
   *
   * @defaultValue `10`
   */
  readonly concurrency?: number;
  /**
   * How many attempts of a queue it takes beyond those that run, so that the next one is at hand. More is faster for short
   * tasks; for long ones it keeps work from other workers.
   *
   * @defaultValue `"auto"`: as many as `concurrency`, and up to 500 while attempts take a few milliseconds, up to 2,000 while they take less than one.
   */
  readonly prefetch?: number | "auto";
  /**
   * How long the queue waits for a sign of life of an attempt before it delivers it to another worker, in milliseconds.
   * Signs go out every third of this.
   *
   * Shorter finds a dead worker sooner, but turns a long pause (a busy event loop) into a second delivery.
   *
   * @defaultValue `30_000`
   */
  readonly ackWaitMs?: number;
  /**
   * How long {@link Worker.stop} waits for running attempts before it aborts them and gives them back, in milliseconds.
   *
   * @defaultValue `30_000`
   */
  readonly drainTimeoutMs?: number;
  /**
   * How long a handler may go on after its signal was aborted before its slot is given to another attempt, in milliseconds.
   *
   * @defaultValue `5_000`
   */
  readonly abortGraceMs?: number;
  /**
   * After how many deliveries an attempt is suspected of ending its workers. It then gets one more try under guard; if that
   * ends in silence too, the attempt fails with `TASK_POISONED`.
   *
   * @defaultValue `5`
   */
  readonly deliveriesMax?: number;
  /** Part of the worker's id in logs and in the list of workers. Letters, digits, `-` and `_`. */
  readonly name?: string;
  /** @defaultValue warnings and errors on standard error. */
  readonly log?: Logger;
}

/** Options with their defaults. */
export interface WorkerSettings extends WorkerLimits {
  readonly transport: Transport;
}

/** All but the transport. */
export interface WorkerLimits {
  readonly id: string;
  readonly queues: readonly string[] | undefined;
  readonly concurrency: number;
  readonly prefetch: number | "auto";
  readonly ackWaitMs: number;
  readonly drainTimeoutMs: number;
  readonly abortGraceMs: number;
  readonly deliveriesMax: number;
  readonly log: Logger;
}

const KNOWN = [
  "transport",
  "tasks",
  "queues",
  "concurrency",
  "prefetch",
  "ackWaitMs",
  "drainTimeoutMs",
  "abortGraceMs",
  "deliveriesMax",
  "name",
  "log",
];

/** @throws OptionInvalidError for a value out of range and an unknown option. */
export function workerLimits(options: Omit<WorkerOptions, "transport">): WorkerLimits {
  checkedOptions("the options of createWorker()", options, KNOWN);
  const { prefetch = "auto", queues } = options;
  if (queues !== undefined && (!Array.isArray(queues) || queues.length === 0)) {
    throw new OptionInvalidError(
      "queues",
      queues,
      "a list of at least one queue (leave it out for those of the tasks)",
    );
  }
  return {
    id: `${token("worker name", options.name ?? "worker")}-${randomToken(8)}`,
    queues: queues?.map((queue: string) => token("queue", queue)),
    concurrency: integer("concurrency", options.concurrency ?? 10, 1),
    prefetch: prefetch === "auto" ? prefetch : integer("prefetch", prefetch, 0),
    ackWaitMs: integer("ackWaitMs", options.ackWaitMs ?? 30_000, 1_000),
    drainTimeoutMs: integer("drainTimeoutMs", options.drainTimeoutMs ?? 30_000, 0),
    abortGraceMs: integer("abortGraceMs", options.abortGraceMs ?? 5_000, 0),
    deliveriesMax: integer("deliveriesMax", options.deliveriesMax ?? 5, 1),
    log: checkedMethods("log", options.log ?? quietLogger, ["debug", "info", "warn", "error"]),
  };
}

function integer(option: string, value: number, min: number): number {
  if (!Number.isSafeInteger(value) || value < min)
    throw new OptionInvalidError(option, value, `an integer of at least ${min}`);
  return value;
}

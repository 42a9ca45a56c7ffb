import { createHash } from "node:crypto";
import { setAside } from "@arpeggio/core";
import type { Delivery, KeyValue, Transport } from "@arpeggio/core";
import type { HeldAttempt } from "./held-attempt.ts";
import type { Logger } from "./logger.ts";
import type { WorkerSettings } from "./worker-options.ts";

const RETRY_DELAY_MS = 1_000;

/**
 * Finds attempts that end their workers.
 *
 * A delivery count alone does not tell: workers that do not know a task, and workers that stop, give attempts back, and each
 * of these counts as a delivery. So an attempt above the limit gets one guarded try: a mark is stored before its
 * handler is called and removed when the attempt ends or is given back. Who finds a mark knows that the try
 * before ended in silence.
 */
export class PoisonGuard {
  readonly #deadLetters: KeyValue;
  readonly #transport: Transport;
  readonly #log: Logger;
  readonly #deliveriesMax: number;

  constructor({ transport, log, deliveriesMax }: Pick<WorkerSettings, "transport" | "log" | "deliveriesMax">) {
    this.#deadLetters = transport.bucket("dead-letters");
    this.#transport = transport;
    this.#log = log;
    this.#deliveriesMax = deliveriesMax;
  }

  isSuspect(held: HeldAttempt): boolean {
    return held.deliveryCount > this.#deliveriesMax;
  }

  /** Whether the attempt may be tried: stores the mark if there is none yet. */
  async admits(held: HeldAttempt, delivery: Delivery, queue: string): Promise<boolean> {
    if ((await this.#deadLetters.get(`attempts.${markPlace(held)}`)) !== undefined) return false;
    held.isGuarded = true;
    const message = `'${held.task.name}' was delivered ${held.deliveryCount} times and is being tried under guard`;
    await this.#store({ code: "TASK_POISON_SUSPECTED", message }, { delivery, queue, place: markPlace(held) });
    return true;
  }

  /** The guarded try came to an end of any kind that the worker survived. */
  async clear(held: HeldAttempt): Promise<void> {
    if (!held.isGuarded) return;
    held.isGuarded = false;
    await this.#deadLetters.delete(`attempts.${markPlace(held)}`);
  }

  /** Sets the message of a poisoned attempt aside, in the place of its mark. */
  async bury(held: HeldAttempt, delivery: Delivery, { queue, reason }: Found): Promise<void> {
    await this.#store(reason, { delivery, queue, place: markPlace(held) });
  }

  /** Sets a message aside that cannot be decoded, and lets go of it; gives it back if that is not possible now. */
  async setAside(delivery: Delivery, { queue, reason }: Found): Promise<void> {
    // By its bytes, so that an attempt that is queued again and again is kept once.
    const place = `${delivery.runId}.${createHash("sha256").update(delivery.bytes).digest("hex").slice(0, 24)}`;
    const message = `queue '${queue}': ${reason.message}`;
    try {
      const key = await this.#store({ code: reason.code, message }, { delivery, queue, place });
      this.#log.error(`a message of queue '${queue}' was set aside as dead letter ${key}: ${reason.message}`);
      delivery.ack();
    } catch (error) {
      this.#log.error("a message that cannot be decoded cannot be set aside either; it is given back", error);
      delivery.release(RETRY_DELAY_MS);
    }
  }

  #store(
    { code, message }: Reason,
    { delivery, queue, place }: { readonly delivery: Delivery; readonly queue: string; readonly place: string },
  ): Promise<string> {
    const { bytes, priority } = delivery;
    return setAside(this.#transport, { source: "attempts", place, reason: { code, message }, bytes, queue, priority });
  }
}

/** Where a message was found, and why it is set aside. */
interface Found {
  readonly queue: string;
  readonly reason: Reason;
}

/** An error has both. */
interface Reason {
  readonly code: string;
  readonly message: string;
}

function markPlace({ record }: HeldAttempt): string {
  return `${record.run}.${record.node}-${record.attempt}`;
}

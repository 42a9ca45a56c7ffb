import { createHash } from "node:crypto";
import { encodeDeadLetter } from "@arpeggio/core";
import type { Clock, Delivery, KeyValue } from "@arpeggio/core";
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
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #deliveriesMax: number;

  constructor({ transport, log, deliveriesMax }: Pick<WorkerSettings, "transport" | "log" | "deliveriesMax">) {
    this.#deadLetters = transport.bucket("dead-letters");
    this.#clock = transport.clock;
    this.#log = log;
    this.#deliveriesMax = deliveriesMax;
  }

  isSuspect(held: HeldAttempt): boolean {
    return held.deliveryCount > this.#deliveriesMax;
  }

  /** Whether the attempt may be tried: stores the mark if there is none yet. */
  async admits(held: HeldAttempt, delivery: Delivery): Promise<boolean> {
    const key = markKey(held);
    if ((await this.#deadLetters.get(key)) !== undefined) return false;
    held.isGuarded = true;
    const message = `'${held.task.name}' was delivered ${held.deliveryCount} times and is being tried under guard`;
    await this.#deadLetters.put(key, this.#letter({ code: "TASK_POISON_SUSPECTED", message }, delivery));
    return true;
  }

  /** The guarded try came to an end of any kind that the worker survived. */
  async clear(held: HeldAttempt): Promise<void> {
    if (!held.isGuarded) return;
    held.isGuarded = false;
    await this.#deadLetters.delete(markKey(held));
  }

  /** Sets the message of a poisoned attempt aside, in the place of its mark. */
  async bury(held: HeldAttempt, delivery: Delivery, { code, message }: Reason): Promise<void> {
    await this.#deadLetters.put(markKey(held), this.#letter({ code, message }, delivery));
  }

  /** Sets a message aside that cannot be decoded, and lets go of it; gives it back if that is not possible now. */
  async setAside(delivery: Delivery, queue: string, { code, message }: Reason): Promise<void> {
    const id = createHash("sha256").update(delivery.messageId).update(delivery.bytes).digest("hex").slice(0, 24);
    const letter = this.#letter({ code, message: `queue '${queue}': ${message}` }, delivery);
    try {
      await this.#deadLetters.put(`attempts.${id}`, letter);
      this.#log.error(`a message of queue '${queue}' cannot be decoded and is in the dead letters: ${message}`);
      delivery.ack();
    } catch (error) {
      this.#log.error("a message that cannot be decoded cannot be set aside either; it is given back", error);
      delivery.release(RETRY_DELAY_MS);
    }
  }

  #letter(reason: Reason, { bytes }: Delivery): Uint8Array {
    return encodeDeadLetter({ source: "attempts", ...reason, bytes, at: this.#clock.now() });
  }
}

/** Why a message is set aside: an error has both. */
interface Reason {
  readonly code: string;
  readonly message: string;
}

function markKey({ record }: HeldAttempt): string {
  return `attempts.${record.run}.${record.node}-${record.attempt}`;
}

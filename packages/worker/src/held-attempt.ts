import type { AttemptRecord, Delivery } from "@arpeggio/core";
import type { AttemptContext } from "./attempt-context.ts";
import type { RegisteredTask } from "./task-registry.ts";

/**
 * An attempt that this worker has in hand: taken from a queue, not yet given back.
 *
 * `ready` waits for a free slot; `running` has its handler running; `ended` has its outcome decided, and whatever its
 * handler still does changes nothing.
 */
export class HeldAttempt {
  readonly record: AttemptRecord;
  readonly task: RegisteredTask;
  readonly messageId: string;
  readonly deliveryCount: number;
  readonly priority: number;
  phase: "ready" | "running" | "ended" = "ready";
  /** Whether it occupies one of the worker's slots. */
  hasSlot = false;
  startedAtMs = 0;
  isStartReported = false;
  /** Made when the handler is called. */
  context: AttemptContext | undefined;
  /** Why it is to end before its handler does. */
  abortedBy: Error | undefined;
  /** Set before a guarded try (see `poison-guard.ts`), so that its mark is taken away again. */
  isGuarded = false;
  readonly #delivery: Delivery;
  #repeats: Delivery[] | undefined;

  constructor(record: AttemptRecord, task: RegisteredTask, delivery: Delivery) {
    this.record = record;
    this.task = task;
    this.messageId = delivery.messageId;
    this.deliveryCount = delivery.deliveryCount;
    this.priority = delivery.priority;
    this.#delivery = delivery;
  }

  /** The same message came again (a late heartbeat, a lost acknowledgement): both hand-overs get the same answer. */
  repeat(delivery: Delivery): void {
    this.#repeats ??= [];
    this.#repeats.push(delivery);
  }

  ack(): void {
    this.#delivery.ack();
    if (this.#repeats !== undefined) for (const one of this.#repeats) one.ack();
  }

  release(delayMs: number): void {
    this.#delivery.release(delayMs);
    if (this.#repeats !== undefined) for (const one of this.#repeats) one.release(delayMs);
  }

  extend(): void {
    this.#delivery.extend();
    if (this.#repeats !== undefined) for (const one of this.#repeats) one.extend();
  }
}

import type { Delivery } from "@arpeggio/core";
import type { MemoryConsumer } from "./memory-consumer.ts";
import type { QueuedMessage } from "./queued-message.ts";

/** A message in a consumer's hands. Once it is over, everything further about it does nothing. */
export class MemoryDelivery implements Delivery {
  readonly deliveryCount: number;
  readonly bytes: Uint8Array;
  /** When it is delivered again unless something happens. */
  deadlineMs: number;
  readonly message: QueuedMessage;
  readonly #consumer: MemoryConsumer;

  constructor(message: QueuedMessage, consumer: MemoryConsumer, deadlineMs: number) {
    this.message = message;
    this.#consumer = consumer;
    this.deliveryCount = message.deliveryCount;
    this.bytes = message.bytes;
    this.deadlineMs = deadlineMs;
  }

  get messageId(): string {
    return this.message.id;
  }

  get runId(): string {
    return this.message.runId;
  }

  get priority(): number {
    return this.message.priority;
  }

  ack(): void {
    this.#consumer.ack(this);
  }

  release(delayMs: number): void {
    this.#consumer.release(this, delayMs);
  }

  extend(): void {
    this.#consumer.extend(this);
  }
}

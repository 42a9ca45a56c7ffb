import { PassingSet, type Clock, type ConsumeOptions, type Delivery, type Timer } from "@arpeggio/core";
import type { AttemptQueue } from "./attempt-queue.ts";
import { MemoryDelivery } from "./memory-delivery.ts";
import type { QueuedMessage } from "./queued-message.ts";
import { guarded } from "./turns.ts";

/** One reader of a queue, with what it holds. */
export class MemoryConsumer {
  readonly #queue: AttemptQueue;
  readonly #clock: Clock;
  readonly #options: ConsumeOptions;
  readonly #onDelivery: (delivery: Delivery) => void;
  readonly #held = new PassingSet<MemoryDelivery>();
  /** One for all that is held: looks for what has been silent too long, and then waits for the next. */
  #timer: Timer | undefined;
  #isStopped = false;
  #isGone = false;

  constructor(queue: AttemptQueue, clock: Clock, options: ConsumeOptions, onDelivery: (delivery: Delivery) => void) {
    this.#queue = queue;
    this.#clock = clock;
    this.#options = options;
    this.#onDelivery = onDelivery;
  }

  get hasRoom(): boolean {
    return !this.#isStopped && this.#held.size < this.#options.inHandMax;
  }

  hand(message: QueuedMessage): void {
    message.deliveryCount++;
    const { ackWaitMs } = this.#options;
    const delivery = new MemoryDelivery(message, this, this.#clock.now() + ackWaitMs);
    message.delivery = delivery;
    this.#held.add(delivery);
    if (this.#timer === undefined) this.#timer = this.#clock.after(ackWaitMs, this.#look);
    guarded(this.#onDelivery, delivery);
  }

  /** Also of a delivery that was given up on meanwhile: the work is done, whoever did it. */
  ack(delivery: MemoryDelivery): void {
    if (this.#isGone) return;
    this.#letGo(delivery);
    if (!delivery.message.isGone) this.#queue.remove(delivery.message);
  }

  release(delivery: MemoryDelivery, delayMs: number): void {
    if (this.#isGone || !this.#letGo(delivery)) return;
    this.#queue.takeBack(delivery.message, delayMs);
  }

  extend(delivery: MemoryDelivery): void {
    if (!this.#isGone) delivery.deadlineMs = this.#clock.now() + this.#options.ackWaitMs;
  }

  /** Takes nothing more; what it holds may still be acknowledged or released. */
  stop(): void {
    this.#isStopped = true;
    this.#queue.forget(this);
  }

  /** Like a process that died: what it holds is delivered again when its ack wait is over. */
  vanish(): void {
    this.stop();
    this.#isGone = true;
  }

  /** Whether it was still held. */
  #letGo(delivery: MemoryDelivery): boolean {
    if (!this.#held.delete(delivery)) return false;
    delivery.message.delivery = undefined;
    this.#queue.roomMade();
    return true;
  }

  readonly #look = () => {
    this.#timer = undefined;
    const nowMs = this.#clock.now();
    let nextMs = Infinity;
    for (const delivery of this.#held) {
      if (delivery.deadlineMs > nowMs) nextMs = Math.min(nextMs, delivery.deadlineMs);
      else {
        this.#letGo(delivery);
        this.#queue.takeBack(delivery.message, 0);
      }
    }
    if (nextMs !== Infinity) this.#timer = this.#clock.after(nextMs - nowMs, this.#look);
  };
}

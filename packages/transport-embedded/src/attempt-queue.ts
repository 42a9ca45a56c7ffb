import { Fifo, type Clock, type ConsumeOptions, type Delivery, type Timer } from "@arpeggio/core";
import { DueHeap } from "./due-heap.ts";
import { MemoryConsumer } from "./memory-consumer.ts";
import { RunIndex, type QueuedMessage } from "./queued-message.ts";
import type { Turns } from "./turns.ts";

const PRIORITY_MAX = 9;
/** So many are handed over before the event loop gets its turn. */
const DELIVERIES_PER_TURN = 4_096;

/** One queue: what is ready by priority, what waits for a delay, and who reads. */
export class AttemptQueue {
  readonly #clock: Clock;
  readonly #turns: Turns;
  readonly #count: { value: number };
  readonly #fresh = lists();
  /** Given back, or given up on by their holder: first in turn among those of their priority. */
  readonly #again = lists();
  readonly #later = new DueHeap<QueuedMessage>();
  readonly #byRun = new RunIndex();
  #consumers: readonly MemoryConsumer[] = [];
  /** Whose turn it is. */
  #turn = 0;
  /** How many stand in the lists, gone ones included. */
  #listed = 0;
  #timer: { readonly dueAtMs: number; readonly timer: Timer } | undefined;
  #isPlanned = false;

  /** @param count of all queues together. */
  constructor(clock: Clock, turns: Turns, count: { value: number }) {
    this.#count = count;
    this.#clock = clock;
    this.#turns = turns;
  }

  publish(message: QueuedMessage): void {
    this.#count.value++;
    this.#byRun.add(message);
    this.#list(this.#fresh, message);
  }

  consume(options: ConsumeOptions, onDelivery: (delivery: Delivery) => void): MemoryConsumer {
    const consumer = new MemoryConsumer(this, this.#clock, options, onDelivery);
    this.#consumers = [...this.#consumers, consumer];
    this.#plan();
    return consumer;
  }

  forget(consumer: MemoryConsumer): void {
    this.#consumers = this.#consumers.filter((each) => each !== consumer);
  }

  discard(runId: string): void {
    for (const message of this.#byRun.of(runId)) if (message.delivery === undefined) this.remove(message);
  }

  /** What is stored, held or not: of one run, or of all. */
  stored(runId: string | undefined): Iterable<QueuedMessage> {
    return runId === undefined ? this.#byRun.all() : this.#byRun.of(runId);
  }

  remove(message: QueuedMessage): void {
    if (!message.isGone) this.#count.value--;
    message.end();
    this.#byRun.remove(message);
  }

  takeBack(message: QueuedMessage, delayMs: number): void {
    if (message.isGone) return;
    if (delayMs <= 0) this.#list(this.#again, message);
    else {
      this.#later.add(this.#clock.now() + delayMs, message);
      this.#wait();
    }
  }

  roomMade(): void {
    if (this.#listed > 0) this.#plan();
  }

  #list(to: readonly Fifo<QueuedMessage>[], message: QueuedMessage): void {
    to[message.priority]?.add(message);
    this.#listed++;
    this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned || this.#consumers.length === 0) return;
    this.#isPlanned = true;
    this.#turns.plan(this.#deliver);
  }

  readonly #deliver = () => {
    this.#isPlanned = false;
    for (let i = 0; i < DELIVERIES_PER_TURN; i++) {
      const consumer = this.#nextConsumer();
      if (consumer === undefined) return;
      const message = this.#take();
      if (message === undefined) return;
      consumer.hand(message);
    }
    this.#plan();
  };

  /** One after another, so that the work is shared. */
  #nextConsumer(): MemoryConsumer | undefined {
    const consumers = this.#consumers;
    for (let i = 0; i < consumers.length; i++) {
      this.#turn = (this.#turn + 1) % consumers.length;
      const consumer = consumers[this.#turn];
      if (consumer?.hasRoom === true) return consumer;
    }
    return undefined;
  }

  #take(): QueuedMessage | undefined {
    for (let priority = PRIORITY_MAX; priority >= 0 && this.#listed > 0; priority--) {
      for (;;) {
        const message = this.#again[priority]?.take() ?? this.#fresh[priority]?.take();
        if (message === undefined) break;
        this.#listed--;
        if (!message.isGone) return message;
      }
    }
    return undefined;
  }

  /** Waits for the first of those with a delay. */
  #wait(): void {
    const dueAtMs = this.#later.nextDueAtMs;
    if (dueAtMs === undefined || (this.#timer !== undefined && this.#timer.dueAtMs <= dueAtMs)) return;
    this.#timer?.timer.cancel();
    this.#timer = { dueAtMs, timer: this.#clock.after(dueAtMs - this.#clock.now(), this.#ripen) };
  }

  readonly #ripen = () => {
    this.#timer = undefined;
    const nowMs = this.#clock.now();
    for (;;) {
      const message = this.#later.takeDue(nowMs);
      if (message === undefined) break;
      this.takeBack(message, 0);
    }
    this.#wait();
  };
}

function lists(): readonly Fifo<QueuedMessage>[] {
  return Array.from({ length: PRIORITY_MAX + 1 }, () => new Fifo());
}

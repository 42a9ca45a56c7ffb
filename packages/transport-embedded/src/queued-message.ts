import { PassingMap } from "@arpeggio/core";
import type { MemoryDelivery } from "./memory-delivery.ts";

const NOTHING = new Uint8Array(0);

/** An attempt in its queue, until it is acknowledged or discarded. */
export class QueuedMessage {
  readonly sequence: number;
  readonly priority: number;
  readonly runId: string;
  bytes: Uint8Array;
  deliveryCount = 0;
  /** Acknowledged or discarded; may still stand in a list, where it is passed over. */
  isGone = false;
  /** Where it is in somebody's hands. */
  delivery: MemoryDelivery | undefined;
  /** The neighbours among the messages of its run in this queue. */
  previousOfRun: QueuedMessage | undefined;
  nextOfRun: QueuedMessage | undefined;
  #id: string | undefined;

  constructor(sequence: number, priority: number, runId: string, bytes: Uint8Array) {
    this.sequence = sequence;
    this.priority = priority;
    this.runId = runId;
    this.bytes = bytes;
  }

  get id(): string {
    return (this.#id ??= String(this.sequence));
  }

  end(): void {
    this.isGone = true;
    this.bytes = NOTHING;
  }
}

/** Finds a run's messages without looking at those of others. */
export class RunIndex {
  readonly #first = new PassingMap<string, QueuedMessage>();

  add(message: QueuedMessage): void {
    const next = this.#first.get(message.runId);
    if (next !== undefined) {
      message.nextOfRun = next;
      next.previousOfRun = message;
    }
    this.#first.set(message.runId, message);
  }

  remove(message: QueuedMessage): void {
    const { previousOfRun, nextOfRun } = message;
    if (nextOfRun !== undefined) nextOfRun.previousOfRun = previousOfRun;
    if (previousOfRun !== undefined) previousOfRun.nextOfRun = nextOfRun;
    else if (nextOfRun !== undefined) this.#first.set(message.runId, nextOfRun);
    else this.#first.delete(message.runId);
    message.previousOfRun = undefined;
    message.nextOfRun = undefined;
  }

  of(runId: string): readonly QueuedMessage[] {
    const messages: QueuedMessage[] = [];
    for (let each = this.#first.get(runId); each !== undefined; each = each.nextOfRun) messages.push(each);
    return messages;
  }

  /** Run by run, those that came first in front. What is added or removed meanwhile may or may not be there. */
  *all(): Iterable<QueuedMessage> {
    for (const runId of this.#first.keys()) yield* this.of(runId);
  }
}

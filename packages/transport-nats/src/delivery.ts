import type { Delivery } from "@arpeggio/core";
import type { Msg } from "@nats-io/nats-core";
import { deliveryInfoOf } from "./ack-subject.ts";
import type { Connection } from "./connection.ts";
import { runOfAttempt } from "./names.ts";

const ACK = Buffer.from("+ACK");
const NAK = Buffer.from("-NAK");
const IN_PROGRESS = Buffer.from("+WPI");

/** A message of a queue in this process's hands. */
export class NatsDelivery implements Delivery {
  readonly messageId: string;
  readonly deliveryCount: number;
  readonly priority: number;
  readonly bytes: Uint8Array;
  /** For sorting: the place in the queue. */
  readonly sequence: number;
  /** When the stream stored it. */
  readonly timestampMs: number;
  readonly arrivedAt = Date.now();
  readonly #subject: string;
  readonly #connection: Connection;
  readonly #reply: string;
  readonly #onSettled: () => void;
  #settled = false;

  constructor(connection: Connection, message: Msg, priority: number, onSettled: () => void) {
    const reply = message.reply ?? "";
    const info = deliveryInfoOf(reply);
    this.#subject = message.subject;
    this.#connection = connection;
    this.#reply = reply;
    this.#onSettled = onSettled;
    this.sequence = info?.streamSequence ?? 0;
    this.timestampMs = info?.timestampMs ?? 0;
    this.messageId = messageIdAt(this.sequence, this.timestampMs);
    this.deliveryCount = info?.deliveryCount ?? 1;
    this.priority = priority;
    this.bytes = message.data;
  }

  get runId(): string {
    return runOfAttempt(this.#subject);
  }

  /** Its outcome is stored, so there is no hurry. */
  ack(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#connection.tellLater(this.#reply, ACK);
    this.#onSettled();
  }

  release(delayMs: number): void {
    const delayNs = Math.round(Math.max(0, delayMs)) * 1e6;
    this.#settle(delayNs === 0 ? NAK : Buffer.from(`-NAK {"delay": ${delayNs}}`));
  }

  extend(): void {
    // Held back over an outage it would only be late; the next heartbeat does the same.
    if (!this.#settled && this.#connection.isUp) this.#connection.publish(this.#reply, IN_PROGRESS);
  }

  #settle(answer: Uint8Array): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#connection.tell(this.#reply, answer);
    this.#onSettled();
  }
}

/** The number alone does not do: after a crash, an old server may begin to count anew. */
export function messageIdAt(sequence: number, timestampMs: number): string {
  return `${sequence}.${timestampMs}`;
}

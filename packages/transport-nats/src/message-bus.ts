import { MessageTooLargeError, NoAnswerError } from "@arpeggio/core";
import type { BusMessage, MessageBus, Subscription } from "@arpeggio/core";
import type { Connection } from "./connection.ts";
import { checkedKey, checkedPattern } from "./key-syntax.ts";
import type { Names } from "./names.ts";

/** The bus on plain NATS: nothing is stored, and who is not connected hears nothing and is not heard. */
export class NatsMessageBus implements MessageBus {
  readonly #connection: Connection;
  readonly #names: Names;
  readonly #messageBytesMax: number;

  constructor(connection: Connection, names: Names, messageBytesMax: number) {
    this.#connection = connection;
    this.#names = names;
    this.#messageBytesMax = messageBytesMax;
  }

  publish(subject: string, message: Uint8Array): void {
    this.#send(this.#subject(subject), message);
  }

  async subscribe(pattern: string, onMessage: (message: BusMessage) => void): Promise<Subscription> {
    checkedPattern("bus pattern", pattern);
    const { length } = this.#names.busPrefix;
    return this.#connection.subscribe(this.#names.bus(pattern), (message) => {
      const { reply } = message;
      onMessage({
        subject: message.subject.slice(length),
        bytes: message.data,
        respond: (answer) => {
          if (reply) this.#send(reply, answer);
        },
      });
    });
  }

  async request(subject: string, message: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const full = this.#subject(subject);
    this.#checkSize(message);
    if (this.#connection.closedBy) throw this.#connection.closedBy;
    try {
      const answer = await this.#connection.nats.request(full, message, { timeout: Math.max(1, timeoutMs) });
      return answer.data;
    } catch (error) {
      // Nobody listens, nobody answered in time, or the connection was lost in between.
      if (this.#connection.closedBy) throw this.#connection.closedBy;
      throw Object.assign(new NoAnswerError(subject, timeoutMs), { cause: error });
    }
  }

  flush(): Promise<void> {
    return this.#connection.flush();
  }

  #send(subject: string, message: Uint8Array): void {
    this.#checkSize(message);
    if (this.#connection.closedBy) throw this.#connection.closedBy;
    // The client would keep some of an outage's messages in memory, as many as there are, and drop others.
    if (this.#connection.isUp) this.#connection.nats.publish(subject, message);
  }

  #checkSize(message: Uint8Array): void {
    if (message.length <= this.#messageBytesMax) return;
    throw new MessageTooLargeError("a bus message", message.length, this.#messageBytesMax);
  }

  #subject(subject: string): string {
    return this.#names.bus(checkedKey("bus subject", subject));
  }
}

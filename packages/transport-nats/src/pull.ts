import { createInbox, type Msg } from "@nats-io/nats-core";
import { deliveryInfoOf } from "./ack-subject.ts";
import type { Connection } from "./connection.ts";

export interface PullRequest {
  readonly stream: string;
  readonly consumer: string;
  readonly batch: number;
  /** How long the server keeps the request open, in milliseconds; 0: it only gives what is there. */
  readonly waitMs: number;
  onMessage(message: Msg): void;
  onEnd(end: PullEnd): void;
}

/**
 * How a pull ended: all messages came (`filled`), no more were there (`empty`), the consumer seems to be gone
 * (`missing`), or the server gave up for another reason (`refused`).
 */
export type PullEnd = "filled" | "empty" | "missing" | "refused";

/** How much longer than asked the server may take to close a pull. */
const GRACE_MS = 2_000;

/** One request for messages of a pull consumer. */
export class Pull {
  /** Messages that may still come. */
  remaining: number;
  readonly #request: PullRequest;
  readonly #deadline: number;
  readonly #subscription: ReturnType<Connection["nats"]["subscribe"]>;
  #ended = false;

  constructor(connection: Connection, request: PullRequest) {
    this.#request = request;
    this.remaining = request.batch;
    this.#deadline = Date.now() + request.waitMs + GRACE_MS;
    const inbox = createInbox(connection.inboxPrefix);
    this.#subscription = connection.nats.subscribe(inbox, {
      callback: (error, message) => {
        if (error) this.#end("refused");
        else if (message.subject === inbox) this.#closed(message);
        else this.#arrived(message);
      },
    });
    const { stream, consumer, batch, waitMs } = request;
    const body = waitMs === 0 ? { batch, no_wait: true } : { batch, expires: waitMs * 1e6 };
    connection.nats.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(body), { reply: inbox });
  }

  /** Servers up to 2.9 say nothing at all where the consumer is gone, and a lost leader says nothing either. */
  isOverdue(now: number): boolean {
    return !this.#ended && now > this.#deadline;
  }

  /**
   * Withdraws the request. Messages that the server has sent meanwhile still come: dropping them would leave them
   * with nobody until their ack wait is over.
   */
  async cancel(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    // Fails only with the connection, and then there is nothing left to withdraw.
    await this.#subscription.drain().catch(() => {});
  }

  /** Forgets the request, which the server has forgotten too. */
  drop(): void {
    this.#ended = true;
    this.#subscription.unsubscribe();
  }

  #arrived(message: Msg): void {
    this.remaining--;
    this.#request.onMessage(message);
    if (this.remaining === 0) this.#end("filled");
    else if (this.#request.waitMs === 0 && deliveryInfoOf(message.reply ?? "")?.pending === 0) this.#endEarly();
  }

  /** Servers from 2.10 to 2.12.1 do not close a request without waiting that was answered in part. */
  #endEarly(): void {
    if (this.#ended) return;
    // Messages that were given back are not counted as pending; one of them may still come.
    void this.cancel();
    this.#request.onEnd("empty");
  }

  #closed(message: Msg): void {
    const code = message.headers?.code ?? 0;
    if (code === 100) return;
    if (code === 404 || code === 408) this.#end("empty");
    else if (code === 503 || /(consumer|stream) deleted/i.test(message.headers?.description ?? ""))
      this.#end("missing");
    else this.#end("refused");
  }

  #end(end: PullEnd): void {
    if (this.#ended) return;
    this.drop();
    this.#request.onEnd(end);
  }
}

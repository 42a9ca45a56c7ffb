import { createInbox, type Msg, type MsgHdrs } from "@nats-io/nats-core";
import type { Connection } from "./connection.ts";
import { PermissionMissingError, StreamUnavailableError } from "./server-errors.ts";

/** A message to the server whose answer is waited for. Sent again until it is answered: it must bear repeats. */
export interface ServerRequest {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
  /** Bytes that count towards the limit of what is under way; 0 for requests that never wait for room. */
  readonly bytes: number;
  /** How long to go on, in milliseconds; without it, until the server answers or the transport is closed. */
  readonly deadlineMs?: number;
  /**
   * @param sends how often it was sent: above 1 an earlier answer may have been lost.
   * @returns `false` where the answer says that it should be tried again in a while.
   */
  onAnswer(answer: Msg, sends: number): boolean;
  onFailure(error: Error): void;
}

interface Pending {
  readonly request: ServerRequest;
  readonly since: number;
  sends: number;
  /** When it is sent again unless it is answered. */
  dueAt: number;
}

const MESSAGES_MAX = 8_192;
const BYTES_MAX = 32 * 1024 * 1024;
const TICK_MS = 100;
/** An unanswered request on a living connection: the stream has no leader, or the server is very busy. */
const RESEND_MS = 5_000;
const AGAIN_MS = 150;
/** How long nobody on a living server may take a message before the caller is told. */
const NO_RESPONDERS_MS_MAX = 30_000;

/**
 * Pipelined requests over one reply inbox: one map entry a request, no timer, no inbox, no subscription of its own.
 *
 * What is unanswered when the connection breaks is sent again, in the old order, before anything new. Above
 * 8,192 requests or 32 MiB under way, further ones wait their turn, since a server drops what it cannot buffer.
 */
export class RequestChannel {
  readonly #connection: Connection;
  readonly #inbox: string;
  readonly #pending = new Map<string, Pending>();
  /** Requests without room, from `#waitingAt` on. */
  #waiting: ServerRequest[] = [];
  #waitingAt = 0;
  #count = 0;
  #bytes = 0;
  #next = 0;
  #tickedAt = Date.now();
  readonly #timer: NodeJS.Timeout;
  #idleWaits: (() => void)[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#inbox = `${createInbox(connection.inboxPrefix)}.`;
    const at = this.#inbox.length;
    connection.nats.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => {
        if (error) this.#failAll(() => new PermissionMissingError("subscribe", `${this.#inbox}*`));
        else this.#answered(message.subject.slice(at), message);
      },
    });
    connection.listen({
      onReconnect: () => this.#resendAll(),
      onPermissionMissing: (error) => this.#failSubject(error),
      onClosed: (error) => {
        clearInterval(this.#timer);
        this.#failAll(() => error);
      },
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  send(request: ServerRequest): void {
    const closed = this.#connection.closedBy;
    if (closed) request.onFailure(closed);
    else if (request.bytes > 0 && (this.#waiting.length > 0 || !this.#hasRoom())) this.#waiting.push(request);
    else this.#begin(request);
  }

  /** Resolves when everything sent so far has been answered. */
  idle(): Promise<void> {
    if (this.#pending.size === 0 && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaits.push(resolve));
  }

  #hasRoom(): boolean {
    return this.#count < MESSAGES_MAX && this.#bytes < BYTES_MAX;
  }

  #begin(request: ServerRequest): void {
    const id = (this.#next++).toString(36);
    const now = Date.now();
    const pending: Pending = { request, since: now, sends: 0, dueAt: now + RESEND_MS };
    this.#pending.set(id, pending);
    if (request.bytes > 0) {
      this.#count++;
      this.#bytes += request.bytes;
    }
    if (this.#connection.isUp) this.#publish(id, pending);
  }

  #publish(id: string, pending: Pending): void {
    const { subject, data, headers } = pending.request;
    pending.sends++;
    try {
      const reply = this.#inbox + id;
      this.#connection.nats.publish(subject, data, headers === undefined ? { reply } : { reply, headers });
    } catch (error) {
      this.#settle(id, pending);
      pending.request.onFailure(error as Error);
    }
  }

  #answered(id: string, message: Msg): void {
    const pending = this.#pending.get(id);
    if (!pending) return; // The answer to a repetition.
    const noResponders = message.data.length === 0 && message.headers?.code === 503;
    if (noResponders) {
      const waited = Date.now() - pending.since;
      if (waited < Math.min(NO_RESPONDERS_MS_MAX, pending.request.deadlineMs ?? Infinity)) return this.#again(pending);
      this.#settle(id, pending);
      pending.request.onFailure(new StreamUnavailableError(pending.request.subject, waited));
    } else this.#read(id, pending, message);
  }

  #read(id: string, pending: Pending, message: Msg): void {
    try {
      if (pending.request.onAnswer(message, pending.sends)) this.#settle(id, pending);
      else this.#again(pending);
    } catch (error) {
      // An answer that is not what was expected fails its request; it must not end the client's parser.
      this.#settle(id, pending);
      pending.request.onFailure(error as Error);
    }
  }

  #again(pending: Pending): void {
    pending.dueAt = Date.now() + AGAIN_MS;
  }

  #settle(id: string, pending: Pending): void {
    this.#pending.delete(id);
    if (pending.request.bytes > 0) {
      this.#count--;
      this.#bytes -= pending.request.bytes;
      if (this.#waiting.length > 0 && this.#hasRoom()) this.#refill();
    }
    if (this.#pending.size === 0 && this.#idleWaits.length > 0) {
      for (const resolve of this.#idleWaits.splice(0)) resolve();
    }
  }

  #refill(): void {
    while (this.#waitingAt < this.#waiting.length && this.#hasRoom()) {
      const request = this.#waiting[this.#waitingAt++];
      if (request) this.#begin(request);
    }
    if (this.#waitingAt === this.#waiting.length) {
      this.#waiting = [];
      this.#waitingAt = 0;
    }
  }

  #resendAll(): void {
    const now = Date.now();
    for (const [id, pending] of this.#pending) {
      pending.dueAt = now + RESEND_MS;
      this.#publish(id, pending);
    }
  }

  #tick(): void {
    const now = Date.now();
    const late = now - this.#tickedAt > 5 * TICK_MS;
    this.#tickedAt = now;
    // After a pause of this process the answers are in the socket, still unread: nothing is overdue.
    if (late) return;
    for (const [id, pending] of this.#pending) {
      const { request } = pending;
      if (request.deadlineMs !== undefined && now - pending.since > request.deadlineMs) {
        this.#settle(id, pending);
        request.onFailure(new StreamUnavailableError(request.subject, request.deadlineMs));
      } else if (now >= pending.dueAt && this.#connection.isUp) {
        pending.dueAt = now + RESEND_MS;
        this.#publish(id, pending);
      }
    }
  }

  #failSubject(error: PermissionMissingError): void {
    if (error.action !== "publish") return;
    for (const [id, pending] of this.#pending) {
      if (pending.request.subject !== error.subject) continue;
      this.#settle(id, pending);
      pending.request.onFailure(error);
    }
  }

  #failAll(error: () => Error): void {
    const all = [...this.#pending.values()]
      .map((pending) => pending.request)
      .concat(this.#waiting.slice(this.#waitingAt));
    this.#pending.clear();
    this.#waiting = [];
    this.#waitingAt = 0;
    this.#count = 0;
    this.#bytes = 0;
    for (const request of all) request.onFailure(error());
    for (const resolve of this.#idleWaits.splice(0)) resolve();
  }
}

import { Fifo, PassingMap } from "@arpeggio/core";
import { createInbox, type Msg } from "@nats-io/nats-core";
import type { Connection } from "./connection.ts";
import { PermissionMissingError, StreamUnavailableError } from "./server-errors.ts";
import { PendingRequest, type ServerRequest } from "./server-request.ts";

const MESSAGES_MAX = 8_192;
const BYTES_MAX = 32 * 1024 * 1024;
const TICK_MS = 100;
const AGAIN_MS = 150;

/**
 * Pipelined requests over one reply inbox: one map entry a request, no timer, no inbox, no subscription of its own.
 *
 * What is unanswered when the connection breaks is sent again, in the old order, before anything new; what must be asked for
 * first leaves its place to others meanwhile. Above 8,192 requests or 32 MiB under way, further ones wait their turn, since a
 * server drops what it cannot buffer.
 */
export class RequestChannel {
  readonly #connection: Connection;
  readonly #inbox: string;
  /** How long nobody on a living server may answer before the caller is told. */
  readonly #answerMsMax: number;
  /** Everything that has not been answered, but for what has never had room. */
  readonly #pending = new PassingMap<number, PendingRequest>();
  /** Requests without room. */
  readonly #waiting = new Fifo<PendingRequest>();
  #isRefilling = false;
  #count = 0;
  #bytes = 0;
  #next = 0;
  /** Counts connections. */
  #connected = 0;
  #connectedAt = Date.now();
  #tickedAt = Date.now();
  readonly #timer: NodeJS.Timeout;
  #idleWaits: (() => void)[] = [];

  constructor(connection: Connection, answerMsMax: number) {
    this.#connection = connection;
    this.#answerMsMax = answerMsMax;
    this.#inbox = `${createInbox(connection.inboxPrefix)}.`;
    const at = this.#inbox.length;
    connection.nats.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => {
        if (error) this.#failAll(() => new PermissionMissingError("subscribe", `${this.#inbox}*`));
        else this.#answered(numberAt(message.subject, at), message);
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
    if (closed) return request.onFailure(closed);
    const pending = new PendingRequest(this.#next++, request);
    if (this.#connection.isUp && request.repeat?.mayBeStored !== true) pending.clear(this.#connected);
    this.#admit(pending);
  }

  /** Resolves when everything sent so far has been answered. */
  idle(): Promise<void> {
    if (this.#pending.size === 0 && this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaits.push(resolve));
  }

  #hasRoom(): boolean {
    return this.#count < MESSAGES_MAX && this.#bytes < BYTES_MAX;
  }

  /** Begins it, or lets it wait for room. */
  #admit(pending: PendingRequest): void {
    if (pending.request.bytes > 0 && (this.#waiting.size > 0 || !this.#hasRoom())) {
      pending.place = "waiting";
      this.#waiting.add(pending);
    } else this.#begin(pending);
  }

  #begin(pending: PendingRequest): void {
    const { bytes } = pending.request;
    pending.place = "under way";
    this.#pending.set(pending.id, pending);
    if (bytes > 0) {
      this.#count++;
      this.#bytes += bytes;
    }
    if (this.#connection.isUp) this.#publish(pending);
  }

  /** It is no longer under way, so another one may be. */
  #leave(pending: PendingRequest, place: "asked for" | "settled"): void {
    const wasUnderWay = pending.place === "under way";
    pending.place = place;
    const { bytes } = pending.request;
    if (!wasUnderWay || bytes === 0) return;
    this.#count--;
    this.#bytes -= bytes;
    if (this.#waiting.size > 0) this.#refill();
  }

  /** Sends it, or asks first whether to. */
  #publish(pending: PendingRequest): void {
    const { id, request } = pending;
    const { subject, data, headers } = request;
    if (!pending.mayGo(this.#connected)) return this.#ask(pending);
    try {
      this.#connection.publish(subject, data, this.#inbox + id, headers);
    } catch (error) {
      this.#fail(pending, error);
    }
  }

  #ask(pending: PendingRequest): void {
    const { request } = pending;
    const connected = this.#connected;
    const question = ++pending.questions;
    this.#leave(pending, "asked for");
    const isOpen = () => pending.place === "asked for" && pending.questions === question;
    Promise.resolve()
      .then(() => request.repeat?.stillWanted?.())
      .then(
        (isWanted) => {
          if (!isOpen()) return;
          if (isWanted === true) {
            pending.clear(connected);
            this.#admit(pending);
          } else {
            this.#settle(pending);
            request.onWithdrawn?.();
          }
        },
        (error: unknown) => {
          if (isOpen()) this.#fail(pending, error);
        },
      );
  }

  #answered(id: number, message: Msg): void {
    const pending = this.#pending.get(id);
    if (!pending) return; // The answer to a repetition.
    const { request, since } = pending;
    const noResponders = message.data.length === 0 && message.headers?.code === 503;
    if (noResponders) {
      const waited = Date.now() - since;
      if (waited < Math.min(this.#answerMsMax, request.deadlineMs ?? Infinity)) return this.#again(pending);
      this.#fail(pending, new StreamUnavailableError(request.subject, waited));
    } else this.#read(pending, message);
  }

  #read(pending: PendingRequest, message: Msg): void {
    try {
      if (pending.request.onAnswer(message, pending.sends)) this.#settle(pending);
      else this.#again(pending);
    } catch (error) {
      // An answer that is not what was expected fails its request; it must not end the client's parser.
      this.#fail(pending, error);
    }
  }

  #again(pending: PendingRequest): void {
    pending.dueAt = Date.now() + AGAIN_MS;
  }

  #settle(pending: PendingRequest): void {
    this.#pending.delete(pending.id);
    this.#leave(pending, "settled");
    if (this.#pending.size === 0 && this.#idleWaits.length > 0) {
      for (const resolve of this.#idleWaits.splice(0)) resolve();
    }
  }

  #fail(pending: PendingRequest, error: unknown): void {
    // A loop over the map may come by what has left it meanwhile.
    if (pending.place === "settled") return;
    this.#settle(pending);
    pending.request.onFailure(error as Error);
  }

  #refill(): void {
    // What begins here may have to be asked for, and leave again at once.
    if (this.#isRefilling) return;
    this.#isRefilling = true;
    while (this.#waiting.size > 0 && this.#hasRoom()) {
      const pending = this.#waiting.take();
      if (pending?.place === "waiting") this.#begin(pending);
    }
    this.#isRefilling = false;
  }

  #resendAll(): void {
    this.#connected++;
    this.#connectedAt = Date.now();
    // A copy: what has to be asked for makes room, and what begins then is sent then.
    for (const pending of Array.from(this.#pending.values())) {
      if (pending.place === "under way") this.#publish(pending);
      else if (pending.place === "asked for") this.#ask(pending);
    }
  }

  #tick(): void {
    const now = Date.now();
    const late = now - this.#tickedAt > 5 * TICK_MS;
    this.#tickedAt = now;
    // After a pause of this process the answers are in the socket, still unread: nothing is overdue.
    if (late) return;
    for (const pending of this.#pending.values()) {
      const { request } = pending;
      if (request.deadlineMs !== undefined && now - pending.since > request.deadlineMs) {
        this.#fail(pending, new StreamUnavailableError(request.subject, request.deadlineMs));
      } else if (pending.place === "under way" && this.#connection.isUp) this.#tickUnderWay(pending, now);
    }
  }

  #tickUnderWay(pending: PendingRequest, now: number): void {
    const { request } = pending;
    // A server that cannot write any more does not say so: it does not answer. What is asked about before each repetition
    // may wait: whoever knows whether it is wanted has other requests that fail.
    const silentMs = now - Math.max(pending.since, this.#connectedAt);
    if (pending.sends > 0 && silentMs > this.#answerMsMax && request.repeat === undefined) {
      this.#fail(pending, new StreamUnavailableError(request.subject, silentMs));
    } else if (now >= pending.dueAt) this.#publish(pending);
  }

  #failSubject(error: PermissionMissingError): void {
    if (error.action !== "publish") return;
    for (const pending of this.#pending.values()) {
      if (pending.request.subject === error.subject) this.#fail(pending, error);
    }
  }

  #failAll(error: () => Error): void {
    const all = new Set([...this.#pending.values(), ...this.#waiting.remove(() => true)]);
    this.#pending.clear();
    this.#count = 0;
    this.#bytes = 0;
    for (const pending of all) pending.place = "settled";
    for (const { request } of all) request.onFailure(error());
    for (const resolve of this.#idleWaits.splice(0)) resolve();
  }
}

/** The digits at the end of a subject. */
function numberAt(subject: string, from: number): number {
  let number = 0;
  for (let i = from; i < subject.length; i++) number = number * 10 + subject.charCodeAt(i) - 48;
  return number;
}

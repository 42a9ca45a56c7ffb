import type { Msg } from "@nats-io/nats-core";

/** Knows whether a message is to be sent again; see `QueuedAttempt` of the core. */
export interface Repeatable {
  readonly mayBeStored?: boolean;
  stillWanted?(): boolean | Promise<boolean>;
}

/**
 * A message to the server whose answer is waited for. Sent again until it is answered: it must bear repeats, or say in
 * `repeat` whether it does.
 */
export interface ServerRequest {
  readonly subject: string;
  readonly data: Uint8Array;
  /** As `headerBlock` makes them. */
  readonly headers?: string | undefined;
  /** Bytes that count towards the limit of what is under way; 0 for requests that never wait for room. */
  readonly bytes: number;
  /** How long to go on, in milliseconds; without it, until the server answers or the transport is closed. */
  readonly deadlineMs?: number;
  /**
   * It is asked before the request is sent in any other way than once, soon, on the connection on which it was given: before each repetition,
   * and before the first sending if it may be stored already, if it had to wait for room, or if the connection has broken meanwhile. Where it
   * says no, `onWithdrawn` is the end of it.
   */
  readonly repeat?: Repeatable | undefined;
  onWithdrawn?(): void;
  /**
   * @param sends how often it was sent: above 1 an earlier answer may have been lost.
   * @returns `false` where the answer says that it should be tried again in a while.
   */
  onAnswer(answer: Msg, sends: number): boolean;
  onFailure(error: Error): void;
}

/** An unanswered request on a living connection: the stream has no leader, or the server is very busy. */
const RESEND_MS = 5_000;
/**
 * How long it counts that a request may be sent. It may have to wait for room; and in a cluster, the server that has the stream may be
 * started anew meanwhile, and forget the ids of what was done, while our connection holds. That takes longer than this.
 */
const CLEARED_MS = 100;
const NO_CONNECTION = -1;

/** A request until it is answered. A class, because there are thousands of them: see "Memory" in docs/internals/coordinator.md. */
export class PendingRequest {
  readonly id: number;
  readonly request: ServerRequest;
  readonly since: number;
  sends = 0;
  /** When it is sent again unless it is answered. */
  dueAt: number;
  place: "waiting" | "under way" | "asked for" | "settled" = "waiting";
  /** Counts how often it was asked for: only the last answer matters. */
  questions = 0;
  /** The connection on which it may be sent once without being asked for, and since when. */
  #clearedFor = NO_CONNECTION;
  #clearedAt = 0;

  constructor(id: number, request: ServerRequest) {
    const now = Date.now();
    this.id = id;
    this.request = request;
    this.since = now;
    this.dueAt = now + RESEND_MS;
  }

  /** It may be sent once on this connection, if that is soon. */
  clear(connection: number): void {
    this.#clearedFor = connection;
    this.#clearedAt = performance.now();
  }

  /** Notes that it is sent now, unless it has to be asked for first. */
  mayGo(connection: number): boolean {
    const now = Date.now();
    if (this.request.repeat !== undefined) {
      if (this.#clearedFor !== connection || performance.now() - this.#clearedAt > CLEARED_MS) return false;
      this.#clearedFor = NO_CONNECTION;
    }
    this.sends++;
    this.dueAt = now + RESEND_MS;
    return true;
  }
}

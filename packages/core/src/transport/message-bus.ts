import type { Subscription } from "./event-log.ts";

/**
 * Messages to whoever listens now: progress, remote control. At most once by design; the durable truth is elsewhere.
 * Subjects and patterns have the same form as keys and patterns of {@link KeyValue}.
 */
export interface MessageBus {
  publish(subject: string, message: Uint8Array): void;
  subscribe(pattern: string, onMessage: (message: BusMessage) => void): Promise<Subscription>;
  /**
   * Asks and resolves with the first answer.
   *
   * @throws {@link NoAnswerError} when nobody listens or nobody answers within `timeoutMs`.
   */
  request(subject: string, message: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /** Resolves when everything published so far has reached the server (embedded: the subscribers). */
  flush(): Promise<void>;
}

export interface BusMessage {
  readonly subject: string;
  readonly bytes: Uint8Array;
  /** Answers a request; does nothing if the sender does not wait for an answer. */
  respond(message: Uint8Array): void;
}

import { MessageTooLargeError, randomToken } from "@arpeggio/core";
import type { Msg, MsgHdrs } from "@nats-io/nats-core";
import type { ApiError, JetStreamApi } from "./jetstream-api.ts";
import { errorNumbers, isTemporary } from "./jetstream-api.ts";
import { encodedHeaders, headerNames } from "./message-headers.ts";
import type { RequestChannel } from "./request-channel.ts";

/** A write on the condition that the subject's last message is a given one. */
export interface ConditionalWrite {
  readonly stream: string;
  readonly subject: string;
  readonly data: Uint8Array;
  /** The sequence that the subject's last message must have; 0: there must be none. */
  readonly expected: number;
  readonly headers?: readonly (readonly [string, string])[];
}

/** `stored` is the new message's sequence; without it, another message is the subject's last. */
export type ConditionalOutcome = { readonly stored: number } | { readonly stored?: never };

/** Room that headers, the reply subject and the server's own accounting need beside a message's bytes. */
const HEADROOM_BYTES = 2_048;
/** How an acknowledgement begins, `{"s`: the stream's name comes first. Errors begin with `{"e`. */
const THIRD_BYTE_OF_ACK = 115;

/**
 * Publishes into streams, pipelined, in order.
 *
 * A message without an answer is sent again (see {@link RequestChannel}), so it may be stored twice unless it has an id.
 * Conditional writes carry a token: when a repeated one fails on its condition, the stored message's token tells
 * whether the first one had succeeded.
 */
export class Publisher {
  readonly messageBytesMax: number;
  readonly #channel: RequestChannel;
  readonly #api: JetStreamApi;
  readonly #token = randomToken();
  #writes = 0;

  constructor(channel: RequestChannel, api: JetStreamApi, maxPayload: number) {
    this.#channel = channel;
    this.#api = api;
    this.messageBytesMax = maxPayload - HEADROOM_BYTES;
  }

  /** @throws {@link MessageTooLargeError} */
  checkSize(what: string, bytes: number): void {
    if (bytes > this.messageBytesMax) throw new MessageTooLargeError(what, bytes, this.messageBytesMax);
  }

  /** Resolves when the message is stored, or was before under this id. */
  publish(subject: string, data: Uint8Array, id?: string): Promise<void> {
    return this.#send(subject, data, id === undefined ? undefined : encodedHeaders([headerNames.messageId, id]), done);
  }

  /** Resolves with the stored message's sequence. */
  put(subject: string, data: Uint8Array, headers?: MsgHdrs): Promise<number> {
    return this.#send(subject, data, headers, sequenceOf);
  }

  /** Stores the message if its condition holds. A lost answer does not make the outcome uncertain. */
  async putIf(write: ConditionalWrite, replicas: number): Promise<ConditionalOutcome> {
    const token = `${this.#token}.${(this.#writes++).toString(36)}`;
    const headers = encodedHeaders(
      [headerNames.expectedSubjectSequence, write.expected],
      [headerNames.write, token],
      ...(write.headers ?? []),
    );
    let sends = 0;
    const stored = await this.#send(write.subject, write.data, headers, (answer, sent) => {
      sends = sent;
      return sequenceOf(answer);
    }).catch((error: unknown) => {
      if (error instanceof WriteRefusedError) return error;
      throw error;
    });
    if (typeof stored === "number") return { stored };
    sends = stored.sends;
    if (sends === 1) return {};
    const last = await this.#api.lastMessage(write.stream, write.subject, replicas);
    return last?.header(headerNames.write) === token ? { stored: last.sequence } : {};
  }

  #send<T>(
    subject: string,
    data: Uint8Array,
    headers: MsgHdrs | undefined,
    result: (answer: Msg, sends: number) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#channel.send({
        subject,
        data,
        headers,
        bytes: data.length + 128,
        onAnswer: (answer, sends) => {
          if (answer.data[2] === THIRD_BYTE_OF_ACK) resolve(result(answer, sends));
          else if (isTemporary(answer)) return false;
          else reject(this.#refusal(subject, answer, sends));
          return true;
        },
        onFailure: reject,
      });
    });
  }

  #refusal(subject: string, answer: Msg, sends: number): Error {
    const { error } = answer.json<{ error: ApiError }>();
    const { wrongLastSequence, writeUnderWay } = errorNumbers;
    if (error.err_code === wrongLastSequence || error.err_code === writeUnderWay) return new WriteRefusedError(sends);
    return this.#api.failure(subject, error);
  }
}

/** A conditional write met another message. Stays inside the publisher. */
class WriteRefusedError extends Error {
  readonly sends: number;
  constructor(sends: number) {
    super("another message is the subject's last");
    this.sends = sends;
  }
}

function done(): void {}

function sequenceOf(answer: Msg): number {
  return answer.json<{ seq: number }>().seq;
}

import { MessageTooLargeError, NameInvalidError, randomToken } from "@arpeggio/core";
import type { StoreListener } from "@arpeggio/core";
import type { Msg } from "@nats-io/nats-core";
import type { JetStreamApi } from "./jetstream-api.ts";
import { errorNumbers } from "./jetstream-api.ts";
import { headerBlock, headerNames, messageIdBlock } from "./message-headers.ts";
import type { RequestChannel } from "./request-channel.ts";
import { errorIn, isAcknowledgement, isTemporary, sequenceIn } from "./server-answers.ts";
import type { ApiError } from "./server-answers.ts";
import type { Repeatable, ServerRequest } from "./server-request.ts";

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
/** What a message needs beside its data on its way, roughly. */
const ROOM_BYTES = 128;
/** Printable ASCII: an id stands in a header, which a line break would end. */
const MESSAGE_ID = /^[\x20-\x7e]{1,500}$/;

/**
 * Publishes into streams, pipelined, in order.
 *
 * A message without an answer is sent again (see {@link RequestChannel}), so it may be stored twice unless it has an id; with
 * one, too, if the server was restarted and the first one removed meanwhile. `repeat` decides whether that may be.
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
  publish(subject: string, data: Uint8Array, id?: string, repeat?: Repeatable): Promise<void> {
    if (id === undefined) return this.#send(subject, data, undefined, done);
    if (!MESSAGE_ID.test(id)) return Promise.reject(new NameInvalidError("message id", id));
    const headers = messageIdBlock(id);
    return this.#send(subject, data, headers, done, undefined, repeat?.stillWanted === undefined ? undefined : repeat);
  }

  /** The same as {@link publish} and {@link put}, but for the promise. */
  store(subject: string, data: Uint8Array, listener: StoreListener, id?: string, repeat?: Repeatable): void {
    if (id !== undefined && !MESSAGE_ID.test(id)) return listener.onFailed(new NameInvalidError("message id", id));
    const headers = id === undefined ? undefined : messageIdBlock(id);
    const asked = repeat?.stillWanted === undefined ? undefined : repeat;
    this.#channel.send(new Publication({ subject, data, headers, repeat: asked }, listener, this.#api));
  }

  /** Resolves with the stored message's sequence. */
  put(subject: string, data: Uint8Array, headers?: string): Promise<number> {
    return this.#send(subject, data, headers, (answer) => sequenceIn(subject, answer.data));
  }

  /** Stores the message if its condition holds. A lost answer does not make the outcome uncertain. */
  async putIf(write: ConditionalWrite, replicas: number): Promise<ConditionalOutcome> {
    const token = `${this.#token}.${(this.#writes++).toString(36)}`;
    const headers = headerBlock(
      [headerNames.expectedSubjectSequence, write.expected],
      [headerNames.write, token],
      ...(write.headers ?? []),
    );
    const { subject, data } = write;
    const storedAt = (answer: Msg) => ({ stored: sequenceIn(subject, answer.data) });
    const outcome = await this.#send<Outcome>(subject, data, headers, storedAt, refusedAfter);
    if (outcome.stored !== undefined) return { stored: outcome.stored };
    if (outcome.sends === 1) return {};
    const last = await this.#api.lastMessage(write.stream, subject, replicas);
    return last?.header(headerNames.write) === token ? { stored: last.sequence } : {};
  }

  /** `refused` is asked where a condition does not hold; without it that is an error like others. */
  #send<T>(
    subject: string,
    data: Uint8Array,
    headers: string | undefined,
    result: (answer: Msg) => T,
    refused?: (sends: number) => T,
    repeat?: Repeatable,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#channel.send({
        subject,
        data,
        headers,
        bytes: data.length + ROOM_BYTES,
        repeat,
        // Only publishes can be withdrawn, and they resolve with nothing.
        onWithdrawn: resolve as () => void,
        onAnswer: (answer, sends) => {
          if (isAcknowledgement(answer.data)) resolve(result(answer));
          else if (isTemporary(answer.data)) return false;
          else {
            const error = errorIn(subject, answer.data);
            if (refused && isConditionError(error)) resolve(refused(sends));
            else reject(this.#api.failure(subject, error));
          }
          return true;
        },
        onFailure: reject,
      });
    });
  }
}

/** A message and who is told of it: one object, since there may be tens of thousands under way. */
class Publication implements ServerRequest {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: string | undefined;
  readonly bytes: number;
  readonly repeat: Repeatable | undefined;
  readonly #listener: StoreListener;
  readonly #api: JetStreamApi;

  constructor(
    message: Pick<ServerRequest, "subject" | "data" | "headers" | "repeat">,
    listener: StoreListener,
    api: JetStreamApi,
  ) {
    this.subject = message.subject;
    this.data = message.data;
    this.headers = message.headers;
    this.bytes = message.data.length + ROOM_BYTES;
    this.repeat = message.repeat;
    this.#listener = listener;
    this.#api = api;
  }

  onAnswer(answer: Msg): boolean {
    if (isAcknowledgement(answer.data)) this.#listener.onStored();
    else if (isTemporary(answer.data)) return false;
    else this.#listener.onFailed(this.#api.failure(this.subject, errorIn(this.subject, answer.data)));
    return true;
  }

  onFailure(error: Error): void {
    this.#listener.onFailed(error);
  }

  onWithdrawn(): void {
    this.#listener.onStored();
  }
}

/** How a conditional write ended, as its answer says it; `sends` counts how often it was sent. */
type Outcome = { readonly stored: number } | { readonly stored?: never; readonly sends: number };

function refusedAfter(sends: number): Outcome {
  return { sends };
}

function isConditionError({ err_code }: ApiError): boolean {
  return err_code === errorNumbers.wrongLastSequence || err_code === errorNumbers.writeUnderWay;
}

function done(): void {}

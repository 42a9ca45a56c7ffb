import { QueueFullError, StorageFullError } from "@arpeggio/core";
import type { Msg } from "@nats-io/nats-core";
import { headerNames, headerOf } from "./message-headers.ts";
import type { RequestChannel } from "./request-channel.ts";
import { JetStreamDisabledError, ServerRequestFailedError } from "./server-errors.ts";

/** Numbers of JetStream's errors that mean something to this transport. */
export const errorNumbers = {
  consumerNotFound: 10014,
  noMessageFound: 10037,
  notEnabled: 10039,
  streamNameInUse: 10058,
  /** A message was not stored; the description says why. */
  storeFailed: 10077,
  streamNotFound: 10059,
  wrongLastSequence: 10071,
  /** In a cluster: another write of the same subject is under way. */
  writeUnderWay: 10164,
} as const;

/**
 * A cluster between two leaders, or a server that is just starting: 10008 and 10009. The leader of a stream is storing a message
 * with the same id at this moment: 10158; whether it comes to that is known only when it is asked again.
 */
const temporary: ReadonlySet<number> = new Set([10008, 10009, 10158]);

/** Resources, memory, storage: what the server or the account may use is used up. */
const noRoom: ReadonlySet<number> = new Set([10023, 10028, 10047]);

export interface ApiError {
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
}

/** A message as a stream holds it. */
export interface StoredMessage {
  readonly subject: string;
  readonly sequence: number;
  /** When the stream stored it, in milliseconds since 1970. */
  readonly timestampMs: number;
  readonly bytes: Uint8Array;
  header(name: string): string | undefined;
}

/** Requests to JetStream. Each one is repeated over reconnects, so only ones that bear it are made. */
export class JetStreamApi {
  readonly #channel: RequestChannel;
  readonly #server: string;

  constructor(channel: RequestChannel, server: string) {
    this.#channel = channel;
    this.#server = server;
  }

  /**
   * Calls `$JS.API.<verb>`.
   *
   * @throws {@link ServerRequestFailedError} with the server's error number.
   */
  async call<T>(verb: string, body?: unknown, deadlineMs?: number): Promise<T> {
    const subject = `$JS.API.${verb}`;
    const answer = await this.#ask(subject, body === undefined ? "" : JSON.stringify(body), deadlineMs);
    const { error, ...result } = answer.json<{ error?: ApiError } & Record<string, unknown>>();
    if (error) throw this.failure(subject, error);
    return result as T;
  }

  /**
   * The last message of a subject, which may have wildcards.
   *
   * Asks whichever server is next, which with one replica is the only one that has the stream; with more, it asks the
   * leader, because a follower may not have the newest message yet.
   */
  lastMessage(stream: string, subject: string, replicas: number): Promise<StoredMessage | undefined> {
    return this.#message(stream, { last_by_subj: subject }, replicas);
  }

  /** The first message of a subject, which may have wildcards, at `from` or behind it; asks as {@link lastMessage} does. */
  nextMessage(stream: string, subject: string, from: number, replicas: number): Promise<StoredMessage | undefined> {
    return this.#message(stream, { next_by_subj: subject, seq: from }, replicas);
  }

  /** The message with this number; asks as {@link lastMessage} does. */
  messageAt(stream: string, sequence: number, replicas: number): Promise<StoredMessage | undefined> {
    return this.#message(stream, { seq: sequence }, replicas);
  }

  async #message(stream: string, body: object, replicas: number): Promise<StoredMessage | undefined> {
    if (replicas > 1) return this.#fromLeader(stream, body);
    const answer = await this.#ask(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(body));
    const { headers } = answer;
    if (headers?.code === 404) return undefined;
    if (!headers || headers.code >= 300) {
      throw new ServerRequestFailedError(
        `$JS.API.DIRECT.GET.${stream}`,
        headers?.code ?? 0,
        headers?.description ?? "an answer without headers",
      );
    }
    return {
      // The last ones: a message that came by republishing has those of its first place in its own headers.
      subject: headers.last(headerNames.subject),
      sequence: Number(headers.last(headerNames.sequence)),
      timestampMs: Date.parse(headers.last(headerNames.timestamp)),
      bytes: answer.data,
      header: (name) => (headers.has(name) ? headers.get(name) : undefined),
    };
  }

  failure(subject: string, error: ApiError): Error {
    if (error.err_code === errorNumbers.notEnabled) return new JetStreamDisabledError(this.#server);
    if (noRoom.has(error.err_code)) return new StorageFullError(subject, error.description);
    if (error.err_code === errorNumbers.storeFailed) {
      if (error.description.includes("maximum messages exceeded")) {
        return new QueueFullError(`'${subject}'`, `${error.description} (option queueMessagesMax)`);
      }
      // Too many bytes in the stream, or the words of the operating system.
      if (/maximum bytes exceeded|no space left|quota exceeded/i.test(error.description)) {
        return new StorageFullError(subject, error.description);
      }
    }
    return new ServerRequestFailedError(subject, error.err_code, error.description);
  }

  async #fromLeader(stream: string, body: unknown): Promise<StoredMessage | undefined> {
    type Answer = { message: { subject: string; seq: number; time: string; data?: string; hdrs?: string } };
    try {
      const { message } = await this.call<Answer>(`STREAM.MSG.GET.${stream}`, body);
      const headers = Buffer.from(message.hdrs ?? "", "base64");
      return {
        subject: message.subject,
        sequence: message.seq,
        timestampMs: Date.parse(message.time),
        bytes: Buffer.from(message.data ?? "", "base64"),
        header: (name) => headerOf(headers, name),
      };
    } catch (error) {
      if (isServerError(error, errorNumbers.noMessageFound)) return undefined;
      throw error;
    }
  }

  #ask(subject: string, body: string, deadlineMs?: number): Promise<Msg> {
    return new Promise((resolve, reject) => {
      this.#channel.send({
        subject,
        data: Buffer.from(body),
        bytes: 0,
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
        onAnswer: (answer) => {
          if (isTemporary(answer)) return false;
          resolve(answer);
          return true;
        },
        onFailure: reject,
      });
    });
  }
}

export function isServerError(error: unknown, errCode: number): boolean {
  return error instanceof ServerRequestFailedError && error.errCode === errCode;
}

/** Whether an answer of the API or of a stream says that the same request may succeed in a moment. */
export function isTemporary(answer: Msg): boolean {
  const { data } = answer;
  // Both forms of error answers are JSON; 123 is "{". Long answers are results.
  if (data.length === 0 || data.length > 1_000 || data[0] !== 123) return false;
  const text = answer.string();
  if (!text.includes('"err_code"')) return false;
  try {
    const { error } = JSON.parse(text) as { error?: ApiError };
    return error !== undefined && temporary.has(error.err_code);
  } catch {
    return false;
  }
}

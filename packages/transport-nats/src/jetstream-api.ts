import { QueueFullError, StorageFullError } from "@arpeggio/core";
import type { Msg } from "@nats-io/nats-core";
import type { RequestChannel } from "./request-channel.ts";
import { apiAnswerIn, isTemporary, messageFromLeader, messageGiven } from "./server-answers.ts";
import type { ApiError, StoredMessage } from "./server-answers.ts";
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

/** Resources, memory, storage: what the server or the account may use is used up. */
const noRoom: ReadonlySet<number> = new Set([10023, 10028, 10047]);

/**
 * Requests to JetStream. Each one is repeated over reconnects, so only ones that bear it are made.
 *
 * Streams and consumers are made here rather than by the manager of `@nats-io/jetstream`. That one asks once and gives up after a time, takes a
 * server between two leaders for one without JetStream, and creates consumers under a subject of the user's permissions that holds their
 * filter; around it, repeats and errors would have to be made a second time, for four requests of one line each.
 */
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
    const said = apiAnswerIn(subject, answer.data);
    if (said.error !== undefined) throw this.failure(subject, said.error);
    return said.result as T;
  }

  /**
   * The same for what must not be done twice: it is sent once.
   *
   * @returns whether it is known to be done.
   */
  async callOnce(verb: string, body?: unknown): Promise<boolean> {
    const subject = `$JS.API.${verb}`;
    const said = await new Promise<Msg | undefined>((resolve, reject) => {
      this.#channel.send({
        subject,
        data: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
        bytes: 0,
        repeat: { stillWanted: () => false },
        onWithdrawn: () => resolve(undefined),
        onAnswer: (answer) => {
          resolve(answer);
          return true;
        },
        onFailure: reject,
      });
    });
    if (said === undefined) return false;
    const { error } = apiAnswerIn(subject, said.data);
    if (error !== undefined) throw this.failure(subject, error);
    return true;
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
    const subject = `$JS.API.DIRECT.GET.${stream}`;
    const answer = await this.#ask(subject, JSON.stringify(body));
    const { code = 0, description = "" } = answer.headers ?? {};
    if (code === 404) return undefined;
    if (code >= 300) throw new ServerRequestFailedError(subject, code, description);
    return messageGiven(subject, answer);
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
    const verb = `STREAM.MSG.GET.${stream}`;
    try {
      return messageFromLeader(`$JS.API.${verb}`, await this.call(verb, body));
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
          if (isTemporary(answer.data)) return false;
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

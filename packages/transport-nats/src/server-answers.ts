import type { Msg } from "@nats-io/nats-core";
import { headerNames, headerOf } from "./message-headers.ts";
import { ServerRequestFailedError } from "./server-errors.ts";

/**
 * What the answers of a server say. Each of these functions gives what its type promises, whatever the bytes are: an answer may
 * have been cut on its way, or come from somebody who may publish to this process's inbox.
 */

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

/**
 * A cluster between two leaders, or a server that is just starting: 10008 and 10009. The leader of a stream is storing a message
 * with the same id at this moment: 10158; whether it comes to that is known only when it is asked again.
 */
const temporary: ReadonlySet<number> = new Set([10008, 10009, 10158]);
const BRACE = 0x7b;
const QUOTE = 0x22;
const LETTER_S = 0x73;
/** `"seq":` in an acknowledgement. Its stream's name comes before and cannot hold a quotation mark. */
const SEQUENCE_KEY = Buffer.from('"seq":');

/** Whether an answer is an acknowledgement, which begins with the stream's name: `{"s`. Errors begin with `{"e`. */
export function isAcknowledgement(data: Uint8Array): boolean {
  return data[2] === LETTER_S && data[0] === BRACE && data[1] === QUOTE;
}

/**
 * The stored message's sequence, read without parsing the rest: every write gets an acknowledgement.
 *
 * @throws {@link ServerRequestFailedError} where it has none.
 */
export function sequenceIn(subject: string, data: Uint8Array): number {
  const key = Buffer.from(data.buffer, data.byteOffset, data.length).indexOf(SEQUENCE_KEY);
  let sequence = 0;
  let at = key + SEQUENCE_KEY.length;
  for (let digit = digitAt(data, at); digit >= 0 && digit <= 9; digit = digitAt(data, ++at)) {
    sequence = sequence * 10 + digit;
  }
  if (key < 0 || sequence < 1 || !Number.isSafeInteger(sequence)) throw unreadable(subject);
  return sequence;
}

function digitAt(data: Uint8Array, at: number): number {
  return (data[at] ?? 0) - 48;
}

/** Whether an answer of the API or of a stream says that the same request may succeed in a moment. */
export function isTemporary(data: Uint8Array): boolean {
  // Long answers are results.
  if (data.length > 1_000 || data[0] !== BRACE) return false;
  const error = apiErrorOf(parsed(data)?.["error"]);
  return error !== undefined && temporary.has(error.err_code);
}

/** The error that a write was answered with. @throws {@link ServerRequestFailedError} where the answer is none. */
export function errorIn(subject: string, data: Uint8Array): ApiError {
  const error = apiErrorOf(parsed(data)?.["error"]);
  if (error === undefined) throw unreadable(subject);
  return error;
}

/** What the API has answered: a result, or why there is none. @throws {@link ServerRequestFailedError} where it is neither. */
export function apiAnswerIn(
  subject: string,
  data: Uint8Array,
): { readonly error: ApiError } | { readonly error?: never; readonly result: Readonly<Record<string, unknown>> } {
  const { error: given, ...result } = parsed(data) ?? {};
  if (given === undefined && data[0] === BRACE && Object.keys(result).length > 0) return { result };
  const error = apiErrorOf(given);
  if (error === undefined) throw unreadable(subject);
  return { error };
}

function apiErrorOf(given: unknown): ApiError | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const { code = 0, err_code = 0, description = "" } = given as Partial<ApiError>;
  if (typeof code !== "number" || typeof err_code !== "number" || typeof description !== "string") return undefined;
  return { code, err_code, description };
}

/** The message in the answer of a stream's leader. @throws {@link ServerRequestFailedError} */
export function messageFromLeader(subject: string, answer: Readonly<Record<string, unknown>>): StoredMessage {
  const { message } = answer;
  if (typeof message !== "object" || message === null) throw unreadable(subject);
  const { subject: own, seq, time, data = "", hdrs = "" } = message as Readonly<Record<string, unknown>>;
  if (typeof data !== "string" || typeof hdrs !== "string") throw unreadable(subject);
  const headers = Buffer.from(hdrs, "base64");
  const bytes = Buffer.from(data, "base64");
  return soundMessage(subject, { subject: own, sequence: seq, time, bytes, header: (name) => headerOf(headers, name) });
}

/** The message that a stream has given directly. @throws {@link ServerRequestFailedError} */
export function messageGiven(subject: string, { headers, data }: Pick<Msg, "headers" | "data">): StoredMessage {
  if (headers === undefined) throw unreadable(subject);
  return soundMessage(subject, {
    // The last ones: a message that came by republishing has those of its first place in its own headers.
    subject: headers.last(headerNames.subject),
    sequence: Number(headers.last(headerNames.sequence)),
    time: headers.last(headerNames.timestamp),
    bytes: data,
    header: (name) => (headers.has(name) ? headers.get(name) : undefined),
  });
}

/** The places of messages are counted on: one that is no number would have a reader go on from nowhere, without end. */
function soundMessage(
  asked: string,
  found: Omit<StoredMessage, "subject" | "sequence" | "timestampMs"> &
    Readonly<Record<"subject" | "sequence" | "time", unknown>>,
): StoredMessage {
  const { subject, sequence, time, bytes, header } = found;
  const timestampMs = typeof time === "string" ? Date.parse(time) : Number.NaN;
  const isSound = typeof subject === "string" && typeof sequence === "number" && Number.isSafeInteger(sequence);
  if (!isSound || subject === "" || sequence < 1 || Number.isNaN(timestampMs)) throw unreadable(asked);
  return { subject, sequence, timestampMs, bytes, header };
}

/** Undefined where it is no JSON object. */
function parsed(data: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  if (data[0] !== BRACE) return undefined;
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.length).toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function unreadable(subject: string): ServerRequestFailedError {
  return new ServerRequestFailedError(subject, 0, "its answer cannot be read");
}

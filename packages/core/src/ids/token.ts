import { randomBytes } from "node:crypto";
import { ArpeggioError } from "../errors/arpeggio-error.ts";

const TOKEN = /^[A-Za-z0-9_-]{1,128}$/;

/** A run id, queue name or other name that becomes part of a subject or key has characters that cannot stand there. */
export class NameInvalidError extends ArpeggioError {
  override readonly name = "NameInvalidError";
  readonly code = "NAME_INVALID";
  readonly hint = "Use 1 to 128 letters, digits, '-' and '_'.";
  constructor(what: string, value: unknown) {
    super(`${what} ${JSON.stringify(value)?.slice(0, 200) ?? String(value)} is not a valid name`);
  }
}

/** `value` itself, checked to be one token of a subject or key. `what` names it in the error, e.g. `run id`. */
export function token(what: string, value: string): string {
  if (typeof value !== "string" || !TOKEN.test(value)) throw new NameInvalidError(what, value);
  return value;
}

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

let bytesOf: (length: number) => Uint8Array = randomBytes;

/**
 * Takes the bytes of random tokens from elsewhere, until the returned function is called. For simulations, where one seed
 * must always lead to the same course of events.
 */
export function replaceTokenBytes(source: (length: number) => Uint8Array): () => void {
  const before = bytesOf;
  bytesOf = source;
  return () => {
    bytesOf = before;
  };
}

/** A random token of `length` characters out of 62: 12 of them are 71 bits. */
export function randomToken(length = 12): string {
  let text = "";
  while (text.length < length) {
    // 248 is the largest multiple of 62 in a byte; what lies above would favour the first digits.
    for (const byte of bytesOf(length)) if (byte < 248 && text.length < length) text += DIGITS[byte % 62];
  }
  return text;
}

/** Makes ids that differ: a random token of this maker's own, then a counter. Cheap enough for a million a second. */
export function createIdMaker(): () => string {
  const own = randomToken();
  let count = 0;
  return () => `${own}-${(count++).toString(36)}`;
}

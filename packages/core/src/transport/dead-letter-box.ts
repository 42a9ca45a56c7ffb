import { createHash } from "node:crypto";
import { encodeDeadLetter } from "../wire/dead-letter-codec.ts";
import type { DeadLetterRecord } from "../wire/records.ts";
import type { Transport } from "./transport.ts";

const HASH_CHARS = 24;

/** A record that is to be set aside. */
export interface FoundRecord extends Omit<DeadLetterRecord, "at" | "code" | "message"> {
  /** What is wrong with it: an error with a code. */
  readonly reason: { readonly code: string; readonly message: string };
  /** What the key has behind the source. @defaultValue a hash of the bytes, so that the same record is kept once */
  readonly place?: string;
}

/** Stores a record that nobody can use in the dead letters, with its bytes. Resolves with the letter's key. */
export async function setAside(
  transport: Pick<Transport, "bucket" | "clock">,
  { reason, place, ...record }: FoundRecord,
): Promise<string> {
  const hash = () => createHash("sha256").update(record.bytes).digest("hex").slice(0, HASH_CHARS);
  const key = `${record.source}.${place ?? hash()}`;
  const { code, message } = reason;
  const letter = encodeDeadLetter({ ...record, code, message, at: transport.clock.now() });
  await transport.bucket("dead-letters").put(key, letter);
  return key;
}

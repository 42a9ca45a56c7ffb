import { NameInvalidError } from "@arpeggio/core";

const KEY = /^[A-Za-z0-9_=-]+(\.[A-Za-z0-9_=-]+)*$/;
const PATTERN = /^([A-Za-z0-9_=-]+|\*)(\.([A-Za-z0-9_=-]+|\*))*(\.>)?$/;
/** A server ends the connection of whoever sends a line of more than 4,096 bytes, and subjects stand in such lines. */
const CHARS_MAX = 512;

/** `key` itself, as it may stand behind a prefix in a subject. @throws NameInvalidError */
export function checkedKey(what: string, key: string): string {
  if (typeof key === "string" && key.length <= CHARS_MAX && KEY.test(key)) return key;
  throw new NameInvalidError(what, key);
}

/** The same with wildcards. @throws NameInvalidError */
export function checkedPattern(what: string, pattern: string): string {
  if (pattern === ">") return pattern;
  if (typeof pattern === "string" && pattern.length <= CHARS_MAX && PATTERN.test(pattern)) return pattern;
  throw new NameInvalidError(what, pattern);
}

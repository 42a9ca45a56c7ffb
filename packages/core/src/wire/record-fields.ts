import { RecordUndecodableError } from "./frame.ts";
import { isPlainObject } from "./value-not-serialisable.ts";

/** The last moment that a `Date` holds, in milliseconds since 1970. */
export const MOMENT_MS_MAX = 8.64e15;

/**
 * The fields of a record as msgpackr gave them. Each is read with the type that it must have: the functions of this file
 * give the field back, or throw {@link RecordUndecodableError}. Fields that are not there are undefined, and fields after
 * the last known one are not looked at, so that a newer writer may add some.
 */
export type Fields = readonly unknown[];

export function fieldsIn(field: unknown): Fields {
  if (!Array.isArray(field)) throw unfit(field, "a list of fields");
  return field;
}

export function text(field: unknown): string {
  if (typeof field !== "string") throw unfit(field, "a text");
  return field;
}

/** Any finite number. */
export function number(field: unknown): number {
  // Other languages write large whole numbers as integers of 64 bits.
  const value = typeof field === "bigint" ? Number(field) : field;
  if (typeof value !== "number" || !Number.isFinite(value)) throw unfit(field, "a finite number");
  return value;
}

/** Milliseconds since 1970, of a moment that a `Date` holds: whoever shows it makes one. */
export function moment(field: unknown): number {
  const value = number(field);
  if (Math.abs(value) > MOMENT_MS_MAX) throw unfit(field, "a moment");
  return value;
}

/** A whole number from 0 to 2^53 - 1. */
export function count(field: unknown): number {
  const value = number(field);
  if (!Number.isSafeInteger(value) || value < 0) throw unfit(field, "a count");
  return value;
}

export function yesOrNo(field: unknown): boolean {
  if (typeof field !== "boolean") throw unfit(field, "true or false");
  return field;
}

export function bytes(field: unknown): Uint8Array {
  if (!(field instanceof Uint8Array)) throw unfit(field, "bytes");
  return field;
}

/** One of a few texts. */
export function choice<T extends string>(field: unknown, choices: readonly T[]): T {
  const chosen = choices.find((each) => each === field);
  if (chosen === undefined) throw unfit(field, `one of ${choices.join(", ")}`);
  return chosen;
}

export function list<T>(field: unknown, read: (element: unknown) => T): T[] {
  return fieldsIn(field).map((element) => read(element));
}

/** An object with values of one kind. */
export function entries<T>(field: unknown, read: (value: unknown) => T): Record<string, T> {
  if (typeof field !== "object" || field === null || !isPlainObject(field)) throw unfit(field, "an object");
  const object: Record<string, T> = {};
  for (const name of Object.keys(field)) object[name] = read(field[name]);
  return object;
}

export function labels(field: unknown): Record<string, string> {
  return entries(field, text);
}

/** Whether a record has the field: one that is left out in the middle is null. */
export function isThere(field: unknown): boolean {
  return field !== undefined && field !== null;
}

export function optional<T>(field: unknown, read: (field: unknown) => T): T | undefined {
  return isThere(field) ? read(field) : undefined;
}

/** Those of these properties that are not undefined. */
export function present<T extends object>(properties: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: Partial<T> = {};
  for (const name in properties) if (properties[name] !== undefined) kept[name] = properties[name];
  return kept as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function unfit(field: unknown, what: string): RecordUndecodableError {
  const found =
    field === undefined ? "nothing" : typeof field === "string" ? `'${field.slice(0, 40)}'` : `a ${typeof field}`;
  return new RecordUndecodableError(`${found} where ${what} must be`);
}

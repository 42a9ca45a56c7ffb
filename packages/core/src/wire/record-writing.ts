import type { MsgpackWriter } from "./msgpack-writer.ts";

/** Fields that may be absent are written as nil; the counterparts of `RecordReader`'s `optional…` methods. */

export function writeOptionalString(writer: MsgpackWriter, value: string | undefined): void {
  if (value === undefined) writer.nil();
  else writer.string(value);
}

export function writeOptionalNumber(writer: MsgpackWriter, value: number | undefined): void {
  if (value === undefined) writer.nil();
  else writer.number(value);
}

export function writeOptionalBoolean(writer: MsgpackWriter, value: boolean | undefined): void {
  if (value === undefined) writer.nil();
  else writer.boolean(value);
}

export function writeOptionalBinary(writer: MsgpackWriter, value: Uint8Array | undefined): void {
  if (value === undefined) writer.nil();
  else writer.binary(value);
}

export function writeOptionalRecord<T>(
  writer: MsgpackWriter,
  value: T | undefined,
  write: (writer: MsgpackWriter, value: T) => void,
): void {
  if (value === undefined) writer.nil();
  else write(writer, value);
}

export function writeList<T>(
  writer: MsgpackWriter,
  list: readonly T[],
  write: (writer: MsgpackWriter, element: T) => void,
): void {
  writer.arrayHeader(list.length);
  for (const element of list) write(writer, element);
}

export function writeStrings(writer: MsgpackWriter, list: readonly string[]): void {
  writer.arrayHeader(list.length);
  for (const text of list) writer.string(text);
}

/** `[name, value, name, value, …]`; labels. */
export function writeLabels(writer: MsgpackWriter, labels: Readonly<Record<string, string>>): void {
  const names = Object.keys(labels);
  writer.arrayHeader(names.length * 2);
  for (const name of names) {
    writer.string(name);
    writer.string(labels[name] as string);
  }
}

/** `[name, count, name, count, …]`, without the counts that are undefined. */
export function writeCounts(writer: MsgpackWriter, counts: Readonly<Record<string, number | undefined>>): void {
  const names = Object.keys(counts).filter((name) => counts[name] !== undefined);
  writer.arrayHeader(names.length * 2);
  for (const name of names) {
    writer.string(name);
    writer.number(counts[name] as number);
  }
}

import { createHash } from "node:crypto";
import { RecordUndecodableError, splitFrames } from "./frame.ts";
import { joined } from "./msgpack-header.ts";
import { bytes, count, list, text } from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";

/** A graph may be as large as this, or as its parts are together: a list that names one part again and again is no graph's. */
const BYTES_ALWAYS = 64 * 1024 * 1024;

/** A graph that is larger than a value of a bucket may be. Parts are stored first: who finds the list finds them all. */
export interface GraphParts {
  /** What is stored under the graph's hash: the keys of the parts. */
  readonly list: Uint8Array;
  /** What is stored under the other keys of the `graphs` bucket. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

/**
 * Cuts a graph, as it was encoded, to values for the `graphs` bucket. A part's key tells its content: two clients that
 * write one graph in two orders of its properties do not mix.
 *
 * @param partBytesMax the largest part, in bytes.
 */
export function splitGraph(graph: Uint8Array, partBytesMax: number): GraphParts {
  const parts = new Map<string, Uint8Array>();
  const keys: string[] = [];
  for (let at = 0; at < graph.length; at += partBytesMax) {
    const part = graph.subarray(at, at + partBytesMax);
    const key = `part-${createHash("sha256").update(part).digest("hex").slice(0, 40)}`;
    parts.set(key, encodeRecord(recordKinds.graphPart, [part]));
    keys.push(key);
  }
  return { list: encodeRecord(recordKinds.graphParts, [graph.length, keys]), parts };
}

/**
 * The keys of the parts of a graph, in order; undefined where the value is the graph itself.
 *
 * @param value what the `graphs` bucket has under the graph's hash.
 * @throws {@link RecordUndecodableError}
 */
export function graphPartKeys(value: Uint8Array): readonly string[] | undefined {
  if (splitFrames(value)[0]?.kind !== recordKinds.graphParts) return undefined;
  return decodeRecord(value, recordKinds.graphParts, readList).keys;
}

/**
 * The graph as it was encoded.
 *
 * @param value the list of the parts.
 * @param parts what the bucket has under their keys, in order; undefined for one that it does not have.
 * @throws {@link RecordUndecodableError}
 */
export function joinGraph(value: Uint8Array, parts: readonly (Uint8Array | undefined)[]): Uint8Array {
  const { size, keys } = decodeRecord(value, recordKinds.graphParts, readList);
  const pieces = keys.map((key, i) => {
    const part = parts[i];
    if (part === undefined) throw new RecordUndecodableError(`'${key}' of the graph is not stored`);
    return decodeRecord(part, recordKinds.graphPart, readPart);
  });
  // Before anything is put together: a list may name one part as often as it likes.
  const found = lengthOf(pieces);
  const stored = lengthOf(new Map(keys.map((key, i) => [key, pieces[i] as Uint8Array])).values());
  if (found !== size) throw new RecordUndecodableError(`${found} bytes of a graph where ${size} must be`);
  if (size > Math.max(BYTES_ALWAYS, stored)) {
    throw new RecordUndecodableError(`parts of ${stored} bytes come to a graph of ${size} bytes`);
  }
  return joined(pieces);
}

function lengthOf(pieces: Iterable<Uint8Array>): number {
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  return bytes;
}

/**
 * A graph as it was encoded, whether it is stored whole or in parts. Each part is fetched once, however often it is named.
 *
 * @param value what the `graphs` bucket has under the graph's hash.
 * @param get gives what it has under another key.
 * @throws {@link RecordUndecodableError}
 */
export async function wholeGraph(
  value: Uint8Array,
  get: (key: string) => Promise<Uint8Array | undefined>,
): Promise<Uint8Array> {
  const keys = graphPartKeys(value);
  if (keys === undefined) return value;
  const entries = Array.from(new Set(keys), async (key) => [key, await get(key)] as const);
  const parts = new Map(await Promise.all(entries));
  return joinGraph(
    value,
    keys.map((key) => parts.get(key)),
  );
}

function readList(fields: Fields): { readonly size: number; readonly keys: readonly string[] } {
  return { size: count(fields[0]), keys: list(fields[1], text) };
}

function readPart(fields: Fields): Uint8Array {
  return bytes(fields[0]);
}

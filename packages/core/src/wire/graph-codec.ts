import { RecordUndecodableError } from "./frame.ts";
import type { Fields } from "./record-fields.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";

/**
 * The value of the `graphs` bucket: a graph is plain data, stored whole, or in parts if it is large (`graph-parts.ts`).
 * Nothing here knows its shape; check it after reading.
 *
 * @throws {@link ValueNotSerialisableError} if it is no plain data.
 */
export function encodeGraph(graph: object): Uint8Array {
  return encodeRecord(recordKinds.graph, [graph]);
}

/** Takes the whole value. @throws {@link RecordUndecodableError} */
export function decodeGraph(bytes: Uint8Array): object {
  return decodeRecord(bytes, recordKinds.graph, readGraph, "copies");
}

function readGraph([graph]: Fields): object {
  if (typeof graph !== "object" || graph === null) throw new RecordUndecodableError("a graph is no object");
  return graph;
}

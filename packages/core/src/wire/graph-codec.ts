import { RecordUndecodableError } from "./frame.ts";
import type { MsgpackWriter } from "./msgpack-writer.ts";
import { decodePayload } from "./payload.ts";
import { decodeRecord, encodeRecord, recordKinds } from "./record-kinds.ts";
import type { RecordReader } from "./record-reader.ts";
import { DECODE_DEPTH_MAX } from "./value-decoder.ts";
import { writeValue } from "./value-encoder.ts";

/**
 * The value of the `graphs` bucket: a graph is plain data, stored whole. Nothing here knows its shape; check it after
 * reading.
 *
 * @throws {@link ValueNotSerialisableError} if it is no plain data.
 */
export function encodeGraph(graph: object): Uint8Array {
  return encodeRecord(recordKinds.graph, graph, writeGraph);
}

/** Takes the whole value. @throws {@link RecordUndecodableError} */
export function decodeGraph(bytes: Uint8Array): object {
  return decodeRecord(bytes, recordKinds.graph, readGraph);
}

/** `[graph]` */
function writeGraph(writer: MsgpackWriter, graph: object): void {
  writer.arrayHeader(1);
  writeValue(writer, graph, DECODE_DEPTH_MAX);
}

function readGraph(reader: RecordReader): object {
  const graph = decodePayload(reader.any());
  if (typeof graph !== "object" || graph === null) throw new RecordUndecodableError("a graph is no object");
  return graph;
}

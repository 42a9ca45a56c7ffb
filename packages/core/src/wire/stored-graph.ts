import type { WorkflowGraph } from "../graph/graph.ts";
import type { KeyValue } from "../transport/key-value.ts";
import { RevisionMismatchError } from "../transport/transport-errors.ts";
import type { Transport } from "../transport/transport.ts";
import { decodeGraph } from "./graph-codec.ts";
import { graphPartKeys, joinGraph, splitGraph } from "./graph-parts.ts";

/** Above this a graph is stored in parts of this size, in bytes; smaller where messages must be. */
const PART_BYTES_MAX = 256 * 1024;

/**
 * Stores a graph as it was encoded; resolves when it is durable.
 *
 * A large one is stored in parts, in the bucket rather than in the blob store: graphs are kept for ever, as the next run of the
 * workflow relies on them, and blobs are not.
 */
export async function storeGraph(transport: Transport, hash: string, encoded: Uint8Array): Promise<void> {
  const bucket = transport.bucket("graphs");
  const partBytesMax = Math.min(PART_BYTES_MAX, Math.floor(transport.limits.messageBytesMax * 0.75));
  if (encoded.length <= partBytesMax) return putOnce(bucket, hash, encoded);
  if ((await bucket.get(hash)) !== undefined) return;
  const { list, parts } = splitGraph(encoded, partBytesMax);
  await Promise.all(Array.from(parts, ([key, part]) => putOnce(bucket, key, part)));
  await putOnce(bucket, hash, list);
}

/**
 * A graph as it was stored, not checked; undefined if there is none of this hash.
 *
 * @throws {@link RecordUndecodableError}
 */
export async function readGraph(transport: Transport, hash: string): Promise<WorkflowGraph | undefined> {
  const bucket = transport.bucket("graphs");
  const value = (await bucket.get(hash))?.value;
  if (value === undefined) return undefined;
  const keys = graphPartKeys(value);
  if (keys === undefined) return decodeGraph(value) as WorkflowGraph;
  const parts = await Promise.all(keys.map(async (key) => (await bucket.get(key))?.value));
  return decodeGraph(joinGraph(value, parts)) as WorkflowGraph;
}

/** Keys tell the content: what is there is the same. */
async function putOnce(bucket: KeyValue, key: string, value: Uint8Array): Promise<void> {
  try {
    await bucket.putAt(key, value, 0);
  } catch (error) {
    if (!(error instanceof RevisionMismatchError)) throw error;
  }
}

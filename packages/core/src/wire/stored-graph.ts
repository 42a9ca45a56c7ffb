import { GraphInvalidError } from "../graph/graph-errors.ts";
import { graphHash } from "../graph/graph-hash.ts";
import { assertGraph } from "../graph/graph-problems.ts";
import type { WorkflowGraph } from "../graph/graph.ts";
import type { KeyValue } from "../transport/key-value.ts";
import { RevisionMismatchError } from "../transport/transport-errors.ts";
import type { Transport } from "../transport/transport.ts";
import { decodeGraph } from "./graph-codec.ts";
import { splitGraph, wholeGraph } from "./graph-parts.ts";

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
 * A graph as it was stored; undefined if there is none of this hash.
 *
 * @throws {@link RecordUndecodableError}, {@link GraphInvalidError} where it is not sound, or not the one of this hash: whoever
 * may store graphs may store any under any hash.
 */
export async function readGraph(transport: Transport, hash: string): Promise<WorkflowGraph | undefined> {
  const bucket = transport.bucket("graphs");
  const value = (await bucket.get(hash))?.value;
  if (value === undefined) return undefined;
  const whole = await wholeGraph(value, async (key) => (await bucket.get(key))?.value);
  return soundGraph(hash, decodeGraph(whole));
}

/**
 * The graph, checked in all its parts. A node that waits for itself, or a queue's name that no message can be sent to, would
 * keep its run from ever ending; a graph that is not the one of its hash would run something else.
 *
 * @throws {@link GraphInvalidError}
 */
export function soundGraph(hash: string, stored: object): WorkflowGraph {
  assertGraph(stored);
  const own = graphHash(stored);
  if (own === hash) return stored;
  throw new GraphInvalidError([{ path: "", message: `has the hash ${own}, so it is not the one that was stored` }]);
}

/** Keys tell the content: what is there is the same. */
async function putOnce(bucket: KeyValue, key: string, value: Uint8Array): Promise<void> {
  try {
    await bucket.putAt(key, value, 0);
  } catch (error) {
    if (!(error instanceof RevisionMismatchError)) throw error;
  }
}

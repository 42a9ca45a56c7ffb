import { blobKeysIn, encodeControlReply, encodeRemains, offloadPayload, randomToken } from "@arpeggio/core";
import type { DoneNode, NodeAnswer, Payload, RunRemains, RunRequest, Transport } from "@arpeggio/core";
import { isFinalReadError } from "./evaluations.ts";
import { statusReply } from "./fitting-reply.ts";
import { nodeAnswerOf } from "./node-answer.ts";
import type { Past } from "./past-reading.ts";
import { remainsOfPast } from "../fold/remains.ts";
import type { RunState } from "../run/run-state.ts";

/** What can be asked of a run beyond its state. */
export type PastRequest = Extract<RunRequest, { readonly type: "status" | "node" | "remains" }>;

/** Who asks is told that it takes longer when it takes longer than this, in milliseconds. */
const LATE_MS = 1_000;
/** So many values in the blob store are looked for; further ones count as gone. */
const BLOBS_SOUGHT_MAX = 1_000;

/** Whether a request is about what the state of a run under way does not have. */
export function isAboutPast(request: RunRequest): request is PastRequest {
  if (request.type === "remains") return true;
  return (request.type === "status" || request.type === "node") && request.past === true;
}

/** The reply to a question about a run, by what is known of its past: nothing where there was no such run. */
export async function pastReply(
  transport: Transport,
  request: PastRequest,
  known: Promise<Past | undefined>,
): Promise<Uint8Array> {
  const { run } = request;
  const past = await soon(transport, known);
  if (past === "late") return encodeControlReply({ type: "reading", run });
  if (past === undefined) return encodeControlReply({ type: "unknown", run });
  if ("why" in past) return encodeControlReply({ type: "gone", run, why: past.why });
  switch (request.type) {
    case "status":
      return statusReply(transport, past, request.nodesMax, 0);
    case "node": {
      const node = await sendable(transport, run, nodeAnswerOf(past, request.node));
      return encodeControlReply({ type: "node", node });
    }
    case "remains":
      return encodeControlReply({ type: "remains", blob: await storedRemains(transport, past, request.within) });
  }
}

async function soon<T>({ clock }: Transport, answer: Promise<T>): Promise<T | "late"> {
  let cancel = () => {};
  const late = new Promise<"late">((resolve) => {
    const timer = clock.after(LATE_MS, () => resolve("late"));
    cancel = () => timer.cancel();
  });
  // Nobody looks at it any more if it fails later.
  answer.catch(() => {});
  return Promise.race([answer, late]).finally(cancel);
}

/** Large values go through the blob store, where the janitor finds them when they have been read. */
async function sendable({ limits, blobs }: Transport, run: string, node: NodeAnswer): Promise<NodeAnswer> {
  if (node.value === undefined) return node;
  const options = { inlineBytesMax: limits.inlineBytesMax, blobs, key: keyOf(run) };
  return { ...node, value: await offloadPayload(node.value, options) };
}

async function storedRemains(transport: Transport, past: RunState, within: string | undefined): Promise<string> {
  const { archive, start } = past;
  if (archive === undefined) throw new TypeError(`run ${start.run} was folded without an archive`);
  const remains = await withoutLost(transport, remainsOfPast(past, archive, within));
  const key = keyOf(start.run);
  await transport.blobs.put(key, encodeRemains(remains));
  return key;
}

function keyOf(run: string): string {
  return `${run}/past-${randomToken(8)}`;
}

/** Without the values of which a part lies in the blob store and is not there any more. */
async function withoutLost(transport: Transport, remains: RunRemains): Promise<RunRemains> {
  const search = new BlobSearch(transport);
  const succeeded: DoneNode[] = [];
  for (const done of remains.succeeded) {
    const { node, value } = done;
    const isLost = value !== undefined && !(await search.hasAll(value));
    succeeded.push(isLost ? { node } : done);
  }
  return { ...remains, succeeded };
}

class BlobSearch {
  readonly #transport: Transport;
  readonly #found = new Map<string, boolean>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async hasAll(value: Payload): Promise<boolean> {
    for (const key of blobKeysIn(value)) if (!(await this.#has(key))) return false;
    return true;
  }

  async #has(key: string): Promise<boolean> {
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    if (this.#found.size >= BLOBS_SOUGHT_MAX) return false;
    // What a blob itself refers to counts, too; one that refers to itself has nothing to give.
    this.#found.set(key, false);
    const isThere = await this.#isReadable(key);
    this.#found.set(key, isThere);
    return isThere;
  }

  async #isReadable(key: string): Promise<boolean> {
    try {
      return await this.hasAll(await this.#transport.blobs.get(key));
    } catch (error) {
      if (isFinalReadError(error)) return false;
      throw error;
    }
  }
}

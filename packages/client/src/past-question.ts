import { BlobNotFoundError, decodeRemains, partitionOf } from "@arpeggio/core";
import type { ControlReply, RunRemains, RunRequest, Transport } from "@arpeggio/core";
import { ANSWER_MS, askOwner } from "./owner.ts";

/** How long a coordinator may take to go through the events of a run, in milliseconds. */
const PATIENCE_MS = 60_000;

/** How long the answer may take where values have to be put into the blob store for it, in milliseconds. */
const VALUES_MS = 15_000;

const REMAINS_TRIES_MAX = 3;

/** Why nothing is to be had but how a run ended: what follows "because". */
export interface PastGone {
  readonly type: "gone";
  readonly why: string;
  /** Nobody has answered in this time, in milliseconds: it may be had later. */
  readonly unansweredMs?: number;
}

type PastReply = Exclude<ControlReply, { readonly type: "unknown" | "reading" | "gone" }> | PastGone;

/** Asks the owner of its partition about a run that has ended: it goes through the run's events again, which takes a moment. */
export async function askPast(transport: Transport, request: RunRequest): Promise<PastReply> {
  const answerMs = request.type === "status" ? ANSWER_MS : VALUES_MS;
  const untilMs = transport.clock.now() + PATIENCE_MS;
  for (;;) {
    const reply = await askOwner(transport, request, answerMs);
    if (reply === undefined) {
      const why = `no coordinator answers for partition ${partitionFor(transport, request)}`;
      return { ...gone(why), unansweredMs: answerMs };
    }
    if (reply.type === "unknown") return gone("its coordinator does not know it any more");
    if (reply.type === "gone") return gone(reply.why);
    if (reply.type !== "reading") return reply;
    if (transport.clock.now() > untilMs)
      return gone(`going through its events takes more than ${PATIENCE_MS / 1_000} s`);
  }
}

/**
 * What the events of a run that has ended have left. The answer lies in a blob for a minute; a server that loses power may lose it before it is
 * read, and then it is asked for once more.
 *
 * @param within the path of a node, of which the parts are wanted, too.
 */
export async function askRemains(transport: Transport, run: string, within?: string): Promise<RunRemains | PastGone> {
  const request = { type: "remains", run, ...(within === undefined ? {} : { within }) } as const;
  for (let tries = 1; ; tries++) {
    const reply = await askPast(transport, request);
    if (reply.type === "gone") return reply;
    if (reply.type !== "remains") return gone("its coordinator tells something else");
    try {
      return decodeRemains(await transport.blobs.get(reply.blob));
    } catch (error) {
      if (!(error instanceof BlobNotFoundError)) throw error;
      if (tries === REMAINS_TRIES_MAX) return gone("what its coordinator found in its events was lost again");
    }
  }
}

function gone(why: string): PastGone {
  return { type: "gone", why };
}

function partitionFor({ events }: Transport, { run }: RunRequest): number {
  return partitionOf(run, events.partitions);
}

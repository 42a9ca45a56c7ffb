import { partitionOf } from "@arpeggio/core";
import type { ControlReply, RunRequest, Transport } from "@arpeggio/core";
import { ANSWER_MS, askOwner } from "./owner.ts";

/** How long a coordinator may take to go through the events of a run, in milliseconds. */
const PATIENCE_MS = 60_000;

/** How long the answer may take where values have to be put into the blob store for it, in milliseconds. */
const VALUES_MS = 15_000;

/** Why nothing is to be had but how a run ended: what follows "because". */
export interface PastGone {
  readonly type: "gone";
  readonly why: string;
}

type PastReply = Exclude<ControlReply, { readonly type: "unknown" | "reading" }> | PastGone;

/** Asks the owner of its partition about a run that has ended: it goes through the run's events again, which takes a moment. */
export async function askPast(transport: Transport, request: RunRequest): Promise<PastReply> {
  const answerMs = request.type === "status" ? ANSWER_MS : VALUES_MS;
  const untilMs = transport.clock.now() + PATIENCE_MS;
  for (;;) {
    const reply = await askOwner(transport, request, answerMs);
    if (reply === undefined) return gone(`no coordinator answers for partition ${partitionFor(transport, request)}`);
    if (reply.type === "unknown") return gone("its coordinator does not know it any more");
    if (reply.type !== "reading") return reply;
    if (transport.clock.now() > untilMs)
      return gone(`going through its events takes more than ${PATIENCE_MS / 1_000} s`);
  }
}

function gone(why: string): PastGone {
  return { type: "gone", why };
}

function partitionFor({ events }: Transport, { run }: RunRequest): number {
  return partitionOf(run, events.partitions);
}

import { busSubjects, decodeControlReply, encodeControlRequest, NoAnswerError, partitionOf } from "@arpeggio/core";
import type { ControlReply, ControlRequest, Transport } from "@arpeggio/core";

/** How long the owner of a partition may take to answer, in milliseconds. */
const ANSWER_MS = 2_000;

/** Asks the coordinator that owns a run's partition; undefined if nobody answers. */
export async function askOwner(transport: Transport, request: ControlRequest): Promise<ControlReply | undefined> {
  const subject = busSubjects.control(partitionOf(request.run, transport.events.partitions));
  try {
    return decodeControlReply(await transport.bus.request(subject, encodeControlRequest(request), ANSWER_MS));
  } catch (error) {
    if (error instanceof NoAnswerError) return undefined;
    throw error;
  }
}

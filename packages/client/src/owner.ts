import {
  busSubjects,
  decodeControlReply,
  encodeControlRequest,
  NoAnswerError,
  partitionOf,
  RecordUndecodableError,
} from "@arpeggio/core";
import type { ControlReply, ControlRequest, RunRequest, Transport } from "@arpeggio/core";
import { keepAside } from "./set-aside.ts";

/** How long the owner of a partition may take to answer, in milliseconds. */
export const ANSWER_MS = 2_000;

/** Asks the coordinator that owns a run's partition; undefined if nobody answers. */
export function askOwner(
  transport: Transport,
  request: RunRequest,
  answerMs = ANSWER_MS,
): Promise<ControlReply | undefined> {
  return askPartition(transport, partitionOf(request.run, transport.events.partitions), request, answerMs);
}

/** Asks the coordinator that owns a partition; undefined if nobody answers. */
export async function askPartition(
  transport: Transport,
  partition: number,
  request: ControlRequest,
  answerMs = ANSWER_MS,
): Promise<ControlReply | undefined> {
  let bytes: Uint8Array = encodeControlRequest(request);
  try {
    bytes = await transport.bus.request(busSubjects.control(partition), bytes, answerMs);
    return decodeControlReply(bytes);
  } catch (error) {
    if (error instanceof NoAnswerError) return undefined;
    if (error instanceof RecordUndecodableError) keepAside(transport, { source: "control", bytes, reason: error });
    throw error;
  }
}

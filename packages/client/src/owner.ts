import {
  busSubjects,
  decodeControlReply,
  encodeControlRequest,
  NoAnswerError,
  partitionOf,
  RecordUndecodableError,
} from "@arpeggio/core";
import type { ControlReply, ControlRequest, Transport } from "@arpeggio/core";
import { keepAside } from "./set-aside.ts";

/** How long the owner of a partition may take to answer, in milliseconds. */
const ANSWER_MS = 2_000;

/** Asks the coordinator that owns a run's partition; undefined if nobody answers. */
export async function askOwner(transport: Transport, request: ControlRequest): Promise<ControlReply | undefined> {
  const subject = busSubjects.control(partitionOf(request.run, transport.events.partitions));
  let bytes: Uint8Array = encodeControlRequest(request);
  try {
    bytes = await transport.bus.request(subject, bytes, ANSWER_MS);
    return decodeControlReply(bytes);
  } catch (error) {
    if (error instanceof NoAnswerError) return undefined;
    if (error instanceof RecordUndecodableError) keepAside(transport, { source: "control", bytes, reason: error });
    throw error;
  }
}

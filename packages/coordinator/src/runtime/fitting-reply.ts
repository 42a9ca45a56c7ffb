import { encodeControlReply } from "@arpeggio/core";
import type { ControlReply, Transport } from "@arpeggio/core";
import { NO_LETTERS } from "./letters-of-run.ts";
import type { LettersOfRun } from "./letters-of-run.ts";
import { statusOf } from "./run-status.ts";
import type { RunState } from "../run/run-state.ts";

const NODES_SHOWN_MAX = 10_000;

/** A reply that tells of up to `most` things. There may be more to tell than one message takes; then as much is told as fits. */
export function fittingReply(
  { limits }: Transport,
  most: number,
  replyOf: (count: number) => ControlReply,
): Uint8Array {
  for (let count = most; ; count = Math.floor(count / 2)) {
    const reply = encodeControlReply(replyOf(count));
    if (reply.length <= limits.messageBytesMax || count === 0) return reply;
  }
}

/** How a run stands. */
export function statusReply(
  transport: Transport,
  run: RunState,
  nodesMax: number,
  liveSequence: number,
  letters: LettersOfRun = NO_LETTERS,
): Uint8Array {
  return fittingReply(transport, Math.min(nodesMax, NODES_SHOWN_MAX), (shown) => {
    const { nodes, ...status } = statusOf(run, shown, liveSequence);
    return { type: "status", status: { ...status, nodes: nodes.map((node) => letters.told(node)) } };
  });
}

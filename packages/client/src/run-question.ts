import { NoAnswerError } from "@arpeggio/core";
import type { ControlReply, OutcomeRecord, RunRequest, Transport } from "@arpeggio/core";
import { RunNotFoundError } from "./client-errors.ts";
import { RunEndedError } from "./control-errors.ts";
import type { OutcomeBoard } from "./outcome-board.ts";
import { ANSWER_MS, askOwner } from "./owner.ts";
import type { RunWatch } from "./run-watch.ts";

/** What is there to be told of a run. */
export type RunAnswer =
  | { readonly kind: "reply"; readonly reply: Exclude<ControlReply, { type: "unknown" }> }
  | { readonly kind: "ended"; readonly outcome: OutcomeRecord }
  /** Its start is stored and was not read yet. */
  | { readonly kind: "starting" }
  /** It has not ended, and no coordinator answers. */
  | { readonly kind: "nobody" };

/** A start that is stored is read within milliseconds; a takeover takes longer. */
const TRIES = 8;
const RETRY_MS = 50;
const RETRY_MS_MAX = 2_000;

/**
 * Asks the owner of the run's partition, and the stored results where it does not know the run.
 *
 * @throws RunNotFoundError where nobody knows it, and nothing has ever shown that it exists.
 */
export async function askRun(
  transport: Transport,
  board: OutcomeBoard,
  watch: RunWatch,
  request: RunRequest,
): Promise<RunAnswer> {
  let delayMs = RETRY_MS;
  for (let tries = 1; ; tries++) {
    const known = watch.outcome();
    if (known !== undefined) return { kind: "ended", outcome: known };
    const reply = await askOwner(transport, request);
    if (reply !== undefined && reply.type !== "unknown") {
      watch.isKnown = true;
      return { kind: "reply", reply };
    }
    const outcome = await board.lookUp(watch);
    if (outcome !== undefined) return { kind: "ended", outcome };
    if (reply === undefined) return { kind: "nobody" };
    if (tries === TRIES) break;
    // The owner does not know it: its start may just not have been read.
    await new Promise<void>((resolve) => void transport.clock.after(delayMs, resolve));
    delayMs = Math.min(delayMs * 2, RETRY_MS_MAX);
  }
  if (!watch.isKnown) throw new RunNotFoundError(watch.run);
  return { kind: "starting" };
}

/**
 * The same for what can be answered only while the run is under way.
 *
 * @throws RunEndedError, RunNotFoundError
 * @throws NoAnswerError if no coordinator answers.
 */
export async function askActiveRun(
  transport: Transport,
  board: OutcomeBoard,
  watch: RunWatch,
  request: RunRequest,
): Promise<Exclude<ControlReply, { type: "unknown" }>> {
  const answer = await askRun(transport, board, watch, request);
  if (answer.kind === "reply") return answer.reply;
  if (answer.kind === "ended") throw new RunEndedError(watch.run, answer.outcome.state);
  throw new NoAnswerError(`the coordinator of run ${watch.run}`, ANSWER_MS);
}

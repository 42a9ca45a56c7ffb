import { decodeOutcome } from "@arpeggio/core";
import type { RunEnded } from "@arpeggio/core";
import { cutOffRun } from "./end-run.ts";
import { finish } from "./finish.ts";
import type { FoldContext } from "./fold-context.ts";

/**
 * The run has ended in a part of the log that is lost, and its outcome is stored: it ends with that. What is under way by what is
 * left of the log is given up and not undone; what its nodes have come to is not known, and counts as cancelled. An outcome of
 * another start with the same id changes nothing.
 */
export function runEnded(context: FoldContext, event: RunEnded): void {
  const { run } = context;
  const outcome = decodeOutcome(event.outcome);
  if (!isOfStart(outcome, run)) return;
  cutOffRun(context);
  run.isEndTold = true;
  // Its queues may have more of it than its nodes show, so its workers are told in any case.
  context.aborted.length = 0;
  context.commands.push({ type: "abort", reason: "the run has ended" });
  // The event's bytes are those of its message.
  finish(context, outcome.state, { ...failureIn(outcome), stored: new Uint8Array(event.outcome) });
  run.endedAtMs = outcome.endedAtMs;
}

/** Whether an outcome is that of the run with this start: ids may be used again. */
export function isOfStart(outcome: { readonly startedAtMs: number }, start: { readonly startedAtMs: number }): boolean {
  return outcome.startedAtMs === start.startedAtMs;
}

function failureIn({ failure }: ReturnType<typeof decodeOutcome>): Pick<Parameters<typeof finish>[2], "failure"> {
  return failure === undefined ? {} : { failure };
}

import type { NodeFailure, Payload, RunFailureRecord } from "@arpeggio/core";
import type { FinishCommand } from "./commands.ts";
import type { FoldContext } from "./fold-context.ts";
import { remainsOf } from "./remains.ts";
import { isRunEnded, nextRunLife } from "../run/run-machine.ts";
import type { RunState } from "../run/run-state.ts";

const STEPS = { succeeded: "succeed", failed: "fail", cancelled: "cancel" } as const;

/** Ends the run. Nothing of it may be under way any more. */
export function finish(
  context: FoldContext,
  state: FinishCommand["state"],
  end: Pick<FinishCommand, "value" | "failure" | "stored">,
): void {
  const { run } = context;
  if (isRunEnded(run.life)) return;
  run.life = nextRunLife(run.life, STEPS[state]);
  run.failure = end.failure;
  run.endedAtMs = context.timestampMs;
  run.timers = undefined;
  run.evaluations = undefined;
  if (run.archive !== undefined) run.archive.cutOff = context.cutOff ?? [];
  const remains = state === "succeeded" || end.stored !== undefined ? undefined : remainsOf(context);
  context.commands.push({ type: "finish", state, ...end, ...(remains === undefined ? {} : { remains }) });
}

/** Ends the run with the failure of one of its nodes; one that somebody has cancelled cancels the run. */
export function finishFailed(context: FoldContext, failure: NodeFailure, partial: Payload | undefined): void {
  const state = failure.code === "NODE_CANCELLED" ? "cancelled" : "failed";
  finish(context, state, { failure: runFailureOf(context.run, failure, partial) });
}

/** The run's failure that a node's failure leads to. */
function runFailureOf(run: RunState, failure: NodeFailure, partial: Payload | undefined): RunFailureRecord {
  const after = failure.attempt > 1 ? ` in attempt ${failure.attempt}` : "";
  return {
    code: failure.code,
    message: `node '${failure.node}' failed${after}: ${failure.message}`,
    node: failure.node,
    attempt: failure.attempt,
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
    failures: run.failures,
    ...(partial === undefined ? {} : { partial }),
  };
}

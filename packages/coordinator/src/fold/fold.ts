import type { RunEvent } from "@arpeggio/core";
import { workOff } from "./agenda.ts";
import { attemptFailed, attemptStarted, attemptSucceeded } from "./attempt-events.ts";
import { nodesCancelRequested } from "./cancel-nodes.ts";
import type { Command } from "./commands.ts";
import { attemptReplaced } from "./composites/replacement.ts";
import { signalReceived } from "./composites/signal.ts";
import { runCancelRequested } from "./end-run.ts";
import type { FoldContext, PlanOf } from "./fold-context.ts";
import { runPauseRequested, runResumeRequested } from "./pause.ts";
import { runEnded } from "./run-ended.ts";
import { expressionEvaluated, runStarted } from "./run-events.ts";
import { timerFired } from "./timer-events.ts";
import { nodeCode } from "../run/node-table.ts";
import { isRunEnded } from "../run/run-machine.ts";
import type { RunState } from "../run/run-state.ts";

const NOTHING: readonly Command[] = [];

/**
 * What an event does to a run, and what must be done because of it.
 *
 * Pure in effect: no I/O, no clock, no randomness; the same events in the same order give the same states and commands. The
 * state is changed in place, because a copy would cost as much as the run has nodes.
 *
 * @param timestampMs when the log stored the event.
 * @param planOf the graph that `attempt.replaced` names; nothing else asks for one.
 */
export function fold(
  run: RunState,
  event: RunEvent,
  timestampMs: number,
  planOf: PlanOf = unknownGraph,
): readonly Command[] {
  if (isRunEnded(run.life)) return NOTHING;
  const context: FoldContext = {
    run,
    timestampMs,
    commands: [],
    agenda: [],
    aborted: [],
    leftovers: undefined,
    cutOff: undefined,
    dropped: undefined,
  };
  if (run.times !== undefined) run.times.nowMs = timestampMs - run.startedAtMs;
  apply(context, event, planOf);
  workOff(context);
  return context.aborted.length === 0 ? context.commands : withAbort(context);
}

function unknownGraph(hash: string): ReturnType<PlanOf> {
  return { code: "GRAPH_NOT_FOUND", message: `the graph ${hash} was not read` };
}

function apply(context: FoldContext, event: RunEvent, planOf: PlanOf): void {
  if (event.type === "run.started") return runStarted(context);
  // Only its start brings a run to life: what is reported about it before that cannot be about this run.
  if (context.run.life === "scheduled") return;
  switch (event.type) {
    case "attempt.started":
      return attemptStarted(context, event);
    case "attempt.succeeded":
      return attemptSucceeded(context, event);
    case "attempt.failed":
      return attemptFailed(context, event);
    case "timer.fired":
      return timerFired(context, event);
    case "expression.evaluated":
      return expressionEvaluated(context, event);
    case "run.cancel.requested":
      return runCancelRequested(context, event);
    case "attempt.replaced":
      return attemptReplaced(context, event, planOf);
    case "nodes.cancel.requested":
      return nodesCancelRequested(context, event);
    case "run.pause.requested":
      return runPauseRequested(context, event);
    case "run.resume.requested":
      return runResumeRequested(context);
    case "signal.received":
      return signalReceived(context, event);
    case "run.ended":
      return runEnded(context, event);
  }
}

/** The commands without what was released and cancelled by one event, and with a word to the workers of the rest. */
function withAbort({ run, aborted, commands }: FoldContext): readonly Command[] {
  const unsent = new Set<number>();
  const kept = commands.filter((command) => {
    if (command.type !== "dispatch" || run.states[command.node] === nodeCode.queued) return true;
    unsent.add(command.node);
    return false;
  });
  const nodes = aborted.filter((node) => !unsent.has(node));
  if (nodes.length === 0) return kept;
  const last = kept.at(-1);
  if (last?.type !== "finish")
    return [...kept, { type: "abort", nodes, reason: "another part has failed, or made it superfluous" }];
  // Workers are told to stop before the world is told that the run is over.
  const reason = run.failure?.message ?? "the run has ended";
  return [...kept.slice(0, -1), { type: "abort", reason }, last];
}

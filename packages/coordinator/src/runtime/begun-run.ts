import { isArpeggioError, RecordUndecodableError } from "@arpeggio/core";
import type { LogMessage, RunStarted } from "@arpeggio/core";
import type { FoundParts } from "./event-intake.ts";
import type { PlanLoader, PlanProblem } from "./plan-loader.ts";
import { keepFrom } from "../fold/kept.ts";
import type { Plan } from "../run/plan.ts";
import { runLimits } from "../run/run-limits.ts";
import { furtherGraphsOf, restoreRun } from "../run/run-snapshot.ts";
import type { RunSnapshot } from "../run/run-snapshot.ts";
import { createRun } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";

/** A run before its start is folded; why it cannot begin, where something that the start names cannot be had. */
export function begunRun(
  event: RunStarted,
  { sequence, timestampMs }: Pick<LogMessage, "sequence" | "timestampMs">,
  { planOf, keptOf }: FoundParts,
): RunState | PlanProblem {
  const plan = planOf(event.graph);
  if ("code" in plan) return plan;
  const state = createRun(plan, event, timestampMs);
  state.startSequence = sequence;
  if (event.kept === undefined) return state;
  const blob = keptOf(event.kept);
  try {
    if (blob instanceof Error) throw blob;
    keepFrom(state, blob);
    return state;
  } catch (error) {
    if (!isArpeggioError(error)) throw error;
    return { code: error.code, message: `what the run is to keep of an earlier one cannot be read: ${error.message}` };
  }
}

/**
 * A run as its checkpoint has it; why not, where one of its graphs cannot be had.
 *
 * @throws RecordUndecodableError where the state makes no sense.
 */
export async function restoredRun(snapshot: RunSnapshot, plans: PlanLoader): Promise<RunState | PlanProblem> {
  const plan = await plans.load(snapshot.start.graph);
  if ("code" in plan) return plan;
  const further = new Map<string, Plan>();
  for (const hash of furtherGraphsOf(snapshot)) {
    const one = await plans.load(hash);
    if ("code" in one) return one;
    further.set(hash, one);
  }
  try {
    return restoreRun(snapshot, plan, runLimits, further);
  } catch (error) {
    // Whatever a broken state does to the restoring, it is the state's fault and only its run's.
    throw isArpeggioError(error) ? error : new RecordUndecodableError("the state of a run cannot be restored", error);
  }
}

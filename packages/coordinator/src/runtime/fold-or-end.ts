import type { RunEvent } from "@arpeggio/core";
import type { CoordinatorLogger } from "./logger.ts";
import type { Command } from "../fold/commands.ts";
import { fold } from "../fold/fold.ts";
import type { PlanOf } from "../fold/fold-context.ts";
import type { RunState } from "../run/run-state.ts";

/** Folds an event. A fault of the fold itself ends the run, in every replay; the other runs of the partition go on. */
export function foldOrEnd(
  state: RunState,
  event: RunEvent,
  timestampMs: number,
  { planOf, log }: { readonly planOf: PlanOf; readonly log: CoordinatorLogger },
): readonly Command[] {
  try {
    return fold(state, event, timestampMs, planOf);
  } catch (error) {
    log.error(`run ${event.run} could not be folded`, error);
    state.life = "failed";
    state.endedAtMs = timestampMs;
    const message = `the coordinator could not handle ${event.type}: ${error instanceof Error ? error.message : String(error)}`;
    return [{ type: "finish", state: "failed", failure: { code: "COORDINATOR_FAULT", message, failures: [] } }];
  }
}

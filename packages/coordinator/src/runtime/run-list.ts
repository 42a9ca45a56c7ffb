import { compareRunPlaces } from "@arpeggio/core";
import type { RunConditions, RunListRequest, RunPlace, RunSummaryRecord } from "@arpeggio/core";
import type { OwnedRun } from "./owned-run.ts";
import { pauseReasonOf } from "./run-status.ts";

/** The runs that an owner has in hand, as a list asks for them. */
export interface RunList {
  readonly runs: readonly RunSummaryRecord[];
  /** False where there are more of them. */
  readonly isWhole: boolean;
}

/** Looks at every run of the partition once; newest first. */
export function listRuns(all: Iterable<OwnedRun>, request: RunListRequest): RunList {
  const found: OwnedRun[] = [];
  for (const run of all) if (isMeant(run, request)) found.push(run);
  found.sort((one, other) => compareRunPlaces(placeOf(one), placeOf(other)));
  return { runs: found.slice(0, request.limit).map(summaryOf), isWhole: found.length <= request.limit };
}

function placeOf({ state }: OwnedRun): RunPlace {
  return [state.startedAtMs, state.start.run];
}

function isMeant(run: OwnedRun, { workflow, label, sinceMs, isPaused, after }: RunConditions): boolean {
  const { state } = run;
  const { start, startedAtMs } = state;
  if (after !== undefined && compareRunPlaces(placeOf(run), after) <= 0) return false;
  if (workflow !== undefined && start.workflow !== workflow) return false;
  if (label !== undefined && start.labels?.[label[0]] !== label[1]) return false;
  if (sinceMs !== undefined && startedAtMs < sinceMs) return false;
  return isPaused === undefined || isPaused === (pauseReasonOf(state) !== undefined);
}

function summaryOf({ state }: OwnedRun): RunSummaryRecord {
  const { start, startedAtMs } = state;
  const { run, workflow, labels } = start;
  const paused = pauseReasonOf(state);
  return {
    run,
    workflow,
    startedAtMs,
    ...(labels === undefined ? {} : { labels }),
    ...(paused === undefined ? {} : { paused }),
  };
}

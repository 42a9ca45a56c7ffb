import { ArpeggioError } from "@arpeggio/core";

/** A run that has not ended was to be redriven. */
export class RunNotEndedError extends ArpeggioError {
  override readonly name = "RunNotEndedError";
  readonly code = "RUN_NOT_ENDED";
  readonly hint = "Wait for its end, or cancel it first.";
  readonly runId: string;
  constructor(runId: string) {
    super(`run ${runId} has not ended, so it cannot be redriven`);
    this.runId = runId;
  }
}

/** A run that succeeded was to be redriven, and nothing of it was asked to run again. */
export class RedriveNothingToDoError extends ArpeggioError {
  override readonly name = "RedriveNothingToDoError";
  readonly code = "REDRIVE_NOTHING_TO_DO";
  readonly hint =
    "Say from which node on it is to run again (from), give another version (workflow), or start the workflow anew.";
  readonly runId: string;
  constructor(runId: string) {
    super(`run ${runId} succeeded: there is nothing in it to run again`);
    this.runId = runId;
  }
}

/** What a redrive needs of a run is not there. */
export class RedriveNotPossibleError extends ArpeggioError {
  override readonly name = "RedriveNotPossibleError";
  readonly code = "REDRIVE_NOT_POSSIBLE";
  readonly hint =
    "Start the workflow anew with the same input. What runs did is known as long as the event log has it, what failed runs leave behind as long as their results are kept.";
  readonly runId: string;
  constructor(runId: string, why: string) {
    super(`run ${runId} cannot be redriven: ${why}`);
    this.runId = runId;
  }
}

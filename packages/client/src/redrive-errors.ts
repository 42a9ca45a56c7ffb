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
  readonly hint = "Start the workflow anew with the same input: of a run that succeeded nothing is left to go on with.";
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
    "Start the workflow anew with the same input. What runs leave behind is kept as long as their results.";
  readonly runId: string;
  constructor(runId: string, why: string) {
    super(`run ${runId} cannot be redriven: ${why}`);
    this.runId = runId;
  }
}

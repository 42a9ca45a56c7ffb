import { ArpeggioError } from "@arpeggio/core";
import type { RunFailure } from "@arpeggio/core";
import { hintOf } from "./failure-hints.ts";
import { remoteError } from "./remote-error.ts";

/** The input of a run does not fit the workflow's schema. Nothing was stored. */
export class InputInvalidError extends ArpeggioError {
  override readonly name = "InputInvalidError";
  readonly code = "INPUT_INVALID";
  readonly hint = "Compare the input with the input schema; the message says which fields do not fit.";
  constructor(workflow: string, issues: string) {
    super(`the input of '${workflow}' does not fit its schema: ${issues}`);
  }
}

/** `run()` was given a promise instead of a canvas. */
export class CanvasIsPromiseError extends ArpeggioError {
  override readonly name = "CanvasIsPromiseError";
  readonly code = "CANVAS_IS_PROMISE";
  readonly hint = "Await it first, or give the canvas itself: run() wants what task(), chain(), workflow() … made.";
  constructor() {
    super("what run() was given is a promise, not a canvas");
  }
}

/** Another run, of another graph or with another input, has this id. */
export class RunIdTakenError extends ArpeggioError {
  override readonly name = "RunIdTakenError";
  readonly code = "RUN_ID_TAKEN";
  readonly hint = "One id stands for one workflow and input: choose another id, or attach to the run that has it.";
  readonly runId: string;
  constructor(runId: string, what: string) {
    super(`run id '${runId}' belongs to a run ${what}`);
    this.runId = runId;
  }
}

/** A run ended badly. {@link RunFailedError.failure} has everything that is known; `cause` is the error as it was thrown. */
export class RunFailedError extends ArpeggioError {
  override readonly name = "RunFailedError";
  readonly code = "RUN_FAILED";
  /** What to do about a failure of this kind. */
  readonly hint: string;
  readonly runId: string;
  readonly failure: RunFailure;
  constructor(runId: string, workflow: string, failure: RunFailure) {
    super(
      `run ${runId} of '${workflow}' failed: ${failure.code} ${failure.message}`,
      failure.cause === undefined ? undefined : { cause: remoteError(failure.cause) },
    );
    this.hint = hintOf(failure.code);
    this.runId = runId;
    this.failure = failure;
  }
}

/** A run was cancelled, so it has no result. */
export class RunCancelledError extends ArpeggioError {
  override readonly name = "RunCancelledError";
  readonly code = "RUN_CANCELLED";
  readonly hint = "Somebody cancelled the run; start it again if its result is still wanted.";
  readonly runId: string;
  readonly failure: RunFailure | undefined;
  constructor(runId: string, workflow: string, failure: RunFailure | undefined) {
    super(`run ${runId} of '${workflow}' was cancelled${failure === undefined ? "" : `: ${failure.message}`}`);
    this.runId = runId;
    this.failure = failure;
  }
}

/** `result({ timeoutMs })` gave up waiting. The run goes on. */
export class ResultTimedOutError extends ArpeggioError {
  override readonly name = "ResultTimedOutError";
  readonly code = "RESULT_TIMED_OUT";
  readonly hint =
    "A run that was started goes on: ask for its status() or wait again. To end the run itself, start it with a timeout.";
  readonly runId: string;
  constructor(runId: string, timeoutMs: number) {
    super(`run ${runId} has no result after ${timeoutMs} ms`);
    this.runId = runId;
  }
}

/** No coordinator and no stored result knows a run. */
export class RunNotFoundError extends ArpeggioError {
  override readonly name = "RunNotFoundError";
  readonly code = "RUN_NOT_FOUND";
  readonly hint = "Check the id, the server and the prefix; results are gone when their retention is over.";
  readonly runId: string;
  constructor(runId: string) {
    super(`there is no run '${runId}'`);
    this.runId = runId;
  }
}

/** The client was closed before, or while the call was waiting. */
export class ClientClosedError extends ArpeggioError {
  override readonly name = "ClientClosedError";
  readonly code = "CLIENT_CLOSED";
  readonly hint =
    "Close the client (or the app) last. Runs that were started go on; attach to them from another client.";
  constructor() {
    super("the client is closed");
  }
}

import { ArpeggioError } from "@arpeggio/core";
import type { NodeFailure, NodeState } from "@arpeggio/core";

/** A run that has ended was to be paused, resumed, signalled or cancelled in part. */
export class RunEndedError extends ArpeggioError {
  override readonly name = "RunEndedError";
  readonly code = "RUN_ENDED";
  readonly hint = "Look at the run's status() or result(); app.redrive() goes on with a run that failed, as a new one.";
  readonly runId: string;
  constructor(runId: string, state: string) {
    super(`run ${runId} has ended: it ${state === "cancelled" ? "was cancelled" : state}`);
    this.runId = runId;
  }
}

/** No node of the run waits for this signal, and none ever will. */
export class SignalNotExpectedError extends ArpeggioError {
  override readonly name = "SignalNotExpectedError";
  readonly code = "SIGNAL_NOT_EXPECTED";
  readonly hint: string;
  readonly runId: string;
  constructor(runId: string, signal: string, known: readonly string[]) {
    super(`run ${runId} does not wait for a signal '${signal}', and will not`);
    this.hint =
      known.length === 0
        ? "The run has no signal to wait for that has not come yet."
        : `The run waits, or will, for: ${known.join(", ")}.`;
    this.runId = runId;
  }
}

/** What was sent with a signal does not fit the schema of the node that takes it. Nothing was stored. */
export class SignalPayloadInvalidError extends ArpeggioError {
  override readonly name = "SignalPayloadInvalidError";
  readonly code = "SIGNAL_PAYLOAD_INVALID";
  readonly hint = "Compare the value with the signal's schema; the message says which fields do not fit.";
  constructor(signal: string, issues: string) {
    super(`the value of signal '${signal}' does not fit its schema: ${issues}`);
  }
}

/** A run has no node of this path. */
export class NodeNotFoundError extends ArpeggioError {
  override readonly name = "NodeNotFoundError";
  readonly code = "NODE_NOT_FOUND";
  readonly hint: string;
  constructor(runId: string, path: string, near: readonly string[]) {
    super(`run ${runId} has no node '${path}'`);
    this.hint =
      near.length === 0
        ? "status() shows the paths of a run's nodes."
        : `Did you mean ${near.map((one) => `'${one}'`).join(" or ")}?`;
  }
}

/** A node's result was let go, or nothing is left of the node. */
export class NodeResultNotKeptError extends ArpeggioError {
  override readonly name = "NodeResultNotKeptError";
  readonly code = "NODE_RESULT_NOT_KEPT";
  readonly hint = "Give the step a name of its own, .named('…'): its result is then kept as long as the run's.";
  constructor(runId: string, path: string, why: string) {
    super(`the result of '${path}' in run ${runId} is not kept: ${why}`);
  }
}

/** A node has ended without a result. `failure` says why, where that is known. */
export class NodeNotSucceededError extends ArpeggioError {
  override readonly name = "NodeNotSucceededError";
  readonly code = "NODE_NOT_SUCCEEDED";
  readonly hint = "See failure; the run's status() and result() tell more.";
  readonly state: NodeState;
  readonly failure: NodeFailure | undefined;
  constructor(runId: string, path: string, state: NodeState, failure: NodeFailure | undefined) {
    const why = failure === undefined ? "" : `: ${failure.code} ${failure.message}`;
    super(`node '${path}' of run ${runId} has no result, it is ${state}${why}`);
    this.state = state;
    this.failure = failure;
  }
}

import { ArpeggioError } from "@arpeggio/core";

/** A coordinator that was stopped is started again. */
export class CoordinatorStoppedError extends ArpeggioError {
  override readonly name = "CoordinatorStoppedError";
  readonly code = "COORDINATOR_STOPPED";
  readonly hint = "A coordinator is used once: create a new one.";
  constructor(coordinator: string) {
    super(`coordinator '${coordinator}' has been stopped and cannot be started again`);
  }
}

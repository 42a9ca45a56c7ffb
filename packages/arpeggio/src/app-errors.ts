import { ArpeggioError } from "@arpeggio/core";

/** A method was called that belongs to a role which the app was not given. */
export class RoleMissingError extends ArpeggioError {
  override readonly name = "RoleMissingError";
  readonly code = "ROLE_MISSING";
  readonly hint: string;
  constructor(role: string, call: string) {
    super(`${call} needs the role '${role}', which this app does not have`);
    this.hint = `Add "${role}" to the roles of createApp(), or call it on an app that has it.`;
  }
}

/** A dry run was asked for, and not all tasks of the canvas have something that stands in for them. Nothing was run. */
export class DryRunHandlerMissingError extends ArpeggioError {
  override readonly name = "DryRunHandlerMissingError";
  readonly code = "DRY_RUN_HANDLER_MISSING";
  readonly hint = "Give plan() a handler for each task, by its name: no real code is called in a dry run.";
  constructor(tasks: readonly string[]) {
    super(`no handler stands in for ${tasks.map((task) => `'${task}'`).join(", ")}`);
  }
}

/** A dry run was asked for, and a signal that the canvas is sure to wait for has no value. Nothing was run. */
export class DryRunSignalMissingError extends ArpeggioError {
  override readonly name = "DryRunSignalMissingError";
  readonly code = "DRY_RUN_SIGNAL_MISSING";
  readonly hint = "Give plan() a value for each signal in `signals`, by its name: nobody sends one to a dry run.";
  constructor(signals: readonly string[]) {
    super(`no value stands in for the signal ${signals.map((signal) => `'${signal}'`).join(", ")}`);
  }
}

/** A dry run has not ended in its time; it is over. */
export class DryRunTimedOutError extends ArpeggioError {
  override readonly name = "DryRunTimedOutError";
  readonly code = "DRY_RUN_TIMED_OUT";
  readonly hint =
    "Give plan() a value for each signal that is waited for. Delays and sleeps take their time: leave them out, or raise `timeoutMs`.";
  constructor(timeoutMs: number, open: readonly { readonly node: string; readonly waitsFor: string }[]) {
    const waiting = open.map(({ node, waitsFor }) => `'${node}' ${waitsFor}`).join("; ");
    super(`the dry run has not ended after ${timeoutMs} ms${waiting === "" ? "" : `: ${waiting}`}`);
  }
}

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

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

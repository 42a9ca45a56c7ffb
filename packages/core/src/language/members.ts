import { REFUSED_NAME } from "../wire/value-not-serialisable.ts";
import { BranchesEmptyError, CanvasExpectedError, GroupKeyInvalidError } from "./build-errors.ts";
import { formOf } from "./canvas-form.ts";
import { isCanvas } from "./canvas-mark.ts";
import type { Form } from "./form.ts";

/** The members of a group or of what runs side by side, in order. */
export interface MemberForms {
  readonly members: readonly Form[];
  /** Where they were given as an object. */
  readonly keys?: readonly string[];
}

/**
 * The forms of a list or an object of canvases. `combinator` names it in errors.
 *
 * @throws {@link CanvasExpectedError}, {@link GroupKeyInvalidError}
 */
export function memberForms(combinator: string, given: unknown): MemberForms {
  if (Array.isArray(given)) {
    return { members: given.map((member: unknown, i) => formOf(member, `member ${i} of ${combinator}()`)) };
  }
  if (typeof given !== "object" || given === null || isCanvas(given)) {
    const hint = `Put its members into a list or an object: ${combinator}([a, b]) or ${combinator}({ x: a, y: b }).`;
    const expected = given === undefined ? undefined : { what: "a list or an object of canvases", hint };
    throw new CanvasExpectedError(`what ${combinator}() is given`, given, expected);
  }
  const keys = Object.keys(given);
  if (keys.includes(REFUSED_NAME)) throw new GroupKeyInvalidError(`${combinator}() has a member`, REFUSED_NAME);
  const members = keys.map((key) =>
    formOf((given as Readonly<Record<string, unknown>>)[key], `member '${key}' of ${combinator}()`),
  );
  return { members, keys };
}

/** The same of what needs a member to end. @throws {@link BranchesEmptyError} if there is none. */
export function someMemberForms(combinator: string, given: unknown): MemberForms {
  const forms = memberForms(combinator, given);
  if (forms.members.length === 0) throw new BranchesEmptyError(combinator);
  return forms;
}

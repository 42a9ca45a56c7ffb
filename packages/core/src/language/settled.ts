import type { AnyCanvas, NameOf, Out } from "./any-canvas.ts";
import { OptionInvalidError } from "./build-errors.ts";
import { formOf } from "./canvas-form.ts";
import { isCanvas } from "./canvas-mark.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue } from "./canvas-value.ts";
import { labelOver } from "./composite-form.ts";
import { failureLimit } from "./failures-allowed.ts";
import type { FailuresAllowed } from "./failures-allowed.ts";
import { optionsForm } from "./form.ts";
import type { Form } from "./form.ts";
import type { AnyGroup } from "./group.ts";
import { memberForms } from "./members.ts";
import type { MemberForms } from "./members.ts";
import { checkedOptions } from "./option-check.ts";
import type { ItemOutcome, Outcomes } from "./outcome.ts";
import type { GroupOut, Members, PartsIn } from "./step-check.ts";

/** Options of {@link settled}. */
export interface SettledOptions<Allowed = FailuresAllowed> {
  /**
   * Of a group: as soon as more members than this have failed, it fails with `TOO_MANY_FAILURES` and the others are cancelled.
   * No limit by default.
   */
  readonly maxFailures?: Allowed;
}

// A group that was assigned to a wider type may be one still.
type SettledOut<C> = C extends AnyGroup
  ? Outcomes<Out<C>>
  : C extends AnyCanvas
    ? "group" extends NameOf<C>
      ? ItemOutcome<Out<C>> | Outcomes<Out<C>>
      : ItemOutcome<Out<C>>
    : C extends Members
      ? Outcomes<GroupOut<C>>
      : never;
type SettledName<C> = C extends AnyCanvas ? `settled(${NameOf<C>})` : "settled";
type AllowedFor<C> = C extends AnyGroup
  ? FailuresAllowed
  : C extends AnyCanvas
    ? `✖ maxFailures is for a group, and '${NameOf<C>}' is one canvas`
    : FailuresAllowed;

/**
 * Never fails because of what is in it: the result is the outcome, `{ ok: true, value }` or `{ ok: false, error }`. All
 * members of a group run to their end, and the result is the list or object of their outcomes.
 *
 * ```ts
 * settled(group({ mail, push })); // → { mail: ItemOutcome<Sent>; push: ItemOutcome<Sent> }
 * settled(charge); // → ItemOutcome<Receipt>
 * ```
 *
 * Also takes the members themselves, as `group` does.
 *
 * @throws CanvasExpectedError, GroupKeyInvalidError, OptionInvalidError
 */
export function settled<const C extends AnyCanvas | Members>(
  canvas: C,
  options?: SettledOptions<AllowedFor<C>>,
): Canvas<PartsIn<C>, SettledOut<C>, SettledName<C>> {
  const { maxFailures } = checkedOptions("the options of settled()", options ?? {}, ["maxFailures"]) as SettledOptions;
  if (!isCanvas(canvas)) return asCanvas(new CanvasValue(branches(memberForms("settled", canvas), maxFailures)));
  return asCanvas(new CanvasValue(settledForm(formOf(canvas), maxFailures)));
}

/** What was said of the group is said of what it becomes. */
function settledForm(form: Form, maxFailures: FailuresAllowed | undefined): Form {
  const around: (Form & { kind: "options" })[] = [];
  let body = form;
  for (; body.kind === "options"; body = body.body) around.unshift(body);
  if (body.kind === "group") {
    return around.reduce<Form>(
      (inner, { options, timing }) => optionsForm(inner, options, timing),
      branches(body, maxFailures),
    );
  }
  if (maxFailures !== undefined) {
    throw new OptionInvalidError("maxFailures", maxFailures, `nothing: '${form.label}' is one canvas, and no group`);
  }
  return Object.freeze({ kind: "scope", body: form, settle: true, label: labelOver("settled", form), entries: 1 });
}

function branches({ members, keys }: MemberForms, maxFailures: FailuresAllowed | undefined): Form {
  return Object.freeze({
    kind: "branches",
    members,
    ...(keys ? { keys } : {}),
    until: "all",
    ...(maxFailures === undefined ? {} : { maxFailures: failureLimit(maxFailures, members.length) }),
    label: "settled",
    entries: 1,
  });
}

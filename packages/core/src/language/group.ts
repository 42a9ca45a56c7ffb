import type { AnyCanvas } from "./any-canvas.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue } from "./canvas-value.ts";
import { groupForm } from "./form.ts";
import { memberForms } from "./members.ts";
import type { GroupIn, GroupOut, Members } from "./step-check.ts";

/** What {@link group} makes: a canvas whose members `settled` can tell apart. */
export interface Group<in I, out O> extends Canvas<I, O, "group"> {
  /** For the compiler only. */
  readonly "~members": true;
}

/** Any group with its types forgotten. */
export interface AnyGroup extends AnyCanvas {
  readonly "~members": true;
}

/**
 * Side by side, every member with the same input. A list of members gives the tuple of their results, an object of members
 * the object of their results, in member order whichever finishes first. No members: an empty list or object, at once. If one
 * member fails, the group fails.
 *
 * ```ts
 * group({ small: resize.s({ width: 96 }), meta: exif }); // → { small: Picture; meta: Meta }
 * ```
 *
 * @throws CanvasExpectedError for a member that is no canvas, GroupKeyInvalidError for one called `__proto__`.
 */
export function group<const G extends Members>(members: G): Group<GroupIn<G>, GroupOut<G>> {
  const { members: forms, keys } = memberForms("group", members);
  return asCanvas(new CanvasValue(groupForm(forms, keys)));
}

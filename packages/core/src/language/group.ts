import { CanvasExpectedError, GroupKeyInvalidError } from "./build-errors.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue, formOf } from "./canvas-value.ts";
import { groupForm } from "./form.ts";
import type { GroupIn, GroupOut, Members } from "./step-check.ts";
import { REFUSED_NAME } from "../wire/value-not-serialisable.ts";

/**
 * Side by side, every member with the same input. A list of members gives the tuple of their results, an object of members
 * the object of their results, in member order whichever finishes first. No members: an empty list or object, at once.
 *
 * ```ts
 * group({ small: resize.s({ width: 96 }), meta: exif }); // → { small: Picture; meta: Meta }
 * ```
 *
 * @throws CanvasExpectedError for a member that is no canvas, GroupKeyInvalidError for one called `__proto__`.
 */
export function group<const G extends Members>(members: G): Canvas<GroupIn<G>, GroupOut<G>, "group"> {
  if (Array.isArray(members)) {
    const forms = members.map((member: unknown, i) => formOf(member, `member ${i} of group()`));
    return asCanvas(new CanvasValue(groupForm(forms)));
  }
  if (typeof members !== "object" || members === null) throw new CanvasExpectedError("what group() is given", members);
  const keys = Object.keys(members);
  if (keys.includes(REFUSED_NAME)) throw new GroupKeyInvalidError(REFUSED_NAME);
  const forms = keys.map((key) =>
    formOf((members as Readonly<Record<string, unknown>>)[key], `member '${key}' of group()`),
  );
  return asCanvas(new CanvasValue(groupForm(forms, keys)));
}

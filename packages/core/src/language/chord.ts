import type { AnyCanvas, NameOf, Out } from "./any-canvas.ts";
import { ChordBodyMissingError } from "./build-errors.ts";
import { formOf } from "./canvas-form.ts";
import { isCanvas } from "./canvas-mark.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue } from "./canvas-value.ts";
import { chainForm, groupForm } from "./form.ts";
import type { Form } from "./form.ts";
import { memberForms } from "./members.ts";
import type { Accepts, EndingIn, Members, PartsIn, PartsName, PartsOut } from "./step-check.ts";

/**
 * A header, usually a group or a map, and a body that starts once, with all the header's results. It means
 * `chain(header, body)`; a header without members gives its body the empty list or object. Members that are given as they are, in a
 * list or an object, are a group.
 *
 * ```ts
 * chord([add.s(2, 2), add.s(4, 4)], sum);
 * ```
 *
 * @throws ChordBodyMissingError without a body, CanvasExpectedError for what is no canvas.
 */
export function chord<const H extends AnyCanvas | Members, const B extends AnyCanvas>(
  header: H,
  body: Accepts<B, PartsOut<H>, `header '${PartsName<H>}'`, `body '${NameOf<B>}'`>,
): Canvas<PartsIn<H>, Out<B>, EndingIn<NameOf<B>>> {
  const first = headerForm(header);
  if (body === undefined) throw new ChordBodyMissingError(first.label);
  return asCanvas(new CanvasValue(chainForm([first, formOf(body, "the body of chord()")])));
}

function headerForm(header: unknown): Form {
  if (typeof header !== "object" || header === null || isCanvas(header)) return formOf(header, "the header of chord()");
  const { members, keys } = memberForms("chord", header);
  return groupForm(members, keys);
}

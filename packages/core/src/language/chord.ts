import type { AnyCanvas, In, NameOf, Out } from "./any-canvas.ts";
import { ChordBodyMissingError } from "./build-errors.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue, formOf } from "./canvas-value.ts";
import { chainForm } from "./form.ts";
import type { Accepts, EndingIn } from "./step-check.ts";

/**
 * A header, usually a group or a map, and a body that starts once, with all the header's results. It means
 * `chain(header, body)`; a header without members gives its body the empty list or object.
 *
 * ```ts
 * chord(group([add.s(2, 2), add.s(4, 4)]), sum);
 * ```
 *
 * @throws ChordBodyMissingError without a body, CanvasExpectedError for what is no canvas.
 */
export function chord<const H extends AnyCanvas, const B extends AnyCanvas>(
  header: H,
  body: Accepts<B, Out<H>, `header '${NameOf<H>}'`, `body '${NameOf<B>}'`>,
): Canvas<In<H>, Out<B>, EndingIn<NameOf<B>>> {
  const first = formOf(header, "the header of chord()");
  if (body === undefined) throw new ChordBodyMissingError(first.label);
  return asCanvas(new CanvasValue(chainForm([first, formOf(body, "the body of chord()")])));
}

import { formOf } from "./canvas-form.ts";
import { isCanvas } from "./canvas-mark.ts";
import type { Canvas } from "./canvas.ts";
import { caseForms } from "./case-forms.ts";
import { asCanvas, CanvasValue } from "./canvas-value.ts";
import type { AnyCanvas, Out } from "./any-canvas.ts";
import type {
  Cases,
  CasesIn,
  CheckCases,
  NoCanvas,
  Selector,
  SelectorIn,
  SelectorName,
  SelectorOut,
} from "./choice-check.ts";
import { chooseForm } from "./composite-form.ts";
import { decidingForm } from "./condition.ts";

/**
 * Runs one of several canvases: the case that the selector names. The selector is a canvas, or a mapping that reads a field of the
 * input; the cases take the input itself, and not what the selector gives. A text, number, boolean or null means the case that is
 * called like it as a text. Without a case and without `otherwise` it fails with `CASE_MISSING`.
 *
 * ```ts
 * choose(sniff, { jpg: resize, pdf: render }); // sniff gives "jpg" | "pdf"
 * choose((order: Ref<Order>) => order.state, { paid: ship }, refuse);
 * ```
 *
 * After another canvas, `.choose()` knows the types by itself.
 *
 * @throws CanvasExpectedError, MappingInvalidError, OptionInvalidError for cases that are no object or none at all,
 * GroupKeyInvalidError.
 */
export function choose<const S extends Selector, const C extends Cases, const R extends AnyCanvas = NoCanvas>(
  selector: S,
  cases: CheckCases<C, SelectorOut<S>, R, SelectorName<S>, never, "">,
  otherwise?: R,
): Canvas<SelectorIn<S> & CasesIn<C, R>, Out<C[keyof C] | R>, "choose"> {
  const by = isCanvas(selector) ? formOf(selector) : decidingForm(selector as never, "the selector of choose()");
  return asCanvas(new CanvasValue(chooseForm("choose", { selector: by, ...caseForms(cases, otherwise) })));
}

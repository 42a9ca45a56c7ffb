import type { AnyCanvas } from "./any-canvas.ts";
import type { Form } from "./form.ts";

/** Where a canvas has its form. Registered, so that canvases made by another copy of this package are canvases here too. */
export const FORM = Symbol.for("@arpeggio/core/form");

/** Whether `value` is a canvas, whichever copy of the library it comes from. */
export function isCanvas(value: unknown): value is AnyCanvas {
  return ((typeof value === "object" && value !== null) || typeof value === "function") && FORM in value;
}

/** The form of what is a canvas. */
export function formIn(canvas: AnyCanvas): Form {
  return (canvas as unknown as { readonly [FORM]: Form })[FORM];
}

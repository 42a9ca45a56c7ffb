import { CanvasExpectedError } from "./build-errors.ts";
import { formIn, isCanvas } from "./canvas-mark.ts";
import type { Form } from "./form.ts";

/** The form of a canvas. @throws {@link CanvasExpectedError} naming the `place` if it is none. */
export function formOf(canvas: unknown, place = "the canvas"): Form {
  if (!isCanvas(canvas)) throw new CanvasExpectedError(place, canvas);
  return formIn(canvas);
}

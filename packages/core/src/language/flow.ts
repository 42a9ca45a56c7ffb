import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue } from "./canvas-value.ts";
import { flowForm } from "./flow-form.ts";
import type { FlowStep } from "./flow-step.ts";
import type { Ref, ValueOf } from "./reference.ts";
import type { Stored } from "./storable.ts";

/**
 * A graph of any shape, written as data flow. The function runs once, when the canvas is built, on references: each `step`
 * adds a canvas with its input, and what the function gives (references, objects, lists, constants) is the output.
 *
 * A step waits for what it reads and for nothing else, where a chain waits for all of the step before. Steps that
 * nobody reads run, too, and whatever comes after the flow waits for all of its steps.
 *
 * ```ts
 * flow((input: Ref<{ url: string }>, step) => {
 *   const file = step(download, { url: input.url });
 *   const small = step(resize, { path: file.path, width: 300 });
 *   const meta = step(exif, file);
 *   step(announce, { text: "new" }, { after: [small] });
 *   return { source: input.url, small, camera: meta.camera };
 * });
 * ```
 *
 * @throws FlowInvalidError, MappingInvalidError, ConstantInvalidError, CanvasExpectedError
 */
export function flow<I, const R>(build: (input: Ref<I>, step: FlowStep) => R): Canvas<I, Stored<ValueOf<R>>, "flow"> {
  return asCanvas(new CanvasValue(flowForm(build as never, "flow()")));
}

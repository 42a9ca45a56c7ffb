import { ChainEmptyError } from "./build-errors.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue, formOf } from "./canvas-value.ts";
import { chainForm } from "./form.ts";
import type { ChainIn, ChainName, ChainOut, CheckSteps, Steps } from "./step-check.ts";

/**
 * One after another: each step gets the result of the one before. A step starts when all of the step before has
 * succeeded, also where it reads only a part of its result.
 *
 * ```ts
 * chain(download, resize.s({ width: 300 }), publish);
 * ```
 *
 * @throws ChainEmptyError without steps, CanvasExpectedError for a step that is no canvas.
 */
export function chain<const S extends Steps>(...steps: CheckSteps<S>): Canvas<ChainIn<S>, ChainOut<S>, ChainName<S>> {
  if (steps.length === 0) throw new ChainEmptyError();
  return asCanvas(
    new CanvasValue(chainForm(steps.map((step: unknown, i) => formOf(step, `step ${i + 1} of chain()`)))),
  );
}

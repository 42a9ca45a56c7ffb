import { chain, task } from "@arpeggio/core";
import { goingOn, instead, succeeds } from "./canvas-ends.ts";
import { digest } from "./canvas-parts.ts";
import type { Any, Part } from "./canvas-parts.ts";

/** What has a handler: of its failure, of its end, or of having to be undone. */

const inputOfFailure = task("any.cause", (failure: { readonly input: unknown }) => digest(failure.input));

/** What a handler of a failure means: it looks at nothing but the input of what has failed. */
function handling(handler: Part): { readonly canvas: Any; readonly meaning: Part["meaning"] } {
  return {
    canvas: chain(inputOfFailure as never, handler.canvas) as Any,
    meaning: (input) => handler.meaning(digest(input)),
  };
}

export function recovered(body: Part, handler: Part): Part {
  const { canvas, meaning } = handling(handler);
  return {
    canvas: body.canvas.recover(canvas) as Any,
    meaning: (input) => instead(body.meaning(input), () => meaning(input)),
  };
}

/** `handler` must not finish the run. */
export function withErrorHandler(body: Part, handler: Part): Part {
  return { ...body, canvas: body.canvas.onError(handling(handler).canvas) };
}

/** `handler` must not finish the run. One that fails, fails what had succeeded. */
export function withLastStep(body: Part, handler: Part): Part {
  const { canvas, meaning } = handling(handler);
  return {
    canvas: body.canvas.finally(canvas),
    meaning: (input) => {
      const last = meaning(input);
      return goingOn(body.meaning(input), (value) => goingOn(last, () => succeeds(value)));
    },
  };
}

/** `undo` must not finish the run. */
export function undoable(body: Part, undo: Part): Part {
  return { ...body, canvas: body.canvas.compensate(handling(undo).canvas) };
}

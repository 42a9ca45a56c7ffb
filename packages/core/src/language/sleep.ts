import { sleepForm } from "./composite-form.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue } from "./canvas-value.ts";
import { durationMs } from "./duration.ts";
import type { Duration } from "./duration.ts";

/**
 * Waits, and hands on what comes from above. Nothing sits in a worker's memory meanwhile. The compiler cannot see through it:
 * say what is handed on, or use `.sleep()`, which knows.
 *
 * ```ts
 * remind.pipe(sleep<Reminder>("3d")).pipe(remindAgain); // is remind.sleep("3d").pipe(remindAgain)
 * ```
 *
 * @throws OptionInvalidError
 */
export function sleep<T = unknown>(duration: Duration): Canvas<T, T, "sleep"> {
  return asCanvas(new CanvasValue(sleepForm(durationMs("sleep", duration))));
}

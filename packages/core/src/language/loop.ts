import type { AnyCanvas, In, NameOf, Out } from "./any-canvas.ts";
import type { Canvas } from "./canvas.ts";
import { formOf } from "./canvas-form.ts";
import { asCanvas, CanvasValue } from "./canvas-value.ts";
import type { Condition } from "./choice-check.ts";
import { labelOver } from "./composite-form.ts";
import { durationMs } from "./duration.ts";
import type { Duration } from "./duration.ts";
import { checkedInteger, checkedOptions } from "./option-check.ts";
import { decidingTemplate } from "./reference.ts";
import type { Ref } from "./reference.ts";
import type { Mismatch } from "./type-text.ts";

/** When a {@link loop} ends, and how fast it turns. */
export interface LoopOptions<O> {
  /** Ends the loop where it is true of the body's result: a condition such as `(order) => eq(order.state, "filled")`. */
  readonly until: (result: Ref<O>) => Condition;
  /** How often the body runs at most: 1 to 1,000,000. After that the loop fails with `LOOP_MAX_REACHED`. */
  readonly max: number;
  /**
   * How long to wait before the body runs again.
   *
   * @defaultValue `0`: it runs again at once.
   */
  readonly every?: Duration;
}

const ROUNDS_MAX = 1_000_000;

/** `C` where it takes what it gives; else the message. */
type Repeatable<C extends AnyCanvas> = C["~types"]["in"] extends (input: Out<C>) => void
  ? C
  : Mismatch<`the body '${NameOf<C>}' of loop`, In<C>, "it", Out<C>>;

/**
 * Runs `body` again and again, each time with its last result, until a condition is true of it. That result is the loop's.
 *
 * ```ts
 * place.pipe(loop(poll, { until: (order) => ne(order.state, "pending"), max: 100, every: "5s" }));
 * ```
 *
 * @throws CanvasExpectedError, MappingInvalidError, OptionInvalidError
 */
export function loop<const C extends AnyCanvas>(
  body: Repeatable<C>,
  options: LoopOptions<Out<C>>,
): Canvas<In<C>, Out<C>, `loop(${NameOf<C>})`> {
  const form = formOf(body, "the body of loop()");
  const { until, max, every } = checkedOptions("the options of loop()", options, ["until", "max", "every"]);
  const label = labelOver("loop", form);
  return asCanvas(
    new CanvasValue(
      Object.freeze({
        kind: "loop",
        body: form,
        until: decidingTemplate(until, `the 'until' of ${label}`),
        max: checkedInteger("max", max, 1, ROUNDS_MAX),
        ...(every === undefined ? {} : { everyMs: durationMs("every", every) }),
        label,
        entries: 1,
      }),
    ),
  );
}

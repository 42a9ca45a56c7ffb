import type { AnyCanvas, In, NameOf, Out } from "./any-canvas.ts";
import type { FlowStep } from "./flow-step.ts";
import type { Mapped, Ref, ValueOf } from "./reference.ts";
import type { Accepts, EndingIn } from "./step-check.ts";
import type { StepOptions } from "./step-options.ts";
import type { Stored } from "./storable.ts";

/**
 * A piece of work that takes an `I` and gives an `O`. It is an immutable value: nothing runs until a workflow does, and a
 * canvas used twice runs twice. `N` is what messages call it.
 */
export interface Canvas<in I, out O, out N extends string = string> extends CanvasMethods {
  readonly "~types": { readonly in: (input: I) => void; readonly out: O; readonly name: N };
}

/** What takes the place of the previous step's result. */
type IgnoredInput<I> = unknown extends I ? [value?: unknown] : [value: I];

/**
 * What every canvas can do.
 *
 * The methods read their types from `this` and mention neither input nor output, so that comparing two canvases never
 * compares methods: it compares one property.
 */
export interface CanvasMethods extends AnyCanvas {
  /** Then `next`, with this one's result. `a.pipe(b)` is `chain(a, b)`. */
  pipe<Self extends AnyCanvas, const C extends AnyCanvas>(
    this: Self,
    next: Accepts<C, Out<Self>, `'${NameOf<Self>}'`>,
  ): Canvas<In<Self>, Out<C>, EndingIn<NameOf<C>>>;
  /**
   * Then `next`, with an input made of this one's result. The mapping runs once, here, on references, and becomes data:
   * it can place fields and constants, not compute.
   *
   * ```ts
   * download.pipe(resize, (file) => ({ path: file.path, width: 300 }));
   * ```
   *
   * @throws MappingInvalidError if the mapping needs the values themselves.
   */
  pipe<Self extends AnyCanvas, const C extends AnyCanvas>(
    this: Self,
    next: C,
    mapping: (result: Ref<Out<Self>>) => Mapped<In<C>>,
  ): Canvas<In<Self>, Out<C>, EndingIn<NameOf<C>>>;

  /** Reshapes the result without running a task; the mapping is like that of {@link CanvasMethods.pipe}. */
  select<Self extends AnyCanvas, const E>(
    this: Self,
    mapping: (result: Ref<Out<Self>>) => E,
  ): Canvas<In<Self>, Stored<ValueOf<E>>, "select">;

  /**
   * Then a graph of any shape, written as data flow over this one's result. `a.flow(build)` is `chain(a, flow(build))`.
   *
   * ```ts
   * found.flow((all, step) => ({ files: step(map(removeFile), all.files), tokens: step(removeTokens, all.tokens) }));
   * ```
   *
   * @throws FlowInvalidError, MappingInvalidError, ConstantInvalidError, CanvasExpectedError
   */
  flow<Self extends AnyCanvas, const R>(
    this: Self,
    build: (result: Ref<Out<Self>>, step: FlowStep) => R,
  ): Canvas<In<Self>, Stored<ValueOf<R>>, "flow">;

  /**
   * The same canvas with other options (Celery's `set`). On a composite they are defaults for the steps inside.
   *
   * @throws OptionInvalidError
   */
  with<Self extends AnyCanvas>(this: Self, options: StepOptions): Self;

  /**
   * The same canvas under another name. A task or map has it as the id of its node; a composite of several nodes has it
   * in messages only.
   *
   * @throws TaskNameInvalidError
   */
  named<Self extends AnyCanvas, const L extends string>(this: Self, name: L): Canvas<In<Self>, Out<Self>, L>;

  /**
   * Takes no notice of the result before it, but still waits for it (Celery's `si`). Takes `value` instead, which may be
   * left out where no input is needed.
   */
  ignoreInput<Self extends AnyCanvas>(
    this: Self,
    ...value: IgnoredInput<In<Self>>
  ): Canvas<unknown, Out<Self>, NameOf<Self>>;
}

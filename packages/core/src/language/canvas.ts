import type { AnyCanvas, In, NameOf, Out } from "./any-canvas.ts";
import type { Mapped, Ref, Reference, ValueOf } from "./reference.ts";
import type { Cases, CheckCases, Condition, NoCanvas } from "./choice-check.ts";
import type { Duration } from "./duration.ts";
import type { FlowStep } from "./flow-step.ts";
import type { Accepts, EndingIn } from "./step-check.ts";
import type { Compensation, Failure, HandlerFor, ScopeEnd } from "./scope-handlers.ts";
import type { CanvasOptions } from "./step-options.ts";
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
   * Then one of several canvases, chosen by this one's result, which the case gets. Every value that the selector may give needs a
   * case, or there is an `otherwise`.
   *
   * ```ts
   * sniff.choose((file) => file.kind, { jpg: resize, pdf: render });
   * ```
   *
   * @throws MappingInvalidError, CanvasExpectedError, OptionInvalidError, GroupKeyInvalidError
   */
  choose<Self extends AnyCanvas, K, const C extends Cases, const R extends AnyCanvas = NoCanvas>(
    this: Self,
    selector: (result: Ref<Out<Self>>) => Reference<K>,
    cases: CheckCases<C, K, R, "the selector", Out<Self>, `'${NameOf<Self>}'`>,
    otherwise?: Accepts<R, Out<Self>, `'${NameOf<Self>}'`>,
  ): Canvas<In<Self>, Out<C[keyof C] | R>, "choose">;

  /**
   * Then `yes` where the test is true of this one's result, else `no`; without `no` the result is handed on as it is.
   *
   * ```ts
   * quote.when((q) => gt(q.price, 1000), approve);
   * ```
   *
   * @throws MappingInvalidError, CanvasExpectedError
   */
  when<Self extends AnyCanvas, const Y extends AnyCanvas, const R extends AnyCanvas = Canvas<unknown, Out<Self>>>(
    this: Self,
    test: (result: Ref<Out<Self>>) => Condition,
    yes: Accepts<Y, Out<Self>, `'${NameOf<Self>}'`>,
    no?: Accepts<R, Out<Self>, `'${NameOf<Self>}'`>,
  ): Canvas<In<Self>, Out<Y | R>, "when">;

  /**
   * Then a wait, which hands on the result.
   *
   * @throws OptionInvalidError
   */
  sleep<Self extends AnyCanvas>(this: Self, duration: Duration): Canvas<In<Self>, Out<Self>, NameOf<Self>>;

  /**
   * When this canvas has failed for good, `handler` runs once, however many parts of it failed, and then it fails as it would
   * have. A handler that fails itself is recorded beside the first failure.
   *
   * ```ts
   * publish.onError(task("ops.alert", (failure: Failure<Post>) => page(failure.error.message)));
   * ```
   *
   * @throws CanvasExpectedError
   */
  onError<Self extends AnyCanvas, const H extends AnyCanvas>(
    this: Self,
    handler: HandlerFor<H, Failure<In<Self>>, `the failure of '${NameOf<Self>}'`>,
  ): Canvas<In<Self>, Out<Self>, NameOf<Self>>;

  /**
   * When this canvas has failed for good, `handler` runs once, and what it gives is the result in place of the failure.
   *
   * ```ts
   * quote.recover(task("quote.cached", (failure: Failure<{ symbol: string }>) => cache.get(failure.input.symbol)));
   * ```
   *
   * @throws CanvasExpectedError
   */
  recover<Self extends AnyCanvas, const H extends AnyCanvas>(
    this: Self,
    handler: HandlerFor<H, Failure<In<Self>>, `the failure of '${NameOf<Self>}'`>,
  ): Canvas<In<Self>, Out<Self> | Out<H>, NameOf<Self>>;

  /**
   * Says how to undo this canvas once it has succeeded: `undo` runs if something around it fails later, before the handlers of that
   * run. Compensations run one after another, what was done last first.
   *
   * ```ts
   * chain(reserve.compensate(release), charge.compensate(refund), ship);
   * ```
   *
   * @throws CanvasExpectedError
   */
  compensate<Self extends AnyCanvas, const H extends AnyCanvas>(
    this: Self,
    undo: HandlerFor<H, Compensation<In<Self>, Out<Self>>, `the compensation of '${NameOf<Self>}'`>,
  ): Canvas<In<Self>, Out<Self>, NameOf<Self>>;

  /**
   * When this canvas has ended, well or badly, `handler` runs once; then the canvas ends as it would have.
   *
   * @throws CanvasExpectedError
   */
  finally<Self extends AnyCanvas, const H extends AnyCanvas>(
    this: Self,
    handler: HandlerFor<H, ScopeEnd<In<Self>, Out<Self>>, `the end of '${NameOf<Self>}'`>,
  ): Canvas<In<Self>, Out<Self>, NameOf<Self>>;

  /**
   * The same canvas with other options (Celery's `set`) or with timing. On a composite options are defaults for the steps inside;
   * timing is for the composite as a whole, which then is a node of its own.
   *
   * @throws OptionInvalidError
   */
  with<Self extends AnyCanvas>(this: Self, options: CanvasOptions): Self;

  /**
   * The same canvas under another name: the id of its node, by which it can be looked up, waited for and cancelled in a run. A
   * composite of several nodes becomes one node by it. Its result is kept as long as the run's.
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

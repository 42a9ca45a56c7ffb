import type { AnyCanvas } from "./any-canvas.ts";
import { MappingInvalidError } from "./build-errors.ts";
import { formOf } from "./canvas-form.ts";
import { FORM } from "./canvas-mark.ts";
import type { Canvas } from "./canvas.ts";
import { constantExpr } from "./constant.ts";
import { flowForm } from "./flow-form.ts";
import { caseForms } from "./case-forms.ts";
import { chooseForm, hookForm, sleepForm } from "./composite-form.ts";
import type { ScopeHook } from "./composite-form.ts";
import { decidingForm, selectForm } from "./condition.ts";
import { durationMs } from "./duration.ts";
import { chainForm, nameForm, optionsForm } from "./form.ts";
import type { Form } from "./form.ts";
import { checkedName } from "./name.ts";
import { INPUT_REF, refExpr } from "../graph/expression.ts";
import { canvasOptions } from "./step-options.ts";
import type { CanvasOptions } from "./step-options.ts";

export { formOf } from "./canvas-form.ts";
export { isCanvas } from "./canvas-mark.ts";

/** A canvas at run time; {@link Canvas} has its types. Every method is O(1): a chain of any length is built in linear time. */
export class CanvasValue {
  readonly [FORM]: Form;

  constructor(form: Form) {
    this[FORM] = form;
  }

  pipe(next: unknown, mapping?: (result: never) => unknown): CanvasValue {
    const own = this[FORM];
    const after = formOf(next, `what follows '${own.label}'`);
    if (mapping === undefined) return new CanvasValue(chainForm([own, after]));
    return new CanvasValue(chainForm([own, selectForm(mapping, `'${after.label}' after '${own.label}'`), after]));
  }

  select(mapping: (result: never) => unknown): CanvasValue {
    const own = this[FORM];
    if (mapping === undefined)
      throw new MappingInvalidError(`the mapping of the select after '${own.label}'`, "is not there");
    return new CanvasValue(chainForm([own, selectForm(mapping, `the select after '${own.label}'`)]));
  }

  flow(build: (result: never, step: never) => unknown): CanvasValue {
    const own = this[FORM];
    return new CanvasValue(chainForm([own, flowForm(build, `the flow after '${own.label}'`)]));
  }

  choose(
    selector: (result: never) => unknown,
    cases: Readonly<Record<string, unknown>>,
    otherwise?: unknown,
  ): CanvasValue {
    const own = this[FORM];
    const by = decidingForm(selector, `the selector of choose() after '${own.label}'`);
    return this.#then(chooseForm("choose", { selector: by, ...caseForms(cases, otherwise) }));
  }

  when(test: (result: never) => unknown, yes: unknown, no?: unknown): CanvasValue {
    const selector = decidingForm(test, `the test of when() after '${this[FORM].label}'`);
    const whenTrue = formOf(yes, "what when() does");
    const otherwise = no === undefined ? HANDED_ON : formOf(no, "what when() does else");
    return this.#then(chooseForm("when", { selector, cases: [["true", whenTrue]], otherwise }));
  }

  sleep(duration: unknown): CanvasValue {
    return this.#then(sleepForm(durationMs("sleep", duration)));
  }

  onError(handler: unknown): CanvasValue {
    return this.#hooked("onError", handler);
  }

  recover(handler: unknown): CanvasValue {
    return this.#hooked("recover", handler);
  }

  compensate(undo: unknown): CanvasValue {
    return this.#hooked("undo", undo, "compensate");
  }

  finally(handler: unknown): CanvasValue {
    return this.#hooked("finally", handler);
  }

  with(options: CanvasOptions): CanvasValue {
    const said = canvasOptions("the options of with()", options);
    return new CanvasValue(optionsForm(this[FORM], said.options, said.timing));
  }

  named(name: string): CanvasValue {
    const label = checkedName("step", name);
    return this.around((body) => nameForm(body, label), label);
  }

  ignoreInput(value?: unknown): CanvasValue {
    const body = this[FORM];
    const constant = constantExpr(value, `ignoreInput() of '${body.label}'`);
    return new CanvasValue(
      Object.freeze({ kind: "ignore", body, value: constant, label: body.label, entries: body.entries }),
    );
  }

  /** What stays the same canvas with something said about it. `label` is what messages call it. */
  protected around(wrapped: (own: Form) => Form, _label: string): CanvasValue {
    return new CanvasValue(wrapped(this[FORM]));
  }

  #then(next: Form): CanvasValue {
    return new CanvasValue(chainForm([this[FORM], next]));
  }

  #hooked(place: ScopeHook["place"], handler: unknown, method: string = place): CanvasValue {
    const { label } = this[FORM];
    const form = formOf(handler, `the handler of ${method}() of '${label}'`);
    return this.around((body) => hookForm(body, place, form), label);
  }
}

/** Gives what comes from above. */
const HANDED_ON: Form = Object.freeze({ kind: "select", template: refExpr(INPUT_REF), label: "select", entries: 0 });

/** Gives a form its types. For this package's own use: nothing checks that they are right. */
export function asCanvas<C extends AnyCanvas = Canvas<unknown, unknown>>(value: CanvasValue): C {
  return value as unknown as C;
}

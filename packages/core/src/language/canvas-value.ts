import type { AnyCanvas } from "./any-canvas.ts";
import { MappingInvalidError } from "./build-errors.ts";
import { FORM, formOf } from "./canvas-form.ts";
import type { Canvas } from "./canvas.ts";
import { constantExpr } from "./constant.ts";
import { flowForm } from "./flow-form.ts";
import { chainForm, optionsForm } from "./form.ts";
import type { Form } from "./form.ts";
import { checkedName } from "./name.ts";
import { mappingTemplate } from "./reference.ts";
import { nodeOptions } from "./step-options.ts";
import type { StepOptions } from "./step-options.ts";

export { formOf, isCanvas } from "./canvas-form.ts";

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

  with(options: StepOptions): CanvasValue {
    return new CanvasValue(optionsForm(this[FORM], nodeOptions(options)));
  }

  named(name: string): CanvasValue {
    const body = this[FORM];
    const label = checkedName("step", name);
    return new CanvasValue(Object.freeze({ kind: "name", body, name: label, label, entries: body.entries }));
  }

  ignoreInput(value?: unknown): CanvasValue {
    const body = this[FORM];
    const constant = constantExpr(value, `ignoreInput() of '${body.label}'`);
    return new CanvasValue(
      Object.freeze({ kind: "ignore", body, value: constant, label: body.label, entries: body.entries }),
    );
  }
}

function selectForm(mapping: (result: never) => unknown, place: string): Form {
  return Object.freeze({ kind: "select", template: mappingTemplate(mapping, place), label: "select", entries: 0 });
}

/** Gives a form its types. For this package's own use: nothing checks that they are right. */
export function asCanvas<C extends AnyCanvas = Canvas<unknown, unknown>>(value: CanvasValue): C {
  return value as unknown as C;
}

import type { AnyCanvas } from "./any-canvas.ts";
import { CanvasExpectedError, MappingInvalidError } from "./build-errors.ts";
import type { Canvas } from "./canvas.ts";
import { constantExpr } from "./constant.ts";
import { chainForm, optionsForm } from "./form.ts";
import type { Form } from "./form.ts";
import { checkedName } from "./name.ts";
import { mappingTemplate } from "./reference.ts";
import { nodeOptions } from "./step-options.ts";
import type { StepOptions } from "./step-options.ts";

// Registered, so that canvases made by another copy of this package are canvases here too.
const FORM = Symbol.for("@arpeggio/core/form");

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
    if (mapping === undefined) throw new MappingInvalidError(`the select after '${own.label}'`, "is not there");
    return new CanvasValue(chainForm([own, selectForm(mapping, `the select after '${own.label}'`)]));
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

/** Whether `value` is a canvas, whichever copy of the library it comes from. */
export function isCanvas(value: unknown): value is AnyCanvas {
  return ((typeof value === "object" && value !== null) || typeof value === "function") && FORM in value;
}

/** The form of a canvas. @throws {@link CanvasExpectedError} naming the `place` if it is none. */
export function formOf(canvas: unknown, place = "the canvas"): Form {
  if (!isCanvas(canvas)) throw new CanvasExpectedError(place, canvas);
  return (canvas as unknown as CanvasValue)[FORM];
}

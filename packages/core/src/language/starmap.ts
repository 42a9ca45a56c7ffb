import { INPUT_REF, refExpr } from "../graph/expression.ts";
import type { AnyCanvas, In, NameOf, Out } from "./any-canvas.ts";
import { BindingInvalidError } from "./build-errors.ts";
import { formOf } from "./canvas-form.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue } from "./canvas-value.ts";
import { chainForm, mapForm } from "./form.ts";
import type { Form } from "./form.ts";
import type { AnyFunc } from "./func.ts";
import type { TextOf } from "./type-text.ts";

type Spread<C extends AnyCanvas> = C extends AnyFunc
  ? C
  : `✖ starmap needs a func without given arguments, but '${NameOf<C>}' takes ${TextOf<In<C>>}: use map()`;
type ArgumentsOf<C> = C extends AnyFunc ? C["~arguments"] : never;

/**
 * Calls a func once for each item of a list, the item being the list of all its arguments.
 *
 * ```ts
 * pairs.pipe(starmap(add)); // [[1, 2], [3, 4]] → [3, 7]
 * ```
 *
 * @throws CanvasExpectedError, and BindingInvalidError for what is no func.
 */
export function starmap<const C extends AnyCanvas>(
  func: Spread<C>,
): Canvas<readonly Readonly<ArgumentsOf<C>>[], Out<C>[], `starmap(${NameOf<C>})`> {
  const form = formOf(func, "the func of starmap()");
  let body = form;
  while (body.kind === "options" || body.kind === "name") body = body.body;
  if (body.kind !== "task" || body.task.arity === undefined) {
    throw new BindingInvalidError(
      `starmap() calls a func, but '${form.label}' is none, or has arguments given`,
      "Give it what func() made, without arguments; map() gives each item to a task as it is.",
    );
  }
  // A func of one argument takes it as it is, not as a list.
  const called = body.task.arity === 1 ? chainForm([FIRST_ITEM, form]) : form;
  return asCanvas(new CanvasValue(mapForm("starmap", called, { settle: false })));
}

const FIRST_ITEM: Form = Object.freeze({
  kind: "select",
  template: refExpr(INPUT_REF, [0]),
  label: "select",
  entries: 0,
});

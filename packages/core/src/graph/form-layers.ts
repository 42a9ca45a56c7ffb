import type { Form, NameForm } from "../language/form.ts";
import { mergedOptions } from "../language/step-options.ts";
import type { InheritedOptions } from "../language/step-options.ts";
import { isOneNode } from "./composite-node.ts";
import type { Point } from "./graph-level.ts";
import type { NodeTiming } from "./graph.ts";
import { withArguments, withFields } from "./step-input.ts";

/** Forms that say something about the canvas inside of them. */
type Layer = "options" | "name" | "ignore" | "bound" | "arguments";

/** A canvas without its layers, and what these have said. */
export type Peeled = {
  /** What the canvas gets. */
  readonly at: Point;
  /** What is said about this very canvas: the later, the stronger. */
  readonly own: InheritedOptions;
  readonly name: NameForm | undefined;
  readonly timing: NodeTiming | undefined;
  /** Its input has been put together as the list of a func's arguments. */
  readonly hasArguments: boolean;
} & (
  | { readonly isScope: false; readonly body: Exclude<Form, { readonly kind: Layer | "workflow" }> }
  /** Several nodes about which something is said as a whole; what lies further in is said of these alone. */
  | { readonly isScope: true; readonly body: Form }
);

/** Takes off what is said about a canvas, from the outside in. */
export function peeled(form: Form, from: Point): Peeled {
  let at = from;
  let body = form;
  let name: NameForm | undefined;
  let own: InheritedOptions = {};
  let timing: NodeTiming | undefined;
  let hasArguments = false;
  for (;;) {
    if ((name !== undefined || timing !== undefined || saysTiming(body)) && !isOneNode(body)) {
      return { isScope: true, body, at, own, name, timing, hasArguments };
    }
    switch (body.kind) {
      case "options":
        own = mergedOptions(body.options, own);
        if (body.timing !== undefined) timing = { ...body.timing, ...timing };
        break;
      case "name":
        name ??= body;
        break;
      case "ignore":
        at = { out: body.value, ends: at.ends };
        break;
      case "bound":
        at = { out: withFields(at.out, body.fields), ends: at.ends };
        break;
      case "arguments":
        at = { out: withArguments(at.out, body.last, body.open), ends: at.ends };
        hasArguments = true;
        break;
      case "workflow":
        own = mergedOptions(body.options, own);
        break;
      default:
        return { isScope: false, body, at, own, name, timing, hasArguments };
    }
    body = body.body;
  }
}

/** Whether a form that is no `.with()` says by itself when it begins and has to end. */
function saysTiming(form: Form): boolean {
  return form.kind === "workflow" && form.timing !== undefined;
}

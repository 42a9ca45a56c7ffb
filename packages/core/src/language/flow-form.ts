import { INPUT_REF, refExpr, refsIn } from "../graph/expression.ts";
import { FlowInvalidError } from "./build-errors.ts";
import { shown } from "./shown.ts";
import { formOf } from "./canvas-form.ts";
import { carriedBy } from "./carried-expression.ts";
import type { ReferenceOrigin } from "./carried-expression.ts";
import type { FlowForm, FlowStepForm } from "./form.ts";
import { checkedOptions } from "./option-check.ts";
import { checkAllUsed, foreignReference, reference, templateOf } from "./reference.ts";

/**
 * Runs the function of a flow, once, on references; the calls of its `step` become the steps of the form.
 *
 * @throws FlowInvalidError, MappingInvalidError, ConstantInvalidError, CanvasExpectedError
 */
export function flowForm(build: (input: never, step: never) => unknown, place: string): FlowForm {
  if (typeof build !== "function") {
    throw new FlowInvalidError(place, `is given ${shown(build)}, not a function`, "Give a function of (input, step).");
  }
  const flow = new FlowBuilder(place);
  const result = build(flow.input as never, flow.step as never);
  if (result instanceof Promise) {
    // What it goes on with is refused, which must not end the process.
    result.catch(() => undefined);
    throw new FlowInvalidError(
      place,
      "has an async function",
      "It runs at once, before there is any data: leave out 'async' and 'await'.",
    );
  }
  return flow.form(result);
}

/** A step as it is built: who reads it is known at the end only. */
type OpenStep = Omit<FlowStepForm, "readers" | "isRead">;

class FlowBuilder {
  readonly #steps: OpenStep[] = [];
  readonly #origin: ReferenceOrigin;
  #isBuilt = false;

  constructor(place: string) {
    this.#origin = {
      place,
      nameOf: (ref) => (ref === INPUT_REF ? "input" : (this.#steps[stepIndex(ref)]?.body.label ?? ref)),
      unused: new Set(),
    };
  }

  get input(): object {
    return reference(refExpr(INPUT_REF), this.#origin);
  }

  readonly step = (canvas: unknown, input?: unknown, options: { readonly after?: unknown } = {}): object => {
    const { place } = this.#origin;
    const index = this.#steps.length;
    const body = formOf(canvas, `step ${index + 1} of ${place}`);
    if (this.#isBuilt) {
      throw new FlowInvalidError(
        place,
        `gets a step '${body.label}' after it was built`,
        "Call step() only while the function that was given it runs.",
      );
    }
    const own = `step ${index + 1} '${body.label}' of ${place}`;
    checkedOptions(`the options of ${own}`, options, ["after"]);
    const template = templateOf(input, this.#origin, `the input of ${own}`);
    const read = refsIn(template);
    const sources = new Set([...read, ...this.#after(options.after, own)]);
    const fromStart = sources.has(INPUT_REF) || sources.size === 0;
    sources.delete(INPUT_REF);
    this.#steps.push({ body, input: template, sources: [...sources].map(stepIndex), fromStart });
    return reference(refExpr(stepRef(index)), this.#origin);
  };

  #after(after: unknown, place: string): readonly string[] {
    if (after === undefined) return [];
    const hint = "Give 'after' a list of what step() has given in this flow.";
    if (!Array.isArray(after)) throw new FlowInvalidError(place, `has an 'after' that is no list`, hint);
    return after.flatMap((one: unknown, i) => {
      const carried = carriedBy(one);
      if (carried === undefined)
        throw new FlowInvalidError(place, `has an 'after' whose item ${i} is no reference`, hint);
      if (carried.origin !== this.#origin) throw foreignReference(`the 'after' of ${place}`, carried.origin);
      return [...refsIn(carried.expr)];
    });
  }

  form(result: unknown): FlowForm {
    this.#isBuilt = true;
    const output = templateOf(result, this.#origin, `the output of ${this.#origin.place}`);
    checkAllUsed(this.#origin);
    const readers = this.#steps.map(() => 0);
    const isRead = this.#steps.map(() => false);
    let entries = 0;
    // From the last to the first, so that all readers of a step are known when it is its turn.
    for (let i = this.#steps.length - 1; i >= 0; i--) {
      const { body, sources, fromStart } = this.#steps[i] as OpenStep;
      // What has no node of its own is read through.
      const reads = body.entries > 0 ? body.entries : (readers[i] as number);
      if (fromStart) entries += reads;
      for (const source of sources) {
        readers[source] = (readers[source] as number) + reads;
        isRead[source] = true;
      }
    }
    const steps = this.#steps.map((step, i): FlowStepForm =>
      Object.freeze({ ...step, readers: readers[i] as number, isRead: isRead[i] as boolean }),
    );
    const sources = refsIn(output);
    const reads = { outputFromStart: sources.delete(INPUT_REF), outputSources: [...sources].map(stepIndex) };
    return Object.freeze({ kind: "flow", steps, output, ...reads, label: "flow", entries });
  }
}

/** The name under which expressions of a flow's form read its step `index`. No node is called so. */
function stepRef(index: number): string {
  return `$${index}`;
}

/** The inverse of {@link stepRef}. */
export function stepIndex(ref: string): number {
  return Number(ref.slice(1));
}

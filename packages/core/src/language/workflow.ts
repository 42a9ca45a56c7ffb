import type { AnyCanvas, In, NameOf, Out } from "./any-canvas.ts";
import type { Canvas } from "./canvas.ts";
import { asCanvas, CanvasValue, formOf } from "./canvas-value.ts";
import type { Form, WorkflowForm } from "./form.ts";
import { checkedName } from "./name.ts";
import { checkedSchema } from "./schema.ts";
import type { AnySchema, SchemaIn, SchemaOut } from "./schema.ts";
import type { Compensation, Failure, HandlerFor, ScopeEnd } from "./scope-handlers.ts";
import type { Accepts } from "./step-check.ts";
import { canvasOptions, mergedOptions } from "./step-options.ts";
import type { CanvasOptions } from "./step-options.ts";
import type { NoSchema } from "./task.ts";

/**
 * A canvas with a name: what is run, and found again in lists and logs. Its version is the hash of its graph. In another
 * canvas it is a step like any other, and stands there as its nodes.
 */
export interface Workflow<out N extends string, in I, out O, in R = I> extends Canvas<I, O, N> {
  readonly workflowName: N;
  /** Checks the input of a run before it starts. Not used where the workflow is a step of another one. */
  readonly inputSchema?: AnySchema;
  /** For every run of it, and for all its steps. */
  readonly labels: Readonly<Record<string, string>>;
  /** For the compiler only: what starting a run takes, before the schema has transformed it. */
  readonly "~run": (input: R) => void;

  /** As on any canvas; it stays this workflow, whose options the handler has, too. */
  onError<Self extends AnyCanvas, const H extends AnyCanvas>(
    this: Self,
    handler: HandlerFor<H, Failure<In<Self>>, `the failure of '${NameOf<Self>}'`>,
  ): Workflow<NameOf<Self>, In<Self>, Out<Self>, RunInput<Self>>;
  /** As on any canvas; it stays this workflow, whose options the handler has, too. */
  recover<Self extends AnyCanvas, const H extends AnyCanvas>(
    this: Self,
    handler: HandlerFor<H, Failure<In<Self>>, `the failure of '${NameOf<Self>}'`>,
  ): Workflow<NameOf<Self>, In<Self>, Out<Self> | Out<H>, RunInput<Self>>;
  /** As on any canvas; it stays this workflow, whose options the handler has, too. */
  compensate<Self extends AnyCanvas, const H extends AnyCanvas>(
    this: Self,
    undo: HandlerFor<H, Compensation<In<Self>, Out<Self>>, `the compensation of '${NameOf<Self>}'`>,
  ): Workflow<NameOf<Self>, In<Self>, Out<Self>, RunInput<Self>>;
  /** As on any canvas; it stays this workflow, whose options the handler has, too. */
  finally<Self extends AnyCanvas, const H extends AnyCanvas>(
    this: Self,
    handler: HandlerFor<H, ScopeEnd<In<Self>, Out<Self>>, `the end of '${NameOf<Self>}'`>,
  ): Workflow<NameOf<Self>, In<Self>, Out<Self>, RunInput<Self>>;
  /** The same workflow under another name, with the same schema, labels and options. */
  named<Self extends AnyCanvas, const L extends string>(
    this: Self,
    name: L,
  ): Workflow<L, In<Self>, Out<Self>, RunInput<Self>>;
}

/** Any workflow with its types forgotten. */
export interface AnyWorkflow extends AnyCanvas {
  readonly workflowName: string;
  readonly inputSchema?: AnySchema;
  readonly labels: Readonly<Record<string, string>>;
  readonly "~run": (input: never) => void;
}

/** What a run of `C` is started with. */
export type RunInput<C extends AnyCanvas> = C extends { readonly "~run": (input: infer R) => void } ? R : In<C>;
/** What a run of `C` results in. */
export type RunOutput<C extends AnyCanvas> = Out<C>;

/** Options are defaults for all steps of the workflow, timing is for the workflow as a whole. */
export interface WorkflowOptions<S extends AnySchema> extends CanvasOptions {
  /** Checks the input of a run before it starts; the first steps get what the schema makes of it. */
  readonly input?: S;
}

type Fitting<C extends AnyCanvas, S extends AnySchema, N extends string> = NoSchema extends S
  ? C
  : Accepts<C, SchemaOut<S>, `the input schema of '${N}'`>;

/**
 * Names a canvas, so that it can be run.
 *
 * ```ts
 * export const picture = workflow("picture", chain(fetchImage, resize.s({ width: 300 })), { input: UrlInput });
 * ```
 *
 * @throws TaskNameInvalidError, CanvasExpectedError, OptionInvalidError, SchemaInvalidError
 */
export function workflow<const N extends string, const C extends AnyCanvas, S extends AnySchema = NoSchema>(
  name: N,
  canvas: Fitting<C, S, N>,
  options?: WorkflowOptions<S>,
): Workflow<N, In<C>, Out<C>, NoSchema extends S ? In<C> : SchemaIn<S>> {
  const label = checkedName("workflow", name);
  const body = formOf(canvas, `the canvas of workflow '${name}'`);
  const said = canvasOptions(`the options of workflow '${name}'`, options === undefined ? {} : options, ["input"]);
  const input = options?.input;
  const form: WorkflowForm = Object.freeze({
    kind: "workflow",
    body,
    ...said,
    label,
    entries: said.timing === undefined ? body.entries : 1,
  });
  const schema = input === undefined ? undefined : checkedSchema(`the input of workflow '${name}'`, input);
  return asCanvas(new WorkflowValue(form, schema));
}

class WorkflowValue extends CanvasValue {
  readonly workflowName: string;
  readonly inputSchema?: AnySchema;
  readonly labels: Readonly<Record<string, string>>;

  constructor(form: WorkflowForm, inputSchema: AnySchema | undefined) {
    super(form);
    this.workflowName = form.label;
    this.labels = form.options.labels ?? {};
    if (inputSchema !== undefined) this.inputSchema = inputSchema;
  }

  /** Stays a workflow. */
  override with(options: CanvasOptions): WorkflowValue {
    const form = formOf(this) as WorkflowForm;
    const said = canvasOptions("the options of with()", options);
    const merged = mergedOptions(form.options, said.options);
    const timing = said.timing === undefined ? {} : { timing: { ...form.timing, ...said.timing }, entries: 1 };
    return new WorkflowValue(Object.freeze({ ...form, options: merged, ...timing }), this.inputSchema);
  }

  /** Stays a workflow: what is said goes around its canvas and its time, its options are for all of it. */
  protected override around(wrapped: (own: Form) => Form, label: string): WorkflowValue {
    const form = formOf(this) as WorkflowForm;
    const { options } = form;
    const body = wrapped(form.timing === undefined ? form.body : form);
    return new WorkflowValue(
      Object.freeze({ kind: "workflow", body, options, label, entries: body.entries }),
      this.inputSchema,
    );
  }
}

/** Whether a canvas is a workflow, not only a step of one. */
export function isWorkflow(canvas: AnyCanvas): canvas is AnyWorkflow {
  return "workflowName" in canvas;
}

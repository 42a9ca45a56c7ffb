import type { Expr } from "../graph/expression.ts";
import type { FailureLimit } from "../graph/graph.ts";
import type { Form, FormBase } from "./form.ts";

/** Runs its body once for each item of a list. */
export interface MapForm extends FormBase {
  readonly kind: "map";
  readonly body: Form;
  readonly settle: boolean;
  readonly maxFailures?: FailureLimit;
  readonly concurrency?: number;
  /** The items are lists of so many items of what comes from above. */
  readonly chunk?: number;
  /** Of a map over chunks: the body is one task, whose handler runs for each item of a chunk. */
  readonly each?: true;
  /** Of a map over chunks: the result is one list, not a list for each chunk. */
  readonly flat?: true;
}

/** A canvas with what is to happen when it ends, or whose outcome is its result. */
export interface ScopeForm extends FormBase {
  readonly kind: "scope";
  readonly body: Form;
  readonly hook?: ScopeHook;
  readonly settle?: true;
}
export interface ScopeHook {
  /** Which level of the scope node it becomes. */
  readonly place: "onError" | "recover" | "finally" | "undo";
  readonly handler: Form;
}

/** Hands on what comes from above, later. */
export interface SleepForm extends FormBase {
  readonly kind: "sleep";
  readonly ms: number;
}

/** Side by side until one, some or all have ended. */
export interface BranchesForm extends FormBase {
  readonly kind: "branches";
  readonly members: readonly Form[];
  readonly keys?: readonly string[];
  readonly until: "ended" | "succeeded" | "quorum" | "all";
  readonly count?: number;
  readonly maxFailures?: FailureLimit;
}

/** One of several cases. */
export interface ChooseForm extends FormBase {
  readonly kind: "choose";
  /** What gives the key of the case: a canvas, or a select. */
  readonly selector: Form;
  readonly cases: readonly (readonly [key: string, body: Form])[];
  readonly otherwise?: Form;
}

/** The same again and again. */
export interface LoopForm extends FormBase {
  readonly kind: "loop";
  readonly body: Form;
  /** Over `$in`, the body's result. */
  readonly until: Expr;
  readonly max: number;
  readonly everyMs?: number;
}

/** Waits for a signal, and takes no notice of what comes from above. */
export interface SignalForm extends FormBase {
  readonly kind: "signal";
  readonly signal: string;
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
}

const LABEL_MAX = 200;

/** `combinator(body)`; cut, so that a label stays short however deep canvases nest. */
export function labelOver(combinator: string, body: Form): string {
  return `${combinator}(${body.label.length > LABEL_MAX ? "…" : body.label})`;
}

/** A canvas whose end something belongs to; messages call it as before. */
export function hookForm(body: Form, place: ScopeHook["place"], handler: Form): ScopeForm {
  return Object.freeze({ kind: "scope", body, hook: Object.freeze({ place, handler }), label: body.label, entries: 1 });
}

export function sleepForm(ms: number): SleepForm {
  return Object.freeze({ kind: "sleep", ms, label: "sleep", entries: 1 });
}

/** `label` is what messages call it. */
export function chooseForm(
  label: "choose" | "when",
  parts: Pick<ChooseForm, "selector" | "cases" | "otherwise">,
): ChooseForm {
  // The node of the choice reads the input, too, to hand it to the case.
  return Object.freeze({ kind: "choose", ...parts, label, entries: parts.selector.entries + 1 });
}

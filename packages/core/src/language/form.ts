import type { Expr } from "../graph/expression.ts";
import type { NodeTiming } from "../graph/graph.ts";
import { labelOver } from "./composite-form.ts";
import type {
  BranchesForm,
  ChooseForm,
  LoopForm,
  MapForm,
  ScopeForm,
  SignalForm,
  SleepForm,
} from "./composite-form.ts";
import type { InheritedOptions } from "./step-options.ts";
import type { TaskDefinition } from "./task-definition.ts";

/**
 * The nested form of a canvas: what the combinators make and `compile` flattens. Plain frozen data, made in O(1) or in the
 * number of the direct parts, and shared between the canvases that are made of each other.
 */
export type Form =
  | TaskForm
  | BoundForm
  | ArgumentsForm
  | IgnoreForm
  | SelectForm
  | ChainForm
  | GroupForm
  | MapForm
  | FlowForm
  | ScopeForm
  | SleepForm
  | BranchesForm
  | ChooseForm
  | LoopForm
  | SignalForm
  | OptionsForm
  | NameForm
  | WorkflowForm;

export interface FormBase {
  /** What messages call it. */
  readonly label: string;
  /** How many nodes read its input directly: what a barrier before it costs in edges. */
  readonly entries: number;
}
export interface TaskForm extends FormBase {
  readonly kind: "task";
  readonly task: TaskDefinition;
}
/** Fields given beforehand; they are laid over the object that comes from above. */
export interface BoundForm extends FormBase {
  readonly kind: "bound";
  readonly body: Form;
  readonly fields: Expr;
}
/** The last arguments of a func, given beforehand. */
export interface ArgumentsForm extends FormBase {
  readonly kind: "arguments";
  readonly body: Form;
  readonly last: Expr;
  /** How many arguments are still to come from above. */
  readonly open: number;
}
/** Takes `value` instead of what comes from above. */
export interface IgnoreForm extends FormBase {
  readonly kind: "ignore";
  readonly body: Form;
  readonly value: Expr;
}
/** Reshapes what comes from above without a task: an expression over `$in`. */
export interface SelectForm extends FormBase {
  readonly kind: "select";
  readonly template: Expr;
}
export interface ChainForm extends FormBase {
  readonly kind: "chain";
  readonly steps: readonly Form[];
}
export interface GroupForm extends FormBase {
  readonly kind: "group";
  readonly members: readonly Form[];
  /** The members' keys where the results make an object; absent where they make a list. */
  readonly keys?: readonly string[];
}
/** A graph of any shape: its steps read the input as `$in`, and the steps before them as `$0`, `$1` … */
export interface FlowForm extends FormBase {
  readonly kind: "flow";
  readonly steps: readonly FlowStepForm[];
  readonly output: Expr;
  /** The indexes of the steps that the output reads. */
  readonly outputSources: readonly number[];
  /** Whether the output reads the flow's input. */
  readonly outputFromStart: boolean;
}
export interface FlowStepForm {
  readonly body: Form;
  readonly input: Expr;
  /** The indexes of the steps that it comes after. */
  readonly sources: readonly number[];
  /** Whether it comes after what stands before the flow: it reads the flow's input, or nothing. */
  readonly fromStart: boolean;
  /** How many nodes read its result directly, those behind the flow not counted. */
  readonly readers: number;
  /** Whether another step comes after it. */
  readonly isRead: boolean;
}
export interface OptionsForm extends FormBase {
  readonly kind: "options";
  readonly body: Form;
  /** For the steps inside. */
  readonly options: InheritedOptions;
  /** For the body as a whole. */
  readonly timing?: NodeTiming;
}
export interface NameForm extends FormBase {
  readonly kind: "name";
  readonly body: Form;
  readonly name: string;
}
export interface WorkflowForm extends FormBase {
  readonly kind: "workflow";
  readonly body: Form;
  readonly options: InheritedOptions;
  readonly timing?: NodeTiming;
}

/** A chain of `steps`, named in messages by its last. */
export function chainForm(steps: readonly Form[]): ChainForm {
  const last = steps.at(-1)?.label ?? "chain";
  // A step without entries (a mapping, an empty group) hands the barrier on to the one after it.
  const entries = steps.find((step) => step.entries > 0)?.entries ?? 0;
  return Object.freeze({ kind: "chain", steps, label: last.startsWith("… → ") ? last : `… → ${last}`, entries });
}

export function groupForm(members: readonly Form[], keys?: readonly string[]): GroupForm {
  const entries = members.reduce((sum, member) => sum + member.entries, 0);
  return Object.freeze({ kind: "group", members, ...(keys ? { keys } : {}), label: "group", entries });
}

/** `combinator` is what messages call it. */
export function mapForm(
  combinator: string,
  body: Form,
  settings: Omit<MapForm, keyof FormBase | "kind" | "body">,
): MapForm {
  return Object.freeze({ kind: "map", body, ...settings, label: labelOver(combinator, body), entries: 1 });
}

/** `options` and `timing` for `body`. Said twice of one canvas, the later wins. */
export function optionsForm(body: Form, options: InheritedOptions, timing?: NodeTiming): OptionsForm {
  const said = timing === undefined ? { options } : { options, timing };
  // With timing a composite is a node, which alone reads its input; without, its steps read it.
  const entries = timing === undefined ? body.entries : 1;
  return Object.freeze({ kind: "options", body, ...said, label: body.label, entries });
}

/** A name for `body`. A composite becomes a node by it, which alone reads its input. */
export function nameForm(body: Form, name: string): NameForm {
  return Object.freeze({ kind: "name", body, name, label: name, entries: 1 });
}

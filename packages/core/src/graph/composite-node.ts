import type {
  BranchesForm,
  ChooseForm,
  LoopForm,
  MapForm,
  ScopeForm,
  SignalForm,
  SleepForm,
} from "../language/composite-form.ts";
import type { Form } from "../language/form.ts";
import { constExpr, INPUT_REF, opExpr, refExpr } from "./expression.ts";
import type { Expr } from "./expression.ts";
import type { Graph, GraphNode, NodeTiming } from "./graph.ts";

/** The forms that become one node, most of them with levels of their own. */
export type CompositeForm = MapForm | ScopeForm | SleepForm | BranchesForm | ChooseForm | LoopForm | SignalForm;

/** A node without its place on its level. */
export type Unplaced<N> = N extends GraphNode ? Omit<N, "id" | "needs"> : never;

/** One level inside a composite, before it is compiled. */
export interface LevelPart {
  readonly form: Form;
  /** What errors call it. */
  readonly place: string;
}

/** What compilation has found out about a composite. */
export interface CompositeParts {
  /** What comes from above. */
  readonly input: Expr;
  /** The compiled levels, one for each of {@link levelPartsOf}. */
  readonly levels: readonly Graph[];
  /** Of a choice: what it is made by. */
  readonly on?: Expr;
  /** Of a map: the strongest of what is said about it. */
  readonly concurrency?: number | undefined;
  /** Said of the composite as a whole. */
  readonly timing?: NodeTiming | undefined;
}

/** The levels inside a composite. Those of a choice follow its cases, that for the rest being the last. */
export function levelPartsOf(form: CompositeForm): readonly LevelPart[] {
  switch (form.kind) {
    case "map":
    case "loop":
      return [{ form: form.body, place: `the body of ${form.label}` }];
    case "scope": {
      const body = { form: form.body, place: `'${form.label}'` };
      if (form.hook === undefined) return [body];
      return [body, { form: form.hook.handler, place: `the handler of ${form.hook.place} of '${form.label}'` }];
    }
    case "branches":
      return form.members.map((member, i) => ({
        form: member,
        place: `member ${form.keys === undefined ? i : `'${form.keys[i]}'`} of ${form.label}`,
      }));
    case "choose": {
      const cases = form.cases.map(([key, body]) => ({ form: body, place: `case '${key}' of ${form.label}` }));
      const { otherwise } = form;
      return otherwise === undefined ? cases : [...cases, { form: otherwise, place: `the otherwise of ${form.label}` }];
    }
    case "sleep":
    case "signal":
      return [];
  }
}

/** The node of a composite. */
export function compositeNode(form: CompositeForm, parts: CompositeParts): Unplaced<GraphNode> {
  const timing = timingOf(form, parts.timing);
  return timing === undefined ? untimedNode(form, parts) : { ...untimedNode(form, parts), timing };
}

function untimedNode(
  form: CompositeForm,
  { input, levels, on = input, concurrency }: CompositeParts,
): Unplaced<GraphNode> {
  const body = levels[0] ?? HANDED_ON;
  switch (form.kind) {
    case "map":
      return {
        kind: "map",
        over: form.chunk === undefined ? input : opExpr("chunk", input, constExpr(form.chunk)),
        body,
        ...(form.settle ? { settle: true as const } : {}),
        ...present({ maxFailures: form.maxFailures, concurrency }),
      };
    case "scope":
      return {
        kind: "scope",
        input,
        body,
        ...(form.hook === undefined ? {} : { [form.hook.place]: levels[1] }),
        ...(form.settle ? { settle: true as const } : {}),
      };
    case "sleep":
      return { kind: "scope", input, body };
    case "branches":
      return {
        kind: "branches",
        input,
        branches: levels,
        until: form.until,
        ...present({ keys: form.keys, count: form.count, maxFailures: form.maxFailures }),
      };
    case "choose":
      return {
        kind: "choose",
        input,
        on,
        cases: Object.fromEntries(form.cases.map(([key], i) => [key, levels[i] as Graph])),
        ...present({ otherwise: levels[form.cases.length] }),
      };
    case "loop":
      return { kind: "loop", input, body, until: form.until, max: form.max, ...present({ everyMs: form.everyMs }) };
    case "signal":
      return { kind: "signal", signal: form.signal, ...present({ schema: form.schema }) };
  }
}

/** A level that adds nothing. */
const HANDED_ON: Graph = { nodes: [], output: refExpr(INPUT_REF) };

/** What a composite says of its time by itself, with what is said about it. */
function timingOf(form: CompositeForm, said: NodeTiming | undefined): NodeTiming | undefined {
  if (form.kind === "sleep") return { ...said, delayMs: form.ms + (said?.delayMs ?? 0) };
  if (form.kind === "signal" && form.timeoutMs !== undefined) return { withinMs: form.timeoutMs, ...said };
  return said;
}

/** The id that a composite has without a name. */
export function idOf(form: CompositeForm): string {
  switch (form.kind) {
    case "branches":
      return form.label;
    case "scope":
      if (form.settle) return "settled";
      return form.hook === undefined && form.body.kind === "workflow" ? form.body.label : "scope";
    default:
      return form.kind;
  }
}

/** Whether a canvas of this form is one node, of which a name and timing can be said. */
export function isOneNode(form: Form): boolean {
  switch (form.kind) {
    case "chain":
    case "group":
    case "flow":
    case "select":
    case "workflow":
      return false;
    case "choose":
      return form.selector.kind === "select";
    case "map":
      return form.flat === undefined;
    default:
      return true;
  }
}

function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** A level is an object with a list of nodes in it; where there are several, one more list or object holds them. */
export function nestingIn(form: CompositeForm): number {
  return form.kind === "branches" || form.kind === "choose" ? 4 : 3;
}

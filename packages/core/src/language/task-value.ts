import { BindingInvalidError } from "./build-errors.ts";
import { shown } from "./shown.ts";
import { CanvasValue, formOf } from "./canvas-value.ts";
import { constantExpr } from "./constant.ts";
import { optionsForm } from "./form.ts";
import type { Form } from "./form.ts";
import { checkedName } from "./name.ts";
import { checkedSchema } from "./schema.ts";
import { canvasOptions, taskOptions } from "./step-options.ts";
import type { CanvasOptions, TaskOptions } from "./step-options.ts";
import type { TaskDefinition } from "./task-definition.ts";

/** A task at run time, also a contract or a func: a canvas of one step that knows its definition. */
export class TaskValue extends CanvasValue {
  readonly definition: TaskDefinition;

  constructor(definition: TaskDefinition, form: Form = taskForm(definition)) {
    super(form);
    this.definition = definition;
  }

  get taskName(): string {
    return this.definition.name;
  }

  /** Stays a task, so that its input can still be bound. */
  override with(options: CanvasOptions): TaskValue {
    const said = canvasOptions("the options of with()", options);
    return new TaskValue(this.definition, optionsForm(formOf(this), said.options, said.timing));
  }

  s(...given: readonly unknown[]): CanvasValue {
    return this.definition.arity === undefined ? this.#boundFields(given) : this.#boundArguments(given);
  }

  #boundFields(given: readonly unknown[]): CanvasValue {
    const { name } = this.definition;
    const [fields] = given;
    if (given.length !== 1 || typeof fields !== "object" || fields === null || Array.isArray(fields)) {
      throw new BindingInvalidError(`${name}.s(${given.map(shown).join(", ")}): expected one object of fields`);
    }
    const body = formOf(this);
    return new CanvasValue(
      Object.freeze({
        kind: "bound",
        body,
        fields: constantExpr(fields, `${name}.s(…)`),
        label: body.label,
        entries: 1,
      }),
    );
  }

  #boundArguments(given: readonly unknown[]): CanvasValue {
    const { name, arity = 0 } = this.definition;
    if (given.length > arity) {
      throw new BindingInvalidError(`${name}.s(…) is given ${given.length} arguments, but the function has ${arity}`);
    }
    const body = formOf(this);
    return new CanvasValue(
      Object.freeze({
        kind: "arguments",
        body,
        last: constantExpr(given, `${name}.s(…)`),
        open: arity - given.length,
        label: body.label,
        entries: 1,
      }),
    );
  }
}

function taskForm(task: TaskDefinition): Form {
  return Object.freeze({ kind: "task", task, label: task.name, entries: 1 });
}

/** What `task`, `contract` and `func` share: everything about a task but its code. */
export function taskDefinition(
  name: string,
  spec: TaskOptions & { readonly input?: unknown; readonly output?: unknown },
): TaskDefinition {
  const checked = checkedName("task", name);
  const said = taskOptions(`the options of task '${name}'`, spec);
  const { input, output } = spec;
  return Object.freeze({
    name: checked,
    ...said,
    ...(input === undefined ? {} : { inputSchema: checkedSchema(`the input of task '${name}'`, input) }),
    ...(output === undefined ? {} : { outputSchema: checkedSchema(`the output of task '${name}'`, output) }),
  });
}

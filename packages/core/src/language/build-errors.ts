import { ArpeggioError } from "../errors/arpeggio-error.ts";
import { isCanvas } from "./canvas-mark.ts";
import { shown } from "./shown.ts";

/** An option of a task, a step or a workflow has a value that it cannot have, or is not known. */
export class OptionInvalidError extends ArpeggioError {
  override readonly name = "OptionInvalidError";
  readonly code = "OPTION_INVALID";
  readonly hint: string;
  readonly option: string;
  readonly value: unknown;
  readonly expected: string;

  /** `option` may also be a place in words, such as "the options of map()". */
  constructor(
    option: string,
    value: unknown,
    expected: string,
    texts: { readonly message: string; readonly hint: string } = optionTexts(option, value, expected),
  ) {
    super(texts.message);
    this.option = option;
    this.value = value;
    this.expected = expected;
    this.hint = texts.hint;
  }
}

function optionTexts(option: string, value: unknown, expected: string): { message: string; hint: string } {
  return option.includes(" ")
    ? { message: `${option}: expected ${expected}, got ${shown(value)}`, hint: `Give ${expected}.` }
    : {
        message: `option '${option}' is ${shown(value)}; expected ${expected}`,
        hint: `Give '${option}' ${expected}.`,
      };
}

/** What has a name. */
export type NamedThing = "task" | "workflow" | "step" | "signal";

/** A task, workflow, step or signal has a name that cannot stand in a run's paths. */
export class TaskNameInvalidError extends ArpeggioError {
  override readonly name = "TaskNameInvalidError";
  readonly code = "TASK_NAME_INVALID";
  readonly hint =
    "Use words of letters, digits, '-' and '_' that begin with a letter or '_', with '.' between them, 200 characters at most: 'image.resize'.";
  constructor(what: NamedThing, value: unknown) {
    super(`${shown(value)} is not a name for a ${what}`);
  }
}

/** `chain()` without steps. */
export class ChainEmptyError extends ArpeggioError {
  override readonly name = "ChainEmptyError";
  readonly code = "CHAIN_EMPTY";
  readonly hint = "Give chain() at least one canvas; if the steps come from a list, check that it is not empty.";
  constructor() {
    super("chain() has no steps, so it has neither input nor output");
  }
}

/** `chord(header)` without a body. */
export class ChordBodyMissingError extends ArpeggioError {
  override readonly name = "ChordBodyMissingError";
  readonly code = "CHORD_BODY_MISSING";
  readonly hint = "Give chord() the canvas that takes the header's results, or use the group alone.";
  constructor(header: string) {
    super(`chord(${header}, …) has no body`);
  }
}

/** Something else stands where a canvas must, or several of them. */
export class CanvasExpectedError extends ArpeggioError {
  override readonly name = "CanvasExpectedError";
  readonly code = "CANVAS_EXPECTED";
  readonly hint: string;
  constructor(place: string, value: unknown, expected = { what: "a canvas", hint: hintInPlaceOf(value) }) {
    super(`${place} is ${shown(value)}, not ${expected.what}`);
    this.hint = expected.hint;
  }
}

function hintInPlaceOf(value: unknown): string {
  if (value === undefined)
    return "Two modules that import each other see undefined at first: break the circle, or check the spelling of the name.";
  if (Array.isArray(value) && value.some(isCanvas))
    return "A list of canvases is none: give them one by one, chain(...steps), or put them side by side by group([…]).";
  if (typeof value === "function") return "Make a task of the function, task(name, function), and give that.";
  return "Give a task, or what task(), contract(), func(), chain(), group(), chord(), map(), flow() or workflow() made.";
}

/** A member or a case has a key that no object may have. */
export class GroupKeyInvalidError extends ArpeggioError {
  override readonly name = "GroupKeyInvalidError";
  readonly code = "GROUP_KEY_INVALID";
  readonly hint = "Keys become fields of objects: choose another name.";
  /** `where`: `group() has a member`. */
  constructor(where: string, key: string) {
    super(`${where} '${key}', which no field may be called`);
  }
}

/** `race()`, `any()` or `quorum()` without members. */
export class BranchesEmptyError extends ArpeggioError {
  override readonly name = "BranchesEmptyError";
  readonly code = "BRANCHES_EMPTY";
  readonly hint: string;
  constructor(combinator: string) {
    super(`${combinator}() has no members, so nothing could ever end it`);
    this.hint = `Give ${combinator}() at least one canvas; if the members come from a list, check that it is not empty.`;
  }
}

/** A mapping function, or a flow, needs the value of a reference while the canvas is built, when there is no value yet. */
export class MappingInvalidError extends ArpeggioError {
  override readonly name = "MappingInvalidError";
  readonly code = "MAPPING_INVALID";
  readonly hint: string;
  constructor(place: string, what: string, hint?: string) {
    super(`${place} ${what}`);
    this.hint =
      hint ??
      "It runs once, before there is any data, and may only place references and constants in a new value. Compare with eq(), lt(), and() …; compute in a task.";
  }
}

/** A flow is not put together as a flow must be. */
export class FlowInvalidError extends ArpeggioError {
  override readonly name = "FlowInvalidError";
  readonly code = "FLOW_INVALID";
  readonly hint: string;
  constructor(place: string, what: string, hint: string) {
    super(`${place} ${what}`);
    this.hint = hint;
  }
}

/** A constant in a canvas cannot be stored. */
export class ConstantInvalidError extends ArpeggioError {
  override readonly name = "ConstantInvalidError";
  readonly code = "CONSTANT_INVALID";
  readonly hint = "Constants are JSON values, Uint8Array, Date or bigint, in plain objects and lists.";
  readonly path: string;
  constructor(place: string, path: string, what: string) {
    super(`${place}: ${path} is ${what}`);
    this.path = path;
  }
}

/** `.s(…)` gives what the task has no place for, or a canvas has to be a task, or a func, and is none. */
export class BindingInvalidError extends ArpeggioError {
  override readonly name = "BindingInvalidError";
  readonly code = "BINDING_INVALID";
  readonly hint: string;
  constructor(
    message: string,
    hint = "A task takes one object of fields in s({ … }); a func takes its last arguments in s(…).",
  ) {
    super(message);
    this.hint = hint;
  }
}

/** Two steps have one explicit name, so the name would not say which is meant. */
export class NodeNameDuplicateError extends ArpeggioError {
  override readonly name = "NodeNameDuplicateError";
  readonly code = "NODE_NAME_DUPLICATE";
  readonly hint = "Give each step a name of its own with .named(), and none that is another step's task.";
  constructor(name: string, place: string) {
    super(`two different steps are called '${name}' in ${place}`);
  }
}

/** One canvas uses two tasks of one name with different code. */
export class TaskNameDuplicateError extends ArpeggioError {
  override readonly name = "TaskNameDuplicateError";
  readonly code = "TASK_NAME_DUPLICATE";
  readonly hint = "Workers find code by name: rename one of the tasks, or use one definition for both.";
  constructor(name: string) {
    super(`two tasks with different code are called '${name}'`);
  }
}

/** A schema is no schema, or not a valid one. */
export class SchemaInvalidError extends ArpeggioError {
  override readonly name = "SchemaInvalidError";
  readonly code = "SCHEMA_INVALID";
  readonly hint = "Give a Standard Schema (zod, valibot, …), or a JSON Schema (2020-12) by jsonSchema({ … }).";
}

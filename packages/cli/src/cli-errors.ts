import { ArpeggioError } from "@arpeggio/core";

/** A module given on the command line is not there. */
export class ModuleNotFoundError extends ArpeggioError {
  override readonly name = "ModuleNotFoundError";
  readonly code = "MODULE_NOT_FOUND";
  readonly hint = "Give the path of a JavaScript module, such as ./dist/tasks.js, relative to the current folder.";
  constructor(path: string) {
    super(`there is no module '${path}'`);
  }
}

/** A module given on the command line cannot be loaded. */
export class ModuleFailedError extends ArpeggioError {
  override readonly name = "ModuleFailedError";
  readonly code = "MODULE_FAILED";
  readonly hint = "The module, or one that it imports, threw while it was loaded; --verbose shows the stack.";
  constructor(path: string, cause: unknown) {
    super(`module '${path}' cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** A TypeScript file was given to a Node that runs JavaScript only. */
export class TypeScriptUnsupportedError extends ArpeggioError {
  override readonly name = "TypeScriptUnsupportedError";
  readonly code = "TYPESCRIPT_UNSUPPORTED";
  readonly hint = "Compile it first and give the .js file, or use Node 22.18 or newer.";
  constructor(path: string) {
    super(`'${path}' is TypeScript, which Node ${process.versions.node} does not run`);
  }
}

/** The given modules export nothing that a worker could run. */
export class ModuleWithoutTasksError extends ArpeggioError {
  override readonly name = "ModuleWithoutTasksError";
  readonly code = "MODULE_WITHOUT_TASKS";
  readonly hint = "Export tasks (task, func, implement), or workflows and canvases made of them.";
  constructor(paths: readonly string[]) {
    super(`no task with code is exported by ${paths.map((path) => `'${path}'`).join(", ")}`);
  }
}

/** No given module exports the workflow or task. */
export class WorkflowNotFoundError extends ArpeggioError {
  override readonly name = "WorkflowNotFoundError";
  readonly code = "WORKFLOW_NOT_FOUND";
  readonly hint: string;
  constructor(name: string, known: readonly string[]) {
    super(`there is no workflow or task '${name}'`);
    this.hint =
      known.length === 0
        ? "The modules export no task and no workflow; --module names others."
        : `The modules export: ${known.slice(0, 20).join(", ")}${known.length > 20 ? ", …" : ""}.`;
  }
}

/** The input on the command line is not JSON. */
export class InputNotJsonError extends ArpeggioError {
  override readonly name = "InputNotJsonError";
  readonly code = "INPUT_NOT_JSON";
  readonly hint =
    'Put it in single quotes for the shell: \'{"url": "…"}\'. A string needs quotes of its own: \'"text"\'.';
  constructor(text: string, cause: unknown) {
    super(`the input is not JSON: ${cause instanceof Error ? cause.message : String(cause)}: ${text.slice(0, 100)}`, {
      cause,
    });
  }
}

/** An option on the command line has a value that it cannot have, or is missing. */
export class ArgumentInvalidError extends ArpeggioError {
  override readonly name = "ArgumentInvalidError";
  readonly code = "ARGUMENT_INVALID";
  readonly hint = "See arpeggio --help.";
  constructor(option: string, value: string | undefined, expected: string) {
    super(`${option} is ${value === undefined ? "missing" : `'${value}'`}, expected ${expected}`);
  }
}

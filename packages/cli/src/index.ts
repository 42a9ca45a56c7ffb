export {
  ArgumentInvalidError,
  InputNotJsonError,
  ModuleFailedError,
  ModuleNotFoundError,
  ModuleWithoutTasksError,
  TypeScriptUnsupportedError,
  WorkflowNotFoundError,
} from "./cli-errors.ts";
export { runCommandLine } from "./command-line.ts";

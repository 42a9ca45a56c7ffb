/** What the process ends with, for scripts. */
export const exitCodes = {
  ok: 0,
  /** The run failed or was cancelled, or the server could not be reached. */
  failed: 1,
  /** The command line, a module or the input is wrong. */
  usage: 2,
  /** SIGINT has ended the wait for a run. */
  interrupted: 130,
} as const;

const USAGE_CODES: ReadonlySet<string> = new Set([
  "ARGUMENT_INVALID",
  "CANVAS_EXPECTED",
  "DUPLICATE_TASK",
  "INPUT_INVALID",
  "INPUT_NOT_JSON",
  "MODULE_FAILED",
  "MODULE_NOT_FOUND",
  "MODULE_WITHOUT_TASKS",
  "NAME_INVALID",
  "NODE_NOT_FOUND",
  "OPTION_INVALID",
  "RUN_ID_TAKEN",
  "SIGNAL_PAYLOAD_INVALID",
  "TASK_WITHOUT_HANDLER",
  "TYPESCRIPT_UNSUPPORTED",
  "VALUE_NOT_SERIALISABLE",
  "WORKFLOW_NOT_FOUND",
]);

/** The exit code for an error with this code. */
export function exitCodeOf(code: string | undefined): number {
  return code !== undefined && USAGE_CODES.has(code) ? exitCodes.usage : exitCodes.failed;
}

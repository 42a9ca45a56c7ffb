export {
  CanvasIsPromiseError,
  ClientClosedError,
  InputInvalidError,
  ResultTimedOutError,
  RunCancelledError,
  RunFailedError,
  RunIdTakenError,
  RunNotFoundError,
} from "./client-errors.ts";
export { DeadLetterNotFoundError, DeadLetterNotRequeuableError } from "./dead-letter-errors.ts";
export type { DeadLetter, DeadLetterDetail, DeadLetterFilter, DeadLetters, Requeued } from "./dead-letters.ts";
export { createClient } from "./client.ts";
export type { Client, ClientOptions, Startable } from "./client.ts";
export type { ResultOptions, RunHandle } from "./run-handle.ts";
export type { RunArguments, RunOptions } from "./run-options.ts";
export type { NodeStatus, RunState, RunStatus, StatusOptions } from "./run-status.ts";
export type { RunUpdate } from "./run-updates.ts";

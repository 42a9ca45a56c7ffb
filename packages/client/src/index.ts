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
export {
  NodeNotFoundError,
  NodeNotSucceededError,
  NodeResultNotKeptError,
  RunEndedError,
  SignalNotExpectedError,
  SignalPayloadInvalidError,
} from "./control-errors.ts";
export { DeadLetterNotFoundError, DeadLetterNotRequeuableError } from "./dead-letter-errors.ts";
export type { DeadLetter, DeadLetterDetail, DeadLetterFilter, DeadLetters, Requeued } from "./dead-letters.ts";
export { createClient } from "./client.ts";
export type { Client, ClientOptions, RedrivePlan, Startable } from "./client.ts";
export { RedriveNothingToDoError, RedriveNotPossibleError, RunNotEndedError } from "./redrive-errors.ts";
export type { RedrivePaths } from "./redrive-plan.ts";
export type { RedriveOptions } from "./redrive.ts";
export type { ListedState, RunFilter, RunList, RunListOptions, RunSummary } from "./run-list.ts";
export type { BulkOutcome, RunLimit, Runs } from "./runs.ts";
export { readLiveWorkers } from "./live-workers.ts";
export type { LiveWorkers } from "./live-workers.ts";
export type { NodeHandle } from "./node-handle.ts";
export type { CancelOptions, RunSignalOptions } from "./run-control.ts";
export type { PartCancelOptions, ResultOptions, RunCancelOptions, RunHandle } from "./run-handle.ts";
export type { RunArguments, RunOptions } from "./run-options.ts";
export type { NodeStatus, RunState, RunStatus, StatusOptions } from "./run-status.ts";
export type { RunUpdate } from "./run-updates.ts";

export { needsOf } from "./canvas-needs.ts";
export type { CanvasNeeds } from "./canvas-needs.ts";
export { quietLogger } from "./logger.ts";
export type { Logger } from "./logger.ts";
export {
  AttemptAbortedError,
  DuplicateTaskError,
  NodeExpiredError,
  ReplacementInvalidError,
  ReplyNotReturnedError,
  TaskInputInvalidError,
  TaskOutputInvalidError,
  TaskPoisonedError,
  TaskResultNotSerialisableError,
  TaskTimedOutError,
  TaskWithoutHandlerError,
  WorkerStoppedError,
} from "./worker-errors.ts";
export type { TaskSource, WorkerOptions } from "./worker-options.ts";
export { checkWorkerOptions, createWorker } from "./worker.ts";
export type { TaskPlace, Worker, WorkerStats } from "./worker.ts";

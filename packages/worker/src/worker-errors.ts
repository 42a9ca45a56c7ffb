import { ArpeggioError } from "@arpeggio/core";

/** Two different tasks were given to one worker under one name. */
export class DuplicateTaskError extends ArpeggioError {
  override readonly name = "DuplicateTaskError";
  readonly code = "DUPLICATE_TASK";
  readonly hint = "Give each task a name of its own; the name decides which handler an attempt runs.";
  readonly task: string;
  constructor(task: string) {
    super(`two tasks have the name '${task}'`);
    this.task = task;
  }
}

/** A contract was given to a worker as if it were a task. */
export class TaskWithoutHandlerError extends ArpeggioError {
  override readonly name = "TaskWithoutHandlerError";
  readonly code = "TASK_WITHOUT_HANDLER";
  readonly hint = "Give the worker the task with its code: implement(contract, handler).";
  readonly task: string;
  constructor(task: string) {
    super(`'${task}' has no handler, so a worker cannot run it`);
    this.task = task;
  }
}

/** The input of an attempt does not fit the task's schema. Never thrown: it becomes the attempt's failure. */
export class TaskInputInvalidError extends ArpeggioError {
  override readonly name = "TaskInputInvalidError";
  readonly code = "TASK_INPUT_INVALID";
  readonly hint = "Compare what the step before returns with the task's input schema.";
  constructor(task: string, issues: string) {
    super(`the input of '${task}' does not fit its schema: ${issues}`);
  }
}

/** What a handler returned does not fit the task's output schema. Never thrown: it becomes the attempt's failure. */
export class TaskOutputInvalidError extends ArpeggioError {
  override readonly name = "TaskOutputInvalidError";
  readonly code = "TASK_OUTPUT_INVALID";
  readonly hint = "Return what the output schema of the task says, or change the schema.";
  constructor(task: string, issues: string) {
    super(`the result of '${task}' does not fit its schema: ${issues}`);
  }
}

/** What a handler returned cannot be stored. Never thrown: it becomes the attempt's failure. */
export class TaskResultNotSerialisableError extends ArpeggioError {
  override readonly name = "TaskResultNotSerialisableError";
  readonly code = "TASK_RESULT_NOT_SERIALISABLE";
  readonly hint = "Return JSON, Uint8Array, Date and bigint only; turn anything else into those first.";
  constructor(task: string, cause: unknown) {
    super(`the result of '${task}' cannot be stored: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** An attempt ran longer than its timeout. The reason of `ctx.signal`, and the attempt's failure. */
export class TaskTimedOutError extends ArpeggioError {
  override readonly name = "TaskTimedOutError";
  readonly code = "TASK_TIMED_OUT";
  readonly hint = "Raise the task's timeout, or make the handler stop when ctx.signal aborts.";
  constructor(task: string, timeoutMs: number) {
    super(`'${task}' ran longer than ${timeoutMs} ms`);
  }
}

/** An attempt was handed out again and again and never ended: it probably kills its worker. */
export class TaskPoisonedError extends ArpeggioError {
  override readonly name = "TaskPoisonedError";
  readonly code = "TASK_POISONED";
  readonly hint = "Look for what ended the workers (memory, native crash); the message is in the dead letters.";
  constructor(task: string, deliveries: number) {
    super(`an attempt of '${task}' was delivered ${deliveries} times and never came to an end`);
  }
}

/** An attempt came to its worker after the moment until which it had to begin. Never thrown: it becomes the attempt's failure. */
export class NodeExpiredError extends ArpeggioError {
  override readonly name = "NodeExpiredError";
  readonly code = "NODE_EXPIRED";
  readonly hint = "Start more workers for the queue, or let the step expire later.";
  constructor(node: string, lateMs: number) {
    super(`'${node}' expired ${lateMs} ms before a worker could begin it`);
  }
}

/** What a handler gave to `ctx.replaceWith` cannot run in its place. Never thrown: it becomes the attempt's failure. */
export class ReplacementInvalidError extends ArpeggioError {
  override readonly name = "ReplacementInvalidError";
  readonly code = "REPLACEMENT_INVALID";
  readonly hint = "Give ctx.replaceWith() an input that fits the canvas, in a task that does not run item by item.";
  constructor(task: string, why: string) {
    super(`the canvas that '${task}' replaces itself with cannot be run: ${why}`);
  }
}

/** A handler has called `ctx.replaceWith`, `ctx.finish` or `ctx.skip` and returned something else. Never thrown: it becomes the attempt's failure. */
export class ReplyNotReturnedError extends ArpeggioError {
  override readonly name = "ReplyNotReturnedError";
  readonly code = "REPLY_NOT_RETURNED";
  readonly hint = "Return what it gives: return ctx.finish(value). Call it only where it is to be returned.";
  constructor(task: string, called: string) {
    super(`'${task}' called ctx.${called}() and did not return what it gave, so nothing would come of it`);
  }
}

/** The reason of `ctx.signal` when the run was cancelled, or failed elsewhere, or nobody needs the result any more. */
export class AttemptAbortedError extends ArpeggioError {
  override readonly name = "AttemptAbortedError";
  readonly code = "ATTEMPT_ABORTED";
  readonly hint = "Stop and clean up; what the handler returns from here on is dropped.";
  constructor(reason: string) {
    super(`the attempt was aborted: ${reason}`);
  }
}

/** The reason of `ctx.signal` when the worker had to stop before the handler was done. The attempt runs again elsewhere. */
export class WorkerStoppedError extends ArpeggioError {
  override readonly name = "WorkerStoppedError";
  readonly code = "WORKER_STOPPED";
  readonly hint =
    "Give the worker more time to drain (drainTimeoutMs), or make the handler stop when ctx.signal aborts.";
  constructor(drainTimeoutMs: number) {
    super(`the worker stopped and the attempt was not done within ${drainTimeoutMs} ms`);
  }
}

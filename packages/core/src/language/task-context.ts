import type { AnyCanvas, In, Out } from "./any-canvas.ts";
import type { EarlyEnd, Replacement, Reply, ReplacementInput } from "./handler-reply.ts";

/**
 * What a task's handler gets beside its input.
 *
 * What `replaceWith`, `finish` and `skip` give is to be returned. A handler that calls one of them and returns something else fails
 * for good (`REPLY_NOT_RETURNED`): nothing would come of what it said.
 */
export interface TaskContext {
  /** The run that this attempt belongs to. */
  readonly runId: string;
  /** The node's path in the run, e.g. `etl.load`, or `map[3]/etl.load` for the fourth item of a map. */
  readonly nodeId: string;
  /** The task's name. */
  readonly task: string;
  /** Which try of this node it is, counted from 1. */
  readonly attempt: number;
  /**
   * Aborted when the attempt should stop: its timeout is over, the run was cancelled, or the worker shuts down. Pass it on to
   * `fetch`, streams and child processes. `signal.reason` says why.
   */
  readonly signal: AbortSignal;
  /**
   * Equal for every delivery of one attempt, different for every other attempt, node and run: hand it to services that
   * can recognise a repeated request.
   */
  readonly idempotencyKey: string;
  /** Labels of the run, the composites around the step, the task and the step, the nearest winning. */
  readonly labels: Readonly<Record<string, string>>;
  /** Sends a line to whoever follows the run. Not stored: use a logger for what must be kept. */
  readonly log: (message: string, data?: unknown) => void;
  /** Tells whoever follows the run how far the attempt is: `done` of `total` units, whatever these are. */
  readonly progress: (done: number, total?: number) => void;
  /**
   * Return it, and the canvas runs in the place of this task: its result is the task's, so it has to give what the task
   * gives. The task's own output schema is not asked again.
   *
   * ```ts
   * const walk = task("dir.walk", async (dir: { path: string }, ctx): Promise<Reply<string[]>> => {
   *   const { files, folders } = await list(dir.path);
   *   return folders.length === 0 ? files : ctx.replaceWith(chain(map(walk), flatten), folders);
   * });
   * ```
   *
   * @throws CanvasExpectedError if it is no canvas.
   */
  readonly replaceWith: <C extends AnyCanvas>(canvas: C, ...input: ReplacementInput<In<C>>) => Replacement<Out<C>>;
  /**
   * Return it, and the whole run ends now, successfully, with `value` as its result. What is running is cancelled, the rest is
   * skipped. The compiler does not know what the run gives, so the value is not checked against that.
   */
  readonly finish: (value?: unknown) => EarlyEnd;
  /**
   * Return it, and the scope around this task ends now, successfully, with `value` as its result: an item of a map, a branch, a
   * case, one round of a loop, a named part; the run, where there is none.
   */
  readonly skip: (value?: unknown) => EarlyEnd;
}

/** The code of a task. Whatever it gives is awaited; what it throws fails the attempt. */
export type Handler<I, O> = (input: I, ctx: TaskContext) => Reply<O> | Promise<Reply<O>>;

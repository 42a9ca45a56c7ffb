import { ArpeggioError } from "../errors/arpeggio-error.ts";
import { durationMs } from "./duration.ts";
import type { Duration } from "./duration.ts";

/**
 * Thrown by a handler when another attempt would be of no use: the node fails at once, whatever its retry policy says.
 *
 * ```ts
 * if (!isImage(bytes)) throw new PermanentTaskError(`${url} is not an image`);
 * ```
 */
export class PermanentTaskError extends ArpeggioError {
  override readonly name: string = "PermanentTaskError";
  /** A subclass may have a code of its own. */
  readonly code: string = "TASK_FAILED_PERMANENTLY";
  readonly hint: string = "The task itself says that retrying is of no use: change its input, or the task.";
}

/**
 * Thrown by a handler that knows when it is worth trying again, e.g. from a `Retry-After` header. It counts as an attempt:
 * when the policy's attempts are used up, the node fails.
 */
export class RetryLaterError extends ArpeggioError {
  override readonly name = "RetryLaterError";
  readonly code = "TASK_RETRY_LATER";
  readonly hint = "The task asked for a later attempt; it fails only if the retry policy has none left.";
  /** How long to wait before the next attempt, in milliseconds. */
  readonly delayMs: number;

  /**
   * @param delay - Milliseconds, or text such as `"30s"`.
   * @throws OptionInvalidError if it is neither.
   */
  constructor(delay: Duration, message?: string, options?: ErrorOptions) {
    const delayMs = durationMs("delay", delay);
    super(message ?? `asked to be retried in ${delayMs} ms`, options);
    this.delayMs = delayMs;
  }
}

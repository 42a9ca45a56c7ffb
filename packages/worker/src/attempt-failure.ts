import { ArpeggioError, errorInfoOf, PermanentTaskError, RetryLaterError } from "@arpeggio/core";
import type { AttemptFailure } from "@arpeggio/core";

/** Codes of failures that the engine finds itself, with whether another attempt could end differently. */
const ENGINE_CODES: Readonly<Record<string, { readonly isPermanent: boolean }>> = {
  TASK_INPUT_INVALID: { isPermanent: true },
  TASK_OUTPUT_INVALID: { isPermanent: false },
  TASK_RESULT_NOT_SERIALISABLE: { isPermanent: true },
  TASK_TIMED_OUT: { isPermanent: false },
  TASK_POISONED: { isPermanent: true },
  EXPRESSION_FAILED: { isPermanent: true },
};

/** What the coordinator is told of an error: the engine's own codes as they are, everything else as `TASK_FAILED`. */
export function attemptFailureOf(thrown: unknown): AttemptFailure {
  const error = errorInfoOf(thrown);
  const engine = thrown instanceof ArpeggioError ? ENGINE_CODES[thrown.code] : undefined;
  if (engine !== undefined && error.code !== undefined)
    return { code: error.code, error, permanent: engine.isPermanent };
  if (isNamed(thrown, PermanentTaskError, "TASK_FAILED_PERMANENTLY"))
    return { code: "TASK_FAILED", error, permanent: true };
  if (isNamed(thrown, RetryLaterError, "TASK_RETRY_LATER")) {
    return { code: "TASK_FAILED", error, permanent: false, retryAfterMs: (thrown as RetryLaterError).delayMs };
  }
  return { code: "TASK_FAILED", error, permanent: false };
}

/** Also true for the class of another copy of the library, which a handler's package may bring. */
function isNamed(thrown: unknown, type: abstract new (...args: never[]) => Error, code: string): boolean {
  return thrown instanceof type || (thrown instanceof Error && (thrown as { code?: unknown }).code === code);
}

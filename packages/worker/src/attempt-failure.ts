import { ArpeggioError, errorInfoOf, PermanentTaskError, RetryLaterError } from "@arpeggio/core";
import type { AttemptFailure, ErrorInfo } from "@arpeggio/core";

/** Codes of failures that the engine finds itself, with whether another attempt could end differently. */
const ENGINE_CODES: Readonly<Record<string, { readonly isPermanent: boolean }>> = {
  TASK_INPUT_INVALID: { isPermanent: true },
  TASK_OUTPUT_INVALID: { isPermanent: false },
  TASK_RESULT_NOT_SERIALISABLE: { isPermanent: true },
  TASK_TIMED_OUT: { isPermanent: false },
  TASK_POISONED: { isPermanent: true },
  NODE_EXPIRED: { isPermanent: true },
  REPLACEMENT_INVALID: { isPermanent: true },
  REPLY_NOT_RETURNED: { isPermanent: true },
  DUPLICATE_TASK: { isPermanent: true },
  EXPRESSION_FAILED: { isPermanent: true },
  MESSAGE_TOO_LARGE: { isPermanent: true },
  BLOB_NOT_FOUND: { isPermanent: true },
  BLOB_CORRUPT: { isPermanent: true },
  RECORD_UNDECODABLE: { isPermanent: true },
};

/**
 * What the coordinator is told of an error: the engine's own codes as they are, everything else as `TASK_FAILED`. Never
 * throws: a handler may throw what cannot even be looked at, such as a proxy whose traps throw.
 */
export function attemptFailureOf(thrown: unknown): AttemptFailure {
  const error = errorInfoOf(thrown);
  try {
    return classified(thrown, error);
  } catch {
    return { code: "TASK_FAILED", error, permanent: false };
  }
}

const MESSAGE_CHARS_SHORT = 500;

/** The same failure with little text, for a transport that takes no message as large as the whole. */
export function shortened({ error, ...failure }: AttemptFailure): AttemptFailure {
  const { name, message, code } = error;
  const short = { name, message: message.slice(0, MESSAGE_CHARS_SHORT), ...(code === undefined ? {} : { code }) };
  return { ...failure, error: short };
}

function classified(thrown: unknown, error: ErrorInfo): AttemptFailure {
  const engine = thrown instanceof ArpeggioError ? ENGINE_CODES[thrown.code] : undefined;
  if (engine !== undefined && error.code !== undefined)
    return { code: error.code, error, permanent: engine.isPermanent };
  if (isNamed(thrown, PermanentTaskError, "TASK_FAILED_PERMANENTLY"))
    return { code: "TASK_FAILED", error, permanent: true };
  if (isNamed(thrown, RetryLaterError, "TASK_RETRY_LATER")) {
    const retryAfterMs = (thrown as RetryLaterError).delayMs;
    // An error of somebody else's may have the code alone.
    if (Number.isFinite(retryAfterMs) && retryAfterMs >= 0)
      return { code: "TASK_FAILED", error, permanent: false, retryAfterMs };
  }
  return { code: "TASK_FAILED", error, permanent: false };
}

/** Also true for the class of another copy of the library, which a handler's package may bring. */
function isNamed(thrown: unknown, type: abstract new (...args: never[]) => Error, code: string): boolean {
  return thrown instanceof type || (thrown instanceof Error && (thrown as { code?: unknown }).code === code);
}

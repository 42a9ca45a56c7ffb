/**
 * The base of every error that Arpeggio throws.
 *
 * `code` is stable and never renamed; match on it, never on the text. `hint` says what to do. Every code has an
 * entry in `docs/reference/errors.md`.
 */
export abstract class ArpeggioError extends Error {
  /** Stable, upper case with underscores, e.g. `OPTION_INVALID`. */
  abstract readonly code: string;
  /** What the reader can do about it, one sentence or two. */
  abstract readonly hint: string;
}

/** Whether `error` is one of Arpeggio's own, whichever copy of the library it comes from. */
export function isArpeggioError(error: unknown): error is ArpeggioError {
  return error instanceof Error && "code" in error && "hint" in error && typeof error.code === "string";
}

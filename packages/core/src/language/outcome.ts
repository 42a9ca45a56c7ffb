import type { NodeFailure } from "../errors/failure.ts";

/** What became of a part that may fail without failing what is around it. */
export type ItemOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: NodeFailure };

/** The same list or object, with the outcome of each member in its place. */
export type Outcomes<T> = { -readonly [K in keyof T]: ItemOutcome<T[K]> } & {};

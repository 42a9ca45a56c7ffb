import type { ErrorInfo, NodeFailure } from "../errors/failure.ts";
import type { AnyCanvas, In, NameOf } from "./any-canvas.ts";
import type { NoCanvasProblem } from "./step-check.ts";
import type { Mismatch } from "./type-text.ts";

/** What the handler of `.onError()` and `.recover()` gets: why a canvas that takes an `I` has failed. */
export interface Failure<out I = unknown> {
  /** What the canvas was given. */
  readonly input: I;
  /** The first failure, which decided. */
  readonly error: NodeFailure;
  /** Every failure inside, in the order in which they happened; `error` is the first. */
  readonly failures: readonly NodeFailure[];
  /** Results inside that were still at hand, by the ids of their nodes: some, not all, and not large ones. */
  readonly partial: Readonly<Record<string, unknown>>;
}

/** What the handler of `.compensate()` gets: what has been done, and why it is to be undone. */
export interface Compensation<out I = unknown, out O = unknown> {
  readonly input: I;
  /** What the canvas gave. */
  readonly output: O;
  /** Why it is undone. */
  readonly error: UndoReason;
}

/** What failed after what is to be undone; where the run was cancelled or was out of time, no node did. */
export interface UndoReason {
  readonly code: string;
  readonly message: string;
  /** The node's path in the run. */
  readonly node?: string;
  readonly task?: string;
  readonly attempt?: number;
  readonly cause?: ErrorInfo;
}

/** What the handler of `.finally()` gets: how a canvas has ended. */
export type ScopeEnd<I = unknown, O = unknown> =
  | { readonly input: I; readonly ok: true; readonly value: O }
  | { readonly input: I; readonly ok: false; readonly error: NodeFailure };

/** `H` where it takes a `Have`; else the message, which names only the fields that do not fit. */
export type HandlerFor<H extends AnyCanvas, Have, From extends string> = H["~types"]["in"] extends (input: Have) => void
  ? H
  : NoCanvasProblem<H, FieldMismatch<`'${NameOf<H>}'`, In<H>, From, Have, WrongFields<In<H>, Have>>>;

/** Of a union, only the fields that all its members have. */
type WrongFields<Want, Have, Keys extends keyof Want = keyof Want> = {
  [K in Keys]: K extends keyof Have ? (Have[K] extends Want[K] ? never : K) : {} extends Pick<Want, K> ? never : K;
}[Keys];
type FieldMismatch<Where extends string, Want, From extends string, Have, Wrong> = [Wrong] extends [never]
  ? Mismatch<Where, Want, From, Have>
  : Mismatch<Where, Pick<Want, Wrong & keyof Want>, From, Pick<Have, Wrong & keyof Have>>;

import type { RunOptions } from "@arpeggio/client";
import type { AnyCanvas } from "@arpeggio/core";
import type { CanvasEnd } from "./canvas-ends.ts";
import type { Intervention } from "./interventions.ts";

/** What is done to a run once it has begun, and what it must come to. */
export interface Course {
  /** For the trace. */
  readonly label: string;
  readonly cancel?: PlannedCancel;
  /** What else is done to it. */
  readonly interventions?: readonly Intervention[];
  /** How its tasks are tried again; undefined where that is not checked. */
  readonly retry?: PlannedRetry;
  /** What it must come to; undefined where nobody knows. */
  readonly expected?: Expectation | undefined;
  /** How it is gone on with, should it fail or be cancelled. */
  readonly redrive?: PlannedRedrive | undefined;
}

/** A run that somebody is going to start. */
export interface PlannedRun extends Course {
  /** Which client starts it, counted from 1. */
  readonly client: number;
  readonly atMs: number;
  readonly canvas: AnyCanvas;
  readonly input: unknown;
  readonly options: RunOptions;
}

/** A redrive by the client that is told of the end, and what the new run then goes through. */
export interface PlannedRedrive extends Course {
  /** How long after the client was told. */
  readonly afterMs: number;
  /** The version on which the new run goes on, where it is another one. */
  readonly workflow?: AnyCanvas;
  /** Chooses the node from which on it runs again, out of those that it could be; absent where only what is missing runs. */
  readonly from?: number;
  /** The new run's id. */
  readonly id?: string;
}

export interface PlannedRetry {
  readonly attempts: number;
  /** No attempt begins sooner after the one before has failed. */
  readonly delayMsMin: number;
}

export interface PlannedCancel {
  /** How long after the start. */
  readonly afterMs: number;
  /** Whether what has succeeded is to be undone. */
  readonly compensate: boolean;
}

/** How a run may end. */
export interface Expectation {
  /** Every way in which the canvas may end by what it means. */
  readonly ends: readonly CanvasEnd[];
  /** Codes of failures that may come instead: those of timeouts and of cancelling. */
  readonly alsoCodes: readonly string[];
}

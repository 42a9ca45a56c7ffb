import type { RunFailureRecord, RunRemains } from "@arpeggio/core";
import type { Value } from "../run/value.ts";

/** What must now be done for a run. Each is harmless to do twice, and what it needs can be read from the run's state. */
export type Command = DispatchCommand | ArmCommand | EvaluateCommand | AbortCommand | FinishCommand;

/** Publish this attempt of this node. A class, because a map that opens makes thousands at a time: see "Memory" in docs/internals/coordinator.md. */
export class DispatchCommand {
  readonly type = "dispatch";
  readonly node: number;
  readonly attempt: number;

  constructor(node: number, attempt: number) {
    this.node = node;
    this.attempt = attempt;
  }
}

/** Append `timer.fired` with this timer when it is due, by the log's clock. */
export interface ArmCommand {
  readonly type: "arm";
  readonly timer: string;
  readonly dueAtMs: number;
}

/** Append `expression.evaluated` with the value of this target (`fold/evaluation-target.ts`). */
export interface EvaluateCommand {
  readonly type: "evaluate";
  readonly target: string;
}

/** Tell the workers to stop these nodes' attempts; all of the run's where `nodes` is absent. */
export interface AbortCommand {
  readonly type: "abort";
  readonly nodes?: readonly number[];
  readonly reason: string;
}

/** The run is over: store and announce its outcome. Always the last command of its event. */
export interface FinishCommand {
  readonly type: "finish";
  readonly state: "succeeded" | "failed" | "cancelled";
  /** Where it succeeded. */
  readonly value?: Value;
  /** Where it did not. */
  readonly failure?: RunFailureRecord;
  /** Where it did not: what a redrive may go on with. */
  readonly remains?: RunRemains;
  /** Its outcome as it is stored already: what led to it is lost, and nobody can make it anew. Then the others say no more than this. */
  readonly stored?: Uint8Array;
}

import type { Canvas } from "arpeggio";
import type { RecordedWorkflow } from "./recorded-workflow.mjs";

export declare function recordedFlow(
  recorded: RecordedWorkflow,
  options: {
    /** How long a second of the recording takes. */
    readonly msPerSecond: number;
  },
): {
  readonly canvas: Canvas<unknown, number>;
  /** Ids of the tasks that have begun in this process, in this order. */
  readonly begins: ReadonlySet<string>;
  /** The same of those that have ended. */
  readonly ends: ReadonlySet<string>;
};

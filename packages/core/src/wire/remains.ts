import type { Payload } from "./records.ts";
import type { StepDefaults } from "./step-defaults.ts";

/**
 * What a run that failed or was cancelled leaves behind for a redrive: the blob {@link remainsKey}, stored before its
 * outcome. It goes when the outcome goes.
 */
export interface RunRemains {
  readonly run: string;
  readonly workflow: string;
  /** Hash of the graph that it ran on. */
  readonly graph: string;
  readonly input: Payload;
  readonly labels?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly defaults?: StepDefaults;
  /** Nodes, and items and branches of nodes (`map[3]`, `any.alpha`), that succeeded. */
  readonly succeeded: readonly DoneNode[];
  /** Paths of nodes that failed. */
  readonly failed: readonly string[];
  /** False where more has succeeded than is listed; what is not listed runs again. */
  readonly isComplete: boolean;
}

/** A node that is done. */
export interface DoneNode {
  /** Its path, e.g. `map[3]/image.resize`. */
  readonly node: string;
  /** Absent where nobody was left to read it. */
  readonly value?: Payload;
}

/** The key of the blob with a run's {@link RunRemains}. */
export function remainsKey(run: string): string {
  return `${run}/remains`;
}

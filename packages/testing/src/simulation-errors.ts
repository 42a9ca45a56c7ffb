import { ArpeggioError } from "@arpeggio/core";

const TRACE_LINES = 40;

/** A simulation found that something does not hold. */
export class SimulationFailedError extends ArpeggioError {
  override readonly name = "SimulationFailedError";
  readonly code = "SIMULATION_FAILED";
  readonly hint = "The same seed gives the same course of events: run it again, and read `trace` from the end.";
  readonly seed: number;
  /** What did not hold. */
  readonly violations: readonly string[];
  /** Everything that happened, one line each. */
  readonly trace: readonly string[];

  constructor(seed: number, violations: readonly string[], trace: readonly string[]) {
    super(`seed ${seed}: ${violations.join("; ")}\n${trace.slice(-TRACE_LINES).join("\n")}`);
    this.seed = seed;
    this.violations = violations;
    this.trace = trace;
  }
}

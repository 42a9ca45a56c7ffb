import type { TrialOptions } from "./trial.mjs";

export class Reach implements NonNullable<TrialOptions["reach"]> {
  static of(seeds: readonly number[], processes: number): Promise<Reach>;
  /** The bundle of the engine as it is. */
  readonly text: string;
  reaching(seeds: readonly number[], mutant: string): readonly number[];
}

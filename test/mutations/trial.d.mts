import type { Mutation } from "./mutant.mjs";

export interface TrialOptions {
  readonly seeds?: number;
  readonly reach?: { reaching(seeds: readonly number[], mutant: string): readonly number[] };
  /** A seed for which more is computed hangs. */
  readonly hangMs?: number;
  /** Of its process. */
  readonly memoryMb?: number;
}

export interface TrialResult {
  /** So many seeds were simulated. */
  readonly after: number;
  /** What the mutation is seen by; undefined if it was not seen. */
  readonly says?: string;
  /** What else was said first. */
  readonly otherwise?: string;
}

export const FIRST_SEED: number;
export const SEEDS: number;
export function tryMutation(mutation: Mutation | undefined, options?: TrialOptions): Promise<TrialResult>;

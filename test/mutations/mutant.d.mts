/** Types for the tests; the functions are in `mutant.mjs`. */
export interface Mutation {
  /** What is broken, in plain words. */
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly replace: string;
  readonly by: string;
  /** A phrase of what the simulator says. */
  readonly seenBy?: string;
  /** Why it says nothing, where it does not. */
  readonly notSeen?: string;
  /** Why it may also say nothing in all of the seeds. */
  readonly seldom?: string;
  /** How many seeds it takes at most, where that is more than usual. */
  readonly seeds?: number;
}

export function mutatedText(mutation: Mutation): string;
export function bundleMutant(mutation: Mutation | undefined, folder: string): Promise<string>;

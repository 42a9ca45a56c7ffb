import type { Violation } from "./audit.ts";

/** Between its name and what it says. */
export const COMPLAINED = " complained: ";

/** What a coordinator says that had to put something right, or could not go on: nothing of it may happen, whatever is killed. */
const ERROR = /^arpeggio coordinator error: (.*)$/gm;

/**
 * What the coordinators have complained of in all their lives: wakers that were missing and were put in their place by the
 * reconciler, records that do not decode, logs that were cut. Their counters do not outlive them, but what they say does.
 */
export function complaintsOf(coordinators: readonly { readonly name: string; readonly output: string }[]): Violation[] {
  return coordinators.flatMap(({ name, output }) =>
    Array.from(output.matchAll(ERROR), ([, what]) => ({ run: undefined, what: `${name}${COMPLAINED}${what}` })),
  );
}

import type { Payload } from "@arpeggio/core";
import { nodePathOf } from "./node-path.ts";
import { nodeCode } from "./node-table.ts";
import { resultOf } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import { firstNodeOf } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { payloadOf } from "./value.ts";

/** So many of them go with the outcome, the first by their numbers. */
const NAMED_MAX = 1_000;

/** Whether the results of a scope's named steps are kept to the end of the run; not in wide maps, which may have a million. */
export function keepsResults({ level, itemStates }: Scope): boolean {
  return level.keeps.length > 0 && Array.isArray(itemStates);
}

/** The results of steps with names of their own, by their paths; undefined if there are none. */
export function namedResultsOf(run: RunState): Readonly<Record<string, Payload>> | undefined {
  if (!run.plan.hasKeeps && run.extras?.plans === undefined) return undefined;
  const found: [string, Payload][] = [];
  for (const scope of run.scopes) {
    if (!keepsResults(scope)) continue;
    for (let item = 0; item < scope.width; item++) {
      const first = firstNodeOf(scope, item);
      for (const index of scope.level.keeps) {
        const value = resultOf(run, first + index);
        if (value === undefined || run.states[first + index] !== nodeCode.succeeded) continue;
        found.push([nodePathOf(run, first + index), payloadOf(value)]);
        if (found.length === NAMED_MAX) return Object.fromEntries(found);
      }
    }
  }
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

import type { NodeState } from "./records.ts";

/**
 * Every state of a node, in the order of its life. Its place in this list is what a run stores, one byte a node: never
 * reorder, and add only at the end.
 */
export const nodeStates = [
  "blocked",
  "queued",
  "running",
  "waiting",
  "succeeded",
  "failed",
  "skipped",
  "cancelled",
] as const satisfies readonly NodeState[];

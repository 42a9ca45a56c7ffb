import type { NodeState } from "./records.ts";

/** Every state of a node, in the order of its life. */
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

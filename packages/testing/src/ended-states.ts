import type { NodeState } from "@arpeggio/core";

/** States that a node never leaves. */
export const ENDED: ReadonlySet<NodeState> = new Set(["succeeded", "failed", "skipped", "cancelled"]);

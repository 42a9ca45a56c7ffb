import type { NodeFailure } from "@arpeggio/core";
import { CAUSES_KEPT_MAX, FAILURES_KEPT_MAX } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";

/** A failure stands in what the run comes to, whoever deals with it. */
export function recordFailure(run: RunState, failure: NodeFailure): void {
  run.failureCount++;
  if (run.failures.length >= FAILURES_KEPT_MAX) return;
  const { cause: _cause, ...bare } = failure;
  run.failures.push(run.failures.length < CAUSES_KEPT_MAX ? failure : bare);
}

import type { RunPauseRequested } from "@arpeggio/core";
import type { FoldContext } from "./fold-context.ts";
import { release } from "./release.ts";
import { goOn } from "./timer-events.ts";
import { nodeCode } from "../run/node-table.ts";
import { extrasOf, nodePlanOf, scopeOf } from "../run/run-state.ts";

/** Nothing more of the run begins; what is under way goes on, and so do the clocks of what it may take. */
export function runPauseRequested({ run }: FoldContext, { reason }: RunPauseRequested): void {
  extrasOf(run).paused ??= reason;
}

/** What had to wait begins, in the order in which its turn came. */
export function runResumeRequested(context: FoldContext): void {
  const { run } = context;
  const { extras } = run;
  if (extras?.paused === undefined) return;
  extras.paused = undefined;
  const held = extras.held ?? [];
  extras.held = undefined;
  for (const one of held) {
    if (typeof one === "string") goOn(context, one);
    // What was cut off while the run was paused has nothing left to begin.
    else if (run.states[one] === nodeCode.blocked) release(context, one, nodePlanOf(scopeOf(run, one), one));
  }
}

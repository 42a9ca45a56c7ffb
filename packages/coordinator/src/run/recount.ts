import { canBegin } from "./item-window.ts";
import type { NodeCounts } from "./node-counts.ts";
import { nodeCode } from "./node-table.ts";
import { isAttempted } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import { firstNodeOf } from "./scope.ts";

/** Sets every counter of a run anew from the states of its nodes: what the fold would have counted one by one. */
export function recount(run: RunState): void {
  run.inFlight = 0;
  run.unbegun = undefined;
  for (const scope of run.scopes) {
    const { level } = scope;
    if (canBegin(run, scope)) (run.unbegun ??= []).push(scope.index);
    for (let item = 0; item < scope.width; item++) {
      const first = firstNodeOf(scope, item);
      for (const { index } of level.nodes) {
        run.left[first + index] = level.needCounts[index] as number;
        run.users[first + index] = level.userCounts[index] as number;
      }
      let open = level.nodes.length;
      for (const plan of level.nodes) {
        const state = run.states[first + plan.index] as number;
        if (isInFlight(state) && isAttempted(run, plan, first + plan.index)) run.inFlight++;
        if (state !== nodeCode.succeeded) continue;
        open--;
        for (const successor of plan.successors) decrement(run.left, first + successor);
        for (const source of plan.reads) decrement(run.users, first + source);
      }
      if (scope.open.length > 0) scope.open[item] = open;
    }
  }
}

function isInFlight(state: number): boolean {
  return state === nodeCode.queued || state === nodeCode.running || state === nodeCode.waiting;
}

function decrement(counts: NodeCounts, place: number): void {
  counts[place] = (counts[place] as number) - 1;
}

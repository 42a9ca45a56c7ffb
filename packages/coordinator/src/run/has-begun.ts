import { nodeCode } from "./node-table.ts";
import { attemptOf, compositeOf, nodePlanOf, scopeOf } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import { beginTimer } from "./timer-ids.ts";

/**
 * Whether anything of a node is known to have been begun: a worker is or was at one of its attempts, or it waits for a
 * signal. Workers do not tell of quick attempts before they end, and refuse late ones themselves.
 */
export function hasBegun(run: RunState, node: number): boolean {
  const open = [node];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const state = run.states[one] as number;
    const { kind } = nodePlanOf(scopeOf(run, one), one);
    if (state === nodeCode.blocked || state === nodeCode.skipped) continue;
    const timer = beginTimer(one);
    if (run.timers?.has(timer) === true || run.extras?.held?.has(timer) === true) continue;
    const isComposite = kind !== "task" && kind !== "signal" && kind !== "map" && state === nodeCode.running;
    if (!isComposite) {
      if (state !== nodeCode.queued || attemptOf(run, one) > 1) return true;
      continue;
    }
    for (const index of compositeOf(run, one)?.parts ?? []) {
      const scope = run.scopes[index];
      for (let i = 0; scope !== undefined && i < scope.level.nodes.length; i++) open.push(scope.base + i);
    }
  }
  return false;
}

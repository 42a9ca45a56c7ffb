import { exceeds } from "./kind-plan.ts";
import type { BranchesPlan } from "./kind-plan.ts";
import { nodePathOf } from "./node-path.ts";
import { nodeCode } from "./node-table.ts";
import { nodePlanOf } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import { itemState } from "./scope.ts";
import type { Scope } from "./scope.ts";

interface Branches {
  readonly own: BranchesPlan;
  succeeded: number;
  failed: number;
}

/**
 * What does not hold of nodes that decide by how many of their parts have ended how, or bound how many there are: worked out from the
 * states of the parts, and nothing of what the fold has counted.
 */
export function decisionViolations(run: RunState): readonly string[] {
  const found: string[] = [];
  const branches = new Map<number, Branches>();
  for (const scope of run.scopes) {
    const { parentNode: node, part } = scope;
    if (node < 0) continue;
    const { own } = nodePlanOf(run.scopes[scope.parentScope] as Scope, node);
    const wrong = (what: string) => found.push(`${nodePathOf(run, node)} ${what}`);
    if (own?.kind === "loop" && part?.role === "round" && part.place >= own.max)
      wrong(`is in round ${part.place + 1} of ${own.max}`);
    if (own?.kind === "map" && part === undefined) {
      const underWay = countOf(scope, (state) => state <= itemState.evaluating);
      if (underWay > own.concurrency) wrong(`has ${underWay} items under way, and ${own.concurrency} may be`);
      const failed = countOf(scope, (state) => state === itemState.failed);
      const isTooMuch = own.maxFailures !== undefined && exceeds(own.maxFailures, failed, scope.width);
      if (isTooMuch && run.states[node] === nodeCode.succeeded) wrong(`has succeeded, and ${failed} items have failed`);
    }
    if (own?.kind === "branches" && part?.role === "branch") noteBranch(branches, node, own, scope);
  }
  for (const [node, { own, succeeded, failed }] of branches) {
    if (run.states[node] !== nodeCode.succeeded) continue;
    const wrong = (what: string) => found.push(`${nodePathOf(run, node)} has succeeded, and ${what}`);
    if (own.until === "quorum" && succeeded < own.count) wrong(`only ${succeeded} of ${own.count} branches have`);
    else if (own.until === "succeeded" && succeeded === 0) wrong("no branch has");
    else if (
      own.until === "all" &&
      own.maxFailures !== undefined &&
      exceeds(own.maxFailures, failed, own.levels.length)
    )
      wrong(`${failed} branches have failed`);
  }
  return found;
}

function noteBranch(branches: Map<number, Branches>, node: number, own: BranchesPlan, { itemStates }: Scope): void {
  const counts = branches.get(node) ?? { own, succeeded: 0, failed: 0 };
  branches.set(node, counts);
  if (itemStates[0] === itemState.succeeded) counts.succeeded++;
  else if (itemStates[0] === itemState.failed) counts.failed++;
}

/** Of the items that have begun. */
function countOf({ itemStates, begun }: Scope, isMeant: (state: number) => boolean): number {
  let count = 0;
  for (let item = 0; item < begun; item++) if (isMeant(itemStates[item] as number)) count++;
  return count;
}

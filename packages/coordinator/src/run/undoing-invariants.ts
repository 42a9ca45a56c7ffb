import { nodePathOf } from "./node-path.ts";
import { nodeCode } from "./node-table.ts";
import { isRunEnded } from "./run-machine.ts";
import { nodePlanOf } from "./run-state.ts";
import type { LevelPlan } from "./plan.ts";
import type { RunState } from "./run-state.ts";
import { firstNodeOf, itemOf, itemState } from "./scope.ts";
import type { PartRole, Scope } from "./scope.ts";

/**
 * What does not hold of undoing in a run, worked out from what has ended how: nothing of what the fold notes of undoing is
 * looked at. Of a run under way, only that the latest comes first.
 */
export function undoingViolations(run: RunState): readonly string[] {
  const { extras, life } = run;
  if (extras === undefined) return [];
  if (!isRunEnded(life)) return disorderIn(run);
  const found: string[] = [];
  const parts = partsOf(run, found);
  for (const scope of run.scopes) {
    for (const { index, own } of scope.level.nodes) {
      if (own?.kind !== "scope") continue;
      for (let item = 0; item < scope.width; item++) {
        const node = firstNodeOf(scope, item) + index;
        const has = (role: PartRole) => parts.has(partOf(node, role, 0));
        const wrong = (what: string) => found.push(`${nodePathOf(run, node)} ${what}`);
        if (own.finally >= 0 && has("body") && !has("finally") && life !== "cancelled")
          wrong("went without its last part");
        const isUndone = own.undo >= 0 ? mustBeUndone(run, scope, item, node) : undefined;
        if (isUndone === true && !has("undo")) wrong("has succeeded in what has failed, and was not undone");
        if (isUndone === false && has("undo")) wrong("was undone, and nothing that it belongs to has failed");
        const undoneAt = parts.get(partOf(node, "undo", 0));
        for (const need of undoneAt === undefined ? [] : needsOf(scope.level, index)) {
          const before = parts.get(partOf(firstNodeOf(scope, item) + need, "undo", 0));
          if (before !== undefined && undoneAt !== undefined && before < undoneAt)
            wrong("was undone after something that it needs");
        }
      }
    }
  }
  return found;
}

/** Every part that was opened, with its place among all: later ones have greater ones. */
function partsOf(run: RunState, found: string[]): ReadonlyMap<string, number> {
  const parts = new Map<string, number>();
  for (const { index, parentNode, part } of run.scopes) {
    if (part === undefined) continue;
    const { size } = parts;
    if (parts.set(partOf(parentNode, part.role, part.place), index).size === size)
      found.push(`${nodePathOf(run, parentNode)} has run its ${part.role} ${part.place} twice`);
  }
  return parts;
}

function partOf(node: number, role: PartRole, place: number): string {
  return `${node} ${role} ${place}`;
}

/** All nodes of a level that have to end well before one of them begins. */
function needsOf({ nodes }: LevelPlan, index: number): ReadonlySet<number> {
  const needs = new Set<number>();
  const open = [index];
  for (let one = open.pop(); one !== undefined; one = open.pop())
    for (const need of nodes[one]?.needs ?? []) {
      if (needs.has(need)) continue;
      needs.add(need);
      open.push(need);
    }
  return needs;
}

/** Whether a scope must have been undone when its run has ended, or must not have been; undefined where either may be. */
function mustBeUndone(run: RunState, scope: Scope, item: number, node: number): boolean | undefined {
  if (run.states[node] !== nodeCode.succeeded) return false;
  // One that settles succeeds also when its body fails, and then there is nothing to be undone.
  if (nodePlanOf(scope, node).settle) return undefined;
  let at = scope;
  let place = item;
  while (at.parentNode >= 0) {
    if (at.itemStates[place] !== itemState.succeeded) return endedByFailure(run, at);
    const role = at.part?.role;
    if (role === "undo" || role === "finally" || role === "onError") return false;
    const parent = run.scopes[at.parentScope] as Scope;
    place = itemOf(parent, at.parentNode);
    at = parent;
  }
  // Who cancels a run may say that nothing is to be undone.
  return run.life === "cancelled" ? undefined : run.life === "failed";
}

/**
 * Whether an item that has not succeeded failed, lost against others, or was cut off by a failure. A task may also have ended well what
 * is around it, which takes nothing back, though what is being undone by then goes on.
 */
function endedByFailure(run: RunState, { parentNode, parentScope }: Scope): true | undefined {
  if (run.life === "cancelled") return undefined;
  let node = parentNode;
  let at = run.scopes[parentScope] as Scope;
  while (run.states[node] === nodeCode.cancelled) {
    if (at.itemStates[itemOf(at, node)] === itemState.succeeded) return undefined;
    if (at.parentNode < 0) return run.life === "failed" ? true : undefined;
    node = at.parentNode;
    at = run.scopes[at.parentScope] as Scope;
  }
  return true;
}

function disorderIn({ extras }: RunState): readonly string[] {
  const found: string[] = [];
  for (const [part, { left }] of extras?.compensations ?? [])
    if (left.some(({ order }, i) => i > 0 && order < (left[i - 1]?.order ?? 0)))
      found.push(`what is to be undone in part ${part} is not in its order`);
  return found;
}

import { outputTarget, overTarget } from "../run/evaluation-target.ts";
import type { FoldContext } from "./fold-context.ts";
import { retryTimer } from "../run/timer-ids.ts";
import { nodeCode, hasEnded } from "../run/node-table.ts";
import { attemptOf, stepNode } from "../run/run-state.ts";
import { dropInput, firstNodeOf, itemState, setOutput } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";

/** What becomes of nodes that were not released: `skip` where their scope failed, `cancel` where the run is ended. */
export type CloseMode = "skip" | "cancel";

interface OpenItem {
  readonly scope: Scope;
  readonly item: number;
}

/** Ends every node of an item that has not ended, and whatever lies in its maps. */
export function closeItem(context: FoldContext, scope: Scope, item: number, mode: CloseMode): void {
  const open: OpenItem[] = [{ scope, item }];
  // A list and not recursion: maps may lie in maps more deeply than functions may call each other.
  for (let one = open.pop(); one !== undefined; one = open.pop()) closeNodes(context, one, mode, open);
}

/** The same for every item of a scope. */
export function closeScope(context: FoldContext, scope: Scope, mode: CloseMode): void {
  scope.begun = scope.width;
  for (let item = 0; item < scope.width; item++) {
    if ((scope.itemStates[item] as number) <= itemState.evaluating) closeItem(context, scope, item, mode);
  }
}

function closeNodes(context: FoldContext, { scope, item }: OpenItem, mode: CloseMode, open: OpenItem[]): void {
  const { run } = context;
  const first = firstNodeOf(scope, item);
  for (const plan of scope.level.nodes) {
    const node = first + plan.index;
    run.results[node] = undefined;
    const state = run.states[node] as number;
    if (hasEnded(state)) continue;
    if (state === nodeCode.blocked) stepNode(run, node, mode);
    else {
      if (plan.kind === "map") addItems(context, node, open);
      else {
        run.inFlight--;
        if (state === nodeCode.waiting) run.timers?.delete(retryTimer(node, attemptOf(run, node)));
        else context.aborted.push(node);
      }
      stepNode(run, node, "cancel");
    }
  }
  if (scope.itemStates[item] === itemState.evaluating) run.evaluations?.delete(outputTarget(scope.index, item));
  scope.itemStates[item] = itemState.failed;
  dropInput(scope, item);
  setOutput(scope, item, undefined);
}

function addItems(context: FoldContext, node: number, open: OpenItem[]): void {
  const { run } = context;
  run.evaluations?.delete(overTarget(node));
  const opened = run.opened?.get(node);
  if (opened === undefined) return;
  const scope = run.scopes[opened] as Scope;
  scope.begun = scope.width;
  for (let item = scope.width - 1; item >= 0; item--) {
    if ((scope.itemStates[item] as number) <= itemState.evaluating) open.push({ scope, item });
  }
}

import { nodeTarget, outputTarget, overTarget } from "../run/evaluation-target.ts";
import { leaveUndone, takeCompensation, takeUndos } from "./leftovers.ts";
import type { FoldContext } from "./fold-context.ts";
import { dropTiming } from "./timing.ts";
import { retryTimer, roundTimer } from "../run/timer-ids.ts";
import { keepsResults } from "../run/named-results.ts";
import { nodeCode, hasEnded } from "../run/node-table.ts";
import type { NodePlan } from "../run/plan.ts";
import { attemptOf, compositeOf, isAttempted, resultOf, setResult, stepNode } from "../run/run-state.ts";
import { dropInput, firstNodeOf, itemState, setOutput } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";

/** What becomes of nodes that were not released: `skip` where their scope failed, `cancel` where the run is ended. */
export type CloseMode = "skip" | "cancel";

interface OpenItem {
  readonly scope: Scope;
  readonly item: number;
}

/**
 * Ends every node of an item that has not ended, and whatever lies in it. What has to be undone because of that is left
 * over in the context; what had succeeded in the item itself only if it fails, which `fails` says.
 */
export function closeItem(context: FoldContext, scope: Scope, item: number, mode: CloseMode, fails = true): void {
  if (fails) takeUndos(context, scope, item);
  const open: OpenItem[] = [];
  closeNodes(context, { scope, item }, mode, open);
  workOff(context, mode, open);
}

/** Ends what lies in a node that has not ended; the node itself is left to the caller. */
export function closeNode(context: FoldContext, plan: NodePlan, node: number, mode: CloseMode): void {
  const open: OpenItem[] = [];
  stopNode(context, plan, node, open);
  workOff(context, mode, open);
}

// A list and not recursion: nodes may lie in nodes more deeply than functions may call each other.
function workOff(context: FoldContext, mode: CloseMode, open: OpenItem[]): void {
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    takeUndos(context, one.scope, one.item);
    closeNodes(context, one, mode, open);
  }
}

function closeNodes(context: FoldContext, one: OpenItem, mode: CloseMode, open: OpenItem[]): void {
  const { run } = context;
  const { scope, item } = one;
  (context.cutOff ??= []).push(one);
  const first = firstNodeOf(scope, item);
  const keeps = keepsResults(scope);
  for (const plan of scope.level.nodes) {
    const node = first + plan.index;
    if (!keeps || !plan.keep) drop(context, node);
    const state = run.states[node] as number;
    if (hasEnded(state)) continue;
    if (state === nodeCode.blocked) stepNode(run, node, mode);
    else {
      stopNode(context, plan, node, open);
      stepNode(run, node, "cancel");
    }
  }
  if (scope.itemStates[item] === itemState.evaluating) run.evaluations?.delete(outputTarget(scope.index, item));
  scope.itemStates[item] = itemState.failed;
  // The run's own input is what it leaves to begin again with.
  if (scope.parentNode >= 0) dropInput(scope, item);
  setOutput(scope, item, undefined);
}

/** Lets a result go; should the run end in this event, it can still be told. */
function drop(context: FoldContext, node: number): void {
  const { run } = context;
  const value = resultOf(run, node);
  if (value === undefined) return;
  context.dropped ??= new Map();
  context.dropped.set(node, value);
  setResult(run, node, undefined);
}

function stopNode(context: FoldContext, plan: NodePlan, node: number, open: OpenItem[]): void {
  const { run } = context;
  if (plan.timing !== undefined) dropTiming(run, node);
  if (plan.kind === "map") addItems(context, plan, node, open);
  else if (!isAttempted(run, plan, node)) addParts(context, plan, node, open);
  else {
    run.inFlight--;
    if (run.states[node] === nodeCode.waiting) run.timers?.delete(retryTimer(node, attemptOf(run, node)));
    else context.aborted.push(node);
  }
}

function addItems(context: FoldContext, plan: NodePlan, node: number, open: OpenItem[]): void {
  const { run } = context;
  run.evaluations?.delete(overTarget(node));
  if (plan.own !== undefined) run.extras?.composites.delete(node);
  const opened = run.opened?.get(node);
  if (opened === undefined) return;
  const scope = run.scopes[opened] as Scope;
  scope.begun = scope.width;
  for (let item = scope.width - 1; item >= 0; item--) {
    if ((scope.itemStates[item] as number) <= itemState.evaluating) open.push({ scope, item });
    else takeCompensation(context, scope, item);
  }
}

function addParts(context: FoldContext, plan: NodePlan, node: number, open: OpenItem[]): void {
  const { run } = context;
  if (run.evaluations !== undefined) {
    for (const what of ["input", "on", "until"] as const) run.evaluations.delete(nodeTarget(what, node));
  }
  const composite = compositeOf(run, node);
  if (composite === undefined) return;
  if (plan.kind === "loop") run.timers?.delete(roundTimer(node));
  if (leaveUndone(context, plan, node, composite)) return;
  for (const index of composite.parts) {
    const scope = run.scopes[index] as Scope;
    if ((scope.itemStates[0] as number) <= itemState.evaluating) open.push({ scope, item: 0 });
    else takeCompensation(context, scope, 0);
  }
  if (composite.outcomes !== undefined) (context.cutOff ??= []).push({ node, outcomes: composite.outcomes });
  run.extras?.composites.delete(node);
}

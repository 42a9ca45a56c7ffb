import type { NodeStatusRecord, RunStatusRecord, Waker } from "@arpeggio/core";
import { queueOf } from "./dispatcher.ts";
import { retryTimer } from "../run/timer-ids.ts";
import { nodePathOf } from "../run/node-path.ts";
import { hasEnded, nodeCode } from "../run/node-table.ts";
import type { NodePlan } from "../run/plan.ts";
import { attemptOf, countsOf, nodePlanOf, scopeOf, stateOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { firstNodeOf, itemOf } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";

/** How many of the needs that a node waits for are named. */
const NEEDS_NAMED_MAX = 20;

/** A run as it stands: first the nodes that have not ended, then others as far as there is room. */
export function statusOf(run: RunState, nodesMax: number, liveSequence: number): RunStatusRecord {
  const { start, startedAtMs } = run;
  const paused = pauseReasonOf(run);
  const nodes: NodeStatusRecord[] = [];
  for (const wantEnded of [false, true]) {
    for (let node = 0; node < run.nodeCount && nodes.length < nodesMax; node++) {
      if (hasEnded(run.states[node] as number) === wantEnded) nodes.push(nodeStatusOf(run, node));
    }
  }
  return {
    run: start.run,
    workflow: start.workflow,
    graph: start.graph,
    state: run.life === "scheduled" ? "running" : run.life,
    startedAtMs,
    ...(start.labels === undefined ? {} : { labels: start.labels }),
    counts: countsOf(run),
    nodes,
    liveSequence,
    ...(paused === undefined ? {} : { paused }),
    ...(start.redriveOf === undefined ? {} : { redriveOf: start.redriveOf }),
  };
}

/** Why a run is paused; undefined if it is not. */
export function pauseReasonOf(run: RunState): string | undefined {
  // Set by the fold of `run.pause.requested`.
  return (run as { readonly paused?: string }).paused;
}

export function nodeStatusOf(run: RunState, node: number): NodeStatusRecord {
  const scope = scopeOf(run, node);
  const plan = nodePlanOf(scope, node);
  const waitsFor = wakerOf(run, scope, plan, node);
  return {
    node: nodePathOf(run, node),
    ...(plan.kind === "task" ? { task: plan.task, queue: queueOf(plan.options, run.start.defaults) } : {}),
    state: stateOf(run, node),
    attempt: attemptOf(run, node),
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
}

/** What a node that has not ended waits for. */
function wakerOf(run: RunState, scope: Scope, plan: NodePlan, node: number): Waker | undefined {
  const state = run.states[node] as number;
  if (hasEnded(state)) return undefined;
  if (state === nodeCode.blocked) return { kind: "nodes", nodes: missingNeeds(run, scope, plan, node) };
  if (plan.kind === "map") {
    const opened = run.opened?.get(node);
    if (opened === undefined) return { kind: "evaluation" };
    const { width, itemsLeft } = run.scopes[opened] as Scope;
    return { kind: "items", ended: width - itemsLeft, total: width };
  }
  if (state === nodeCode.waiting) {
    const dueAtMs = run.timers?.get(retryTimer(node, attemptOf(run, node))) ?? 0;
    return { kind: "timer", what: "retry", dueAtMs };
  }
  return { kind: "worker", task: plan.task, queue: queueOf(plan.options, run.start.defaults) };
}

function missingNeeds(run: RunState, scope: Scope, plan: NodePlan, node: number): string[] {
  const first = firstNodeOf(scope, itemOf(scope, node));
  const missing: string[] = [];
  for (const need of plan.needs) {
    if (missing.length === NEEDS_NAMED_MAX) break;
    if (!hasEnded(run.states[first + need] as number)) missing.push(nodePathOf(run, first + need));
  }
  return missing;
}

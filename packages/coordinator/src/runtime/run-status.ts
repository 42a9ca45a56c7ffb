import { queueOfStep } from "@arpeggio/core";
import type { NodeStatusRecord, RunStatusRecord, Waker } from "@arpeggio/core";
import { beginTimer, retryTimer, roundTimer } from "../run/timer-ids.ts";
import { partKey } from "../run/extras.ts";
import { nodePathOf } from "../run/node-path.ts";
import { hasEnded, nodeCode } from "../run/node-table.ts";
import type { NodePlan } from "../run/plan.ts";
import { attemptOf, compositeOf, countsOf, isAttempted, nodePlanOf, scopeOf, stateOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { firstNodeOf, itemOf } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";

/** How many of the needs that a node waits for are named. */
const NEEDS_NAMED_MAX = 20;

const TOLD_IN_TURN: readonly ((state: number) => boolean)[] = [
  (state) => !hasEnded(state),
  (state) => state === nodeCode.failed,
  (state) => hasEnded(state) && state !== nodeCode.failed,
];

/** A run as it stands: first the nodes that have not ended, then those that failed, then others, as far as there is room. */
export function statusOf(run: RunState, nodesMax: number, liveSequence: number): RunStatusRecord {
  const { start, startedAtMs } = run;
  const paused = pauseReasonOf(run);
  const nodes: NodeStatusRecord[] = [];
  for (const isTold of TOLD_IN_TURN) {
    for (let node = 0; node < run.nodeCount && nodes.length < nodesMax; node++) {
      if (isTold(run.states[node] as number)) nodes.push(nodeStatusOf(run, node));
    }
  }
  return {
    run: start.run,
    workflow: start.workflow,
    graph: start.graph,
    state: lifeOf(run),
    startedAtMs,
    ...(start.labels === undefined ? {} : { labels: start.labels }),
    counts: countsOf(run),
    nodes,
    liveSequence,
    ...(paused === undefined ? {} : { paused }),
    ...(start.redriveOf === undefined ? {} : { redriveOf: start.redriveOf }),
  };
}

function lifeOf({ life, extras }: RunState): RunStatusRecord["state"] {
  // Nothing of it goes on but what undoes what it has done.
  const end = extras?.compensations?.get(partKey(0, 0))?.end;
  if (end?.kind === "run" && end.state === "cancelled" && life === "running") return "cancelling";
  return life === "scheduled" ? "running" : life;
}

/** Why a run is paused; undefined if it is not. */
export function pauseReasonOf(run: RunState): string | undefined {
  return run.extras?.paused;
}

export function nodeStatusOf(run: RunState, node: number): NodeStatusRecord {
  const scope = scopeOf(run, node);
  const plan = nodePlanOf(scope, node);
  const waitsFor = wakerOf(run, scope, plan, node);
  return {
    node: nodePathOf(run, node),
    ...(plan.kind === "task" ? { task: plan.task, queue: queueOfStep(plan.options, run.start.defaults) } : {}),
    state: stateOf(run, node),
    attempt: wasReleased(run, node) ? attemptOf(run, node) : 0,
    ...(waitsFor === undefined ? {} : { waitsFor }),
    ...timesOf(run, node),
  };
}

/** Whether its needs had ended before it ended itself, as far as that is known. */
function wasReleased({ states, times }: RunState, node: number): boolean {
  const state = states[node];
  if (state === nodeCode.blocked || state === nodeCode.skipped) return false;
  const isTimed = times !== undefined && node < times.nodesMax;
  return state !== nodeCode.cancelled || !isTimed || times.released[node] !== undefined;
}

function timesOf({ times, startedAtMs, states }: RunState, node: number): Partial<NodeStatusRecord> {
  // The one task of a run is released by the run's start; when it has ended, so has the run.
  if (times === undefined) return states[node] === nodeCode.blocked ? {} : { releasedAtMs: startedAtMs };
  const released = times.released[node];
  const ended = times.ended[node];
  return {
    ...(released === undefined ? {} : { releasedAtMs: startedAtMs + released }),
    ...(ended === undefined ? {} : { endedAtMs: startedAtMs + ended }),
  };
}

/** What a node that has not ended waits for. */
function wakerOf(run: RunState, scope: Scope, plan: NodePlan, node: number): Waker | undefined {
  const state = run.states[node] as number;
  if (hasEnded(state)) return undefined;
  if (isHeld(run, node)) return { kind: "resume" };
  if (state === nodeCode.blocked) return { kind: "nodes", nodes: missingNeeds(run, scope, plan, node) };
  if (state === nodeCode.waiting) return timerOf(run, node);
  if (plan.own?.kind === "signal") return { kind: "signal", signal: plan.own.signal };
  if (plan.kind !== "map" && !isAttempted(run, plan, node)) return partsOf(run, plan, node);
  if (plan.kind === "map") {
    const opened = run.opened?.get(node);
    if (opened === undefined) return { kind: "evaluation" };
    const { width, itemsLeft } = run.scopes[opened] as Scope;
    return { kind: "items", ended: width - itemsLeft, total: width };
  }
  return { kind: "worker", task: plan.task, queue: queueOfStep(plan.options, run.start.defaults) };
}

/** The node, or what its timer would begin, waits for the run to be resumed. */
function isHeld(run: RunState, node: number): boolean {
  const held = run.extras?.held;
  if (held === undefined) return false;
  const timers = [beginTimer(node), retryTimer(node, attemptOf(run, node)), roundTimer(node)];
  return held.has(node) || timers.some((timer) => held.has(timer));
}

function timerOf(run: RunState, node: number): Waker {
  const beginsAtMs = run.timers?.get(beginTimer(node));
  if (beginsAtMs !== undefined) return { kind: "timer", what: "begin", dueAtMs: beginsAtMs };
  return { kind: "timer", what: "retry", dueAtMs: run.timers?.get(retryTimer(node, attemptOf(run, node))) ?? 0 };
}

/** What a node that consists of parts waits for. */
function partsOf(run: RunState, plan: NodePlan, node: number): Waker {
  const dueAtMs = run.timers?.get(roundTimer(node));
  if (dueAtMs !== undefined) return { kind: "timer", what: "round", dueAtMs };
  const composite = compositeOf(run, node);
  if (composite === undefined || composite.parts.size === 0) return { kind: "evaluation" };
  if (plan.own?.kind === "branches") return { kind: "parts", ended: composite.ended, total: plan.own.levels.length };
  const nodes = [...composite.parts].flatMap((index) => {
    const { base, level } = run.scopes[index] as Scope;
    return level.nodes.map((_, i) => base + i);
  });
  const ended = nodes.filter((one) => hasEnded(run.states[one] as number)).length;
  return { kind: "parts", ended, total: nodes.length };
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

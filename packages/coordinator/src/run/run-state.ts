import { nodeStates } from "@arpeggio/core";
import type { NodeFailure, NodeState, RunFailureRecord, RunStarted } from "@arpeggio/core";
import { createExtras } from "./extras.ts";
import type { Composite, RunExtras } from "./extras.ts";
import type { LevelPlan, NodePlan, Plan } from "./plan.ts";
import type { RunArchive } from "./run-archive.ts";
import type { RunLife } from "./run-machine.ts";
import type { RunLimits } from "./run-limits.ts";
import { runLimits } from "./run-limits.ts";
import { createScope, firstNodeOf, indexOf, itemValue } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { NODES_PACKED_FROM, withRoom } from "./node-counts.ts";
import type { NodeCounts } from "./node-counts.ts";
import type { NodeStep } from "./node-machine.ts";
import { pagedResults } from "./node-results.ts";
import type { NodeResults } from "./node-results.ts";
import { hasEnded, nextNodeCode, nodeCode, nodeStateOf, stepCode } from "./node-table.ts";
import { createTimes, noteStep } from "./node-times.ts";
import type { NodeTimes } from "./node-times.ts";
import { kept } from "./value.ts";
import type { Value } from "./value.ts";

/** What a run was started with, without its input. */
export type RunStart = Omit<RunStarted, "type" | "input" | "first">;

/**
 * Everything that is known of a run between two events. The fold owns it and changes it in place: copying would cost as
 * much as the run has nodes, with every event.
 */
export interface RunState {
  readonly start: RunStart;
  readonly plan: Plan;
  /** When the log stored the start. */
  readonly startedAtMs: number;
  /** Where the log has the start; 0 where that is not known. */
  startSequence: number;
  life: RunLife;
  /** Where the run ended: why it did not succeed. */
  failure: RunFailureRecord | undefined;
  /** When the log stored the event that ended it. */
  endedAtMs: number;

  /** How many node numbers have been given out. */
  nodeCount: number;
  /** Per node: its state, a place in `nodeStates`. */
  states: number[] | Uint8Array;
  /** Per node: how many of its needs have not ended. */
  left: NodeCounts;
  /** Per node: how many readers of its result have not ended. */
  users: NodeCounts;
  /** Per node: its result, as long as somebody may read it. */
  results: NodeResults;
  // Most runs never need the maps below, and a hundred thousand empty ones are not free.
  /** The current attempt of nodes that are beyond their first. */
  attempts: Map<number, number> | undefined;

  readonly scopes: Scope[];
  /** The scope that a map node has opened. */
  opened: Map<number, number> | undefined;
  /** When each armed timer is due, by its id. */
  timers: Map<string, number> | undefined;
  /** What the run waits to have evaluated. */
  evaluations: Set<string> | undefined;
  /** The first {@link FAILURES_KEPT_MAX} failures of nodes, in the order of the log. */
  readonly failures: NodeFailure[];
  failureCount: number;
  readonly limits: RunLimits;
  /** How many nodes have an attempt queued, running, or waiting for its retry. */
  inFlight: number;
  /** Scopes with items that have not begun, in the order in which they opened. */
  unbegun: number[] | undefined;
  /** If somebody follows the run: the nodes whose state changed since the last look. */
  changed: number[] | undefined;
  /** Absent in runs of one task, whose own times tell the same. */
  times: NodeTimes | undefined;
  /** Keys of the blobs that its events were folded with, up to {@link BLOBS_NOTED_MAX}. */
  blobs: string[] | undefined;
  /** Its end was told by its outcome, as the log has lost it: what its nodes have come to is not known. */
  isEndTold: boolean;
  /** Of a run that is looked at after its end: what its nodes came to. */
  archive: RunArchive | undefined;
  /** What only some runs have. */
  extras: RunExtras | undefined;
}

/** How many node failures a run's outcome carries. */
export const FAILURES_KEPT_MAX = 100;
/** How many of them carry the error that caused them, stack and all. */
export const CAUSES_KEPT_MAX = 10;

/** So many blobs stay with a run's outcome, so that its past can be told. */
export const BLOBS_NOTED_MAX = 1_000;

/** A run before its start is folded. */
export function createRun(plan: Plan, event: RunStarted, startedAtMs: number, limits = runLimits): RunState {
  const [root] = plan.levels;
  if (root === undefined) throw new TypeError(`the plan of graph ${plan.hash} has no levels`);
  const nodeCount = root.nodes.length;
  // Literals for the one node that very many runs have: small arrays of their own are most of what such a run takes.
  const isSingle = nodeCount === 1;
  return {
    start: startOf(plan, event),
    plan,
    startedAtMs,
    startSequence: 0,
    life: "scheduled",
    failure: undefined,
    endedAtMs: 0,
    nodeCount,
    states: isSingle
      ? [0]
      : nodeCount <= STATES_LISTED_MAX
        ? new Array<number>(nodeCount).fill(0)
        : new Uint8Array(nodeCount),
    left: root.needCounts.slice(),
    users: root.userCounts.slice(),
    results: isSingle ? [undefined] : new Array<Value | undefined>(nodeCount).fill(undefined),
    attempts: undefined,
    scopes: [createScope({ index: 0, level: root, parentNode: -1, parentScope: -1, base: 0 }, [kept(event.input)])],
    opened: undefined,
    timers: undefined,
    evaluations: undefined,
    failures: [],
    failureCount: 0,
    limits,
    inFlight: 0,
    unbegun: undefined,
    changed: undefined,
    times: isSingle && plan.levels.length === 1 ? undefined : createTimes(),
    blobs: undefined,
    isEndTold: false,
    archive: undefined,
    extras: undefined,
  };
}

/** A typed array takes as much as two dozen numbers before it has the first. */
const STATES_LISTED_MAX = 24;

/** Without the input, and with the texts of the plan where they are the same: each event brings copies of its own. */
function startOf(plan: Plan, event: RunStarted): RunStart {
  const { run, client, workflow, graph, labels, timeoutMs, defaults, redriveOf, kept } = event;
  // One by one, as when it was read: copying the rest of an object costs more.
  const start: { -readonly [K in keyof RunStart]: RunStart[K] } = {
    run,
    client,
    workflow: workflow === plan.workflow ? plan.workflow : workflow,
    graph: graph === plan.hash ? plan.hash : graph,
  };
  if (labels !== undefined) start.labels = labels;
  if (timeoutMs !== undefined) start.timeoutMs = timeoutMs;
  if (defaults !== undefined) start.defaults = defaults;
  if (redriveOf !== undefined) start.redriveOf = redriveOf;
  if (kept !== undefined) start.kept = kept;
  return start;
}

/** What only some runs have, from now on this one too. */
export function extrasOf(run: RunState): RunExtras {
  return (run.extras ??= createExtras());
}

/** A node that has opened parts; undefined for others, and for maps without bounds. */
export function compositeOf(run: RunState, node: number): Composite | undefined {
  return run.extras?.composites.get(node);
}

/** Whether a node that is under way is so as attempts: not a task in whose place a graph runs. */
export function isAttempted(run: RunState, plan: NodePlan, node: number): boolean {
  return plan.kind === "task" && (run.extras === undefined || !run.extras.composites.has(node));
}

/** The scope that a node number belongs to. */
export function scopeOf(run: RunState, node: number): Scope {
  const { scopes } = run;
  if (scopes.length === 1) return scopes[0] as Scope;
  let low = 0;
  let high = scopes.length - 1;
  // The last scope that begins at or before the node: numbers are given out in the order of the scopes. Among scopes
  // without nodes, which begin where the next one does, the last is the one that has the number.
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((scopes[middle] as Scope).base <= node) low = middle;
    else high = middle - 1;
  }
  return scopes[low] as Scope;
}

/** Whether a number was given to a node of this run. */
export function hasNode(run: RunState, node: number): boolean {
  return Number.isInteger(node) && node >= 0 && node < run.nodeCount;
}

export function nodePlanOf(scope: Scope, node: number): NodePlan {
  return scope.level.nodes[indexOf(scope, node)] as NodePlan;
}

export function stateOf(run: RunState, node: number): NodeState {
  return nodeStateOf(run.states[node] as number);
}

/** The attempt that a node is at; 1 before it has begun. */
export function attemptOf(run: RunState, node: number): number {
  return run.attempts?.get(node) ?? 1;
}

/** Moves a node on; false if the step changes nothing in the state that it is in. */
export function stepNode(run: RunState, node: number, step: NodeStep): boolean {
  const state = run.states[node] as number;
  const next = nextNodeCode(state, stepCode[step]);
  if (next === state) return false;
  run.states[node] = next;
  run.changed?.push(node);
  if (run.times !== undefined) {
    const isReleased = state === nodeCode.blocked && next !== nodeCode.skipped && next !== nodeCode.cancelled;
    noteStep(run.times, node, isReleased, hasEnded(next));
  }
  return true;
}

/** Makes room for the nodes of a level, once for each of `items`; gives the number of the first of them. */
export function addNodes(run: RunState, level: LevelPlan, items: number): number {
  const base = run.nodeCount;
  const size = level.nodes.length;
  const needed = base + items * size;
  if (needed > run.states.length) {
    // Doubling, for runs that open many small maps; exact at first, for those that open one large one.
    const states = new Uint8Array(Math.max(needed, run.scopes.length > 1 ? run.states.length * 2 : 0));
    states.set(run.states);
    run.states = states;
  }
  run.left = withRoom(run.left, base, needed, level.countMost);
  run.users = withRoom(run.users, base, needed, level.countMost);
  if (needed >= NODES_PACKED_FROM) run.results = pagedResults(run.results);
  const { left, users, results } = run;
  for (let place = base; place < needed;) {
    for (let node = 0; node < size; node++, place++) {
      left[place] = level.needCounts[node] as number;
      users[place] = level.userCounts[node] as number;
      if (Array.isArray(results)) results.push(undefined);
    }
  }
  run.nodeCount = needed;
  return base;
}

/** The result of a node, as long as somebody may read it. */
export function resultOf({ results }: RunState, node: number): Value | undefined {
  return Array.isArray(results) ? results[node] : results.get(node);
}

export function setResult({ results }: RunState, node: number, value: Value | undefined): void {
  if (Array.isArray(results)) results[node] = value;
  else results.set(node, value);
}

/** Used for every count, so that a count costs no list. */
const tally = new Uint32Array(nodeStates.length);

/** How many nodes are in each state; states that no node is in are left out. */
export function countsOf(run: RunState): Partial<Record<NodeState, number>> {
  tally.fill(0);
  for (let node = 0; node < run.nodeCount; node++) {
    const state = run.states[node] as number;
    tally[state] = (tally[state] as number) + 1;
  }
  const named: Partial<Record<NodeState, number>> = {};
  for (let code = 0; code < tally.length; code++) {
    const count = tally[code] as number;
    if (count > 0) named[nodeStateOf(code)] = count;
  }
  return named;
}

/** The value that a node or output of an item reads from a source of its level. */
export function sourceValue(run: RunState, scope: Scope, item: number, source: number): Value {
  const value = source < 0 ? itemValue(scope.inputs, item) : resultOf(run, firstNodeOf(scope, item) + source);
  if (value === undefined) {
    throw new TypeError(
      `run ${run.start.run}: source ${source} of scope ${scope.index} was let go while somebody reads it`,
    );
  }
  return value;
}

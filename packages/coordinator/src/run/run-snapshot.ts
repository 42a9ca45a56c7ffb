import {
  decodePayload,
  encodeLargeRecord,
  recordKinds,
  RecordUndecodableError,
  splitFrames,
  WIRE_VERSION,
} from "@arpeggio/core";
import type { NodeFailure } from "@arpeggio/core";
import { extrasFrom, extrasSnapshotOf } from "./extras-snapshot.ts";
import type { ExtrasSnapshot } from "./extras-snapshot.ts";
import { timesFrom, timesSnapshotOf } from "./node-times.ts";
import type { TimesSnapshot } from "./node-times.ts";
import { recount } from "./recount.ts";
import { NODES_PACKED_FROM, packedCounts, zeroCounts } from "./node-counts.ts";
import { PagedResults } from "./node-results.ts";
import type { NodeResults } from "./node-results.ts";
import { PackedList } from "./packed-list.ts";
import { PackedSlots } from "./packed-slots.ts";
import { PackedValues } from "./packed-values.ts";
import type { PackedSnapshot } from "./packed-values.ts";
import type { LevelPlan, Plan } from "./plan.ts";
import { runLimits } from "./run-limits.ts";
import type { RunLife } from "./run-machine.ts";
import { resultOf } from "./run-state.ts";
import type { RunStart, RunState } from "./run-state.ts";
import type { ItemValues, PartRole, Scope } from "./scope.ts";
import { checkSnapshotFit } from "./snapshot-fit.ts";
import { checkSnapshotShape } from "./snapshot-shape.ts";
import { payloadOf } from "./value.ts";
import type { Value } from "./value.ts";

/** A run's state as plain data: what a checkpoint holds. Whatever can be counted again from it is left out. */
export interface RunSnapshot {
  readonly start: RunStart;
  /** The last event that is in it. */
  readonly sequence: number;
  readonly startedAtMs: number;
  readonly life: RunLife;
  readonly states: Uint8Array;
  /** Node numbers and, in the same order, their results. */
  readonly resultNodes: readonly number[];
  readonly results: readonly Uint8Array[];
  /** Pairs of node and attempt. */
  readonly attempts: readonly (readonly [number, number])[];
  readonly scopes: readonly ScopeSnapshot[];
  readonly timers: readonly (readonly [string, number])[];
  readonly evaluations: readonly string[];
  readonly failures: readonly NodeFailure[];
  readonly failureCount: number;
  readonly extras?: ExtrasSnapshot;
  readonly times?: TimesSnapshot;
  readonly startSequence?: number;
  readonly blobs?: readonly string[];
}

export interface ScopeSnapshot {
  readonly level: number;
  readonly parentNode: number;
  readonly parentScope: number;
  readonly base: number;
  readonly width: number;
  readonly inputs: ValuesSnapshot;
  readonly outputs: ValuesSnapshot;
  readonly itemStates: readonly number[] | Uint8Array;
  readonly itemsLeft: number;
  readonly begun: number;
  /** Role, place, and what paths call it. */
  readonly part?: readonly [role: PartRole, place: number, name: string | null];
  /** The graph that the level is of, where it is not the run's own. */
  readonly graph?: string;
}

export type ValuesSnapshot = readonly (Uint8Array | null)[] | PackedSnapshot;

/** A run's state as one frame. */
export function encodeRun(run: RunState, sequence: number): Uint8Array {
  const resultNodes: number[] = [];
  const results: Uint8Array[] = [];
  for (let node = 0; node < run.nodeCount; node++) {
    const value = resultOf(run, node);
    if (value === undefined) continue;
    resultNodes.push(node);
    results.push(payloadOf(value));
  }
  const extras = extrasSnapshotOf(run.extras);
  const snapshot: RunSnapshot = {
    start: run.start,
    sequence,
    startedAtMs: run.startedAtMs,
    life: run.life,
    states: run.states instanceof Uint8Array ? run.states.subarray(0, run.nodeCount) : Uint8Array.from(run.states),
    resultNodes,
    results,
    attempts: [...(run.attempts ?? [])],
    scopes: run.scopes.map((scope) => snapshotOf(scope, run.plan)),
    timers: [...(run.timers ?? [])],
    evaluations: [...(run.evaluations ?? [])],
    failures: run.failures,
    failureCount: run.failureCount,
    ...(extras === undefined ? {} : { extras }),
    ...(run.times === undefined ? {} : { times: timesSnapshotOf(run.times) }),
    ...(run.blobs === undefined ? {} : { blobs: run.blobs }),
    ...(run.startSequence === 0 ? {} : { startSequence: run.startSequence }),
  };
  return encodeLargeRecord(recordKinds.checkpoint, snapshot);
}

function snapshotOf(scope: Scope, own: Plan): ScopeSnapshot {
  const { level, parentNode, parentScope, base, width, itemStates, itemsLeft, begun, part } = scope;
  const inputs = valuesOf(scope.inputs);
  const outputs = valuesOf(scope.outputs);
  const place = { level: level.index, parentNode, parentScope, base, width };
  return {
    ...place,
    inputs,
    outputs,
    itemStates,
    itemsLeft,
    begun,
    ...(part === undefined ? {} : { part: [part.role, part.place, part.name ?? null] }),
    ...(level.plan === own ? {} : { graph: level.plan.hash }),
  };
}

function valuesOf(values: ItemValues): ValuesSnapshot {
  if (values instanceof PackedValues) return values.snapshot();
  return values.map((value) => (value === undefined ? null : payloadOf(value)));
}

/** Reads what {@link encodeRun} wrote. @throws {@link RecordUndecodableError} */
export function decodeRun(bytes: Uint8Array): RunSnapshot {
  const [frame] = splitFrames(bytes);
  if (frame === undefined || frame.version !== WIRE_VERSION || frame.kind !== recordKinds.checkpoint) {
    throw new RecordUndecodableError(`a checkpoint has kind ${frame?.kind} and version ${frame?.version}`);
  }
  const snapshot = decodePayload(frame.body);
  checkSnapshotShape(snapshot);
  return snapshot;
}

/** The graphs that a run needs beside its own to be restored. */
export function furtherGraphsOf({ extras }: RunSnapshot): readonly string[] {
  return extras?.plans ?? [];
}

const NO_PLANS: ReadonlyMap<string, Plan> = new Map();

/**
 * The state again; `plan` is that of the graph that the snapshot's start names, `further` those of {@link furtherGraphsOf}.
 *
 * @throws {@link RecordUndecodableError} where a level or graph is missing, or parts of the state do not fit together.
 */
export function restoreRun(snapshot: RunSnapshot, plan: Plan, limits = runLimits, further = NO_PLANS): RunState {
  const levelOf = ({ graph, level }: ScopeSnapshot): LevelPlan => {
    const own = graph === undefined ? plan : further.get(graph);
    if (own === undefined) throw new RecordUndecodableError(`graph ${graph} is missing`);
    const found = own.levels[level];
    if (found === undefined) throw new RecordUndecodableError(`graph ${own.hash} has no level ${level}`);
    return found;
  };
  checkSnapshotFit(snapshot, (scope) => levelOf(scope).nodes.length);
  const nodeCount = snapshot.states.length;
  const scopes = snapshot.scopes.map((scope, index) => scopeFrom(scope, index, levelOf(scope)));
  const countMost = scopes.reduce((most, { level }) => Math.max(most, level.countMost), 0);
  const opened = new Map<number, number>();
  for (const { parentNode, index, part } of scopes) {
    if (parentNode >= 0 && part === undefined) opened.set(parentNode, index);
  }
  const run: RunState = {
    start: snapshot.start,
    plan,
    startedAtMs: snapshot.startedAtMs,
    startSequence: snapshot.startSequence ?? 0,
    life: snapshot.life,
    failure: undefined,
    endedAtMs: 0,
    nodeCount,
    states: snapshot.states,
    left: zeroCounts(nodeCount, countMost),
    users: zeroCounts(nodeCount, countMost),
    results: resultsFrom(snapshot),
    attempts: mapOrNone(snapshot.attempts),
    scopes,
    opened: opened.size === 0 ? undefined : opened,
    timers: mapOrNone(snapshot.timers),
    evaluations: snapshot.evaluations.length === 0 ? undefined : new Set(snapshot.evaluations),
    failures: [...snapshot.failures],
    failureCount: snapshot.failureCount,
    limits,
    inFlight: 0,
    unbegun: undefined,
    changed: undefined,
    times: snapshot.times === undefined ? undefined : timesFrom(snapshot.times),
    blobs: snapshot.blobs === undefined ? undefined : [...snapshot.blobs],
    isEndTold: false,
    archive: undefined,
    extras: extrasFrom(snapshot.extras, further),
  };
  recount(run);
  return run;
}

function scopeFrom(scope: ScopeSnapshot, index: number, level: LevelPlan): Scope {
  const { parentNode, parentScope, base, width, itemStates, itemsLeft, begun } = scope;
  // The counts of items that have all ended were let go, as the fold does.
  const counted = itemsLeft === 0 ? 0 : width;
  const isPacked = itemStates instanceof Uint8Array;
  const [role, which, name] = scope.part ?? [];
  const part = role === undefined || which === undefined ? undefined : { role, place: which, name: name ?? undefined };
  const place = { index, level, parentNode, parentScope, base, part, width };
  return {
    ...place,
    inputs: "count" in scope.inputs ? PackedList.restored(scope.inputs) : listed(scope.inputs),
    outputs: "count" in scope.outputs ? PackedSlots.restored(scope.outputs) : listed(scope.outputs),
    open: isPacked ? packedCounts(counted, level.nodes.length) : new Array<number>(counted).fill(0),
    itemStates: isPacked ? itemStates.slice() : [...itemStates],
    itemsLeft,
    begun,
  };
}

function resultsFrom({ states, resultNodes, results }: RunSnapshot): NodeResults {
  if (states.length >= NODES_PACKED_FROM) {
    const paged = new PagedResults();
    for (const [i, node] of resultNodes.entries()) paged.set(node, results[i]);
    return paged;
  }
  const listed = new Array<Value | undefined>(states.length).fill(undefined);
  for (const [i, node] of resultNodes.entries()) listed[node] = results[i];
  return listed;
}

function listed(values: readonly (Uint8Array | null)[]): (Value | undefined)[] {
  return values.map((value) => value ?? undefined);
}

function mapOrNone<K, V>(entries: readonly (readonly [K, V])[]): Map<K, V> | undefined {
  return entries.length === 0 ? undefined : new Map(entries);
}

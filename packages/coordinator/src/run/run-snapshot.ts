import {
  decodePayload,
  encodeFrame,
  encodePayload,
  recordKinds,
  RecordUndecodableError,
  splitFrames,
  WIRE_VERSION,
} from "@arpeggio/core";
import type { NodeFailure } from "@arpeggio/core";
import { recount } from "./recount.ts";
import type { Plan } from "./plan.ts";
import type { RunLife } from "./run-machine.ts";
import type { RunStart, RunState } from "./run-state.ts";
import type { Scope } from "./scope.ts";
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
}

interface ScopeSnapshot {
  readonly level: number;
  readonly parentNode: number;
  readonly parentScope: number;
  readonly base: number;
  readonly width: number;
  readonly inputs: readonly (Uint8Array | null)[];
  readonly outputs: readonly (Uint8Array | null)[];
  readonly itemStates: readonly number[];
  readonly itemsLeft: number;
}

/** A run's state as one frame. */
export function encodeRun(run: RunState, sequence: number): Uint8Array {
  const resultNodes: number[] = [];
  const results: Uint8Array[] = [];
  for (let node = 0; node < run.nodeCount; node++) {
    const value = run.results[node];
    if (value === undefined) continue;
    resultNodes.push(node);
    results.push(payloadOf(value));
  }
  const snapshot: RunSnapshot = {
    start: run.start,
    sequence,
    startedAtMs: run.startedAtMs,
    life: run.life,
    states: run.states.subarray(0, run.nodeCount),
    resultNodes,
    results,
    attempts: [...(run.attempts ?? [])],
    scopes: run.scopes.map(snapshotOf),
    timers: [...(run.timers ?? [])],
    evaluations: [...(run.evaluations ?? [])],
    failures: run.failures,
    failureCount: run.failureCount,
  };
  return encodeFrame(WIRE_VERSION, recordKinds.checkpoint, encodePayload(snapshot));
}

function snapshotOf(scope: Scope): ScopeSnapshot {
  const { level, parentNode, parentScope, base, width, itemStates, itemsLeft } = scope;
  const inputs = scope.inputs.map(bytesOrNull);
  const outputs = scope.outputs.map(bytesOrNull);
  return { level: level.index, parentNode, parentScope, base, width, inputs, outputs, itemStates, itemsLeft };
}

function bytesOrNull(value: Value | undefined): Uint8Array | null {
  return value === undefined ? null : payloadOf(value);
}

/** Reads what {@link encodeRun} wrote. @throws {@link RecordUndecodableError} */
export function decodeRun(bytes: Uint8Array): RunSnapshot {
  const [frame] = splitFrames(bytes);
  if (frame === undefined || frame.version !== WIRE_VERSION || frame.kind !== recordKinds.checkpoint) {
    throw new RecordUndecodableError(`a checkpoint has kind ${frame?.kind} and version ${frame?.version}`);
  }
  return decodePayload(frame.body) as RunSnapshot;
}

/** The state again; `plan` is that of the graph that the snapshot's start names. */
export function restoreRun(snapshot: RunSnapshot, plan: Plan): RunState {
  const nodeCount = snapshot.states.length;
  const results = new Array<Value | undefined>(nodeCount).fill(undefined);
  for (const [i, node] of snapshot.resultNodes.entries()) results[node] = snapshot.results[i];
  const scopes = snapshot.scopes.map((scope, index) => scopeFrom(scope, index, plan));
  const opened = new Map<number, number>();
  for (const scope of scopes) if (scope.parentNode >= 0) opened.set(scope.parentNode, scope.index);
  const run: RunState = {
    start: snapshot.start,
    plan,
    startedAtMs: snapshot.startedAtMs,
    life: snapshot.life,
    failure: undefined,
    endedAtMs: 0,
    nodeCount,
    states: snapshot.states,
    left: new Array<number>(nodeCount).fill(0),
    users: new Array<number>(nodeCount).fill(0),
    results,
    attempts: mapOrNone(snapshot.attempts),
    scopes,
    opened: opened.size === 0 ? undefined : opened,
    timers: mapOrNone(snapshot.timers),
    evaluations: snapshot.evaluations.length === 0 ? undefined : new Set(snapshot.evaluations),
    failures: [...snapshot.failures],
    failureCount: snapshot.failureCount,
    changed: undefined,
  };
  recount(run);
  return run;
}

function scopeFrom(scope: ScopeSnapshot, index: number, plan: Plan): Scope {
  const { parentNode, parentScope, base, width, itemStates, itemsLeft } = scope;
  const level = plan.levels[scope.level];
  if (level === undefined) throw new RecordUndecodableError(`graph ${plan.hash} has no level ${scope.level}`);
  const values = (list: readonly (Uint8Array | null)[]) => list.map((value) => value ?? undefined);
  // The counts of items that have all ended were let go, as the fold does.
  const open = new Array<number>(itemsLeft === 0 ? 0 : width).fill(0);
  const place = { index, level, parentNode, parentScope, base, width };
  return {
    ...place,
    inputs: values(scope.inputs),
    outputs: values(scope.outputs),
    open,
    itemStates: [...itemStates],
    itemsLeft,
  };
}

function mapOrNone<K, V>(entries: readonly (readonly [K, V])[]): Map<K, V> | undefined {
  return entries.length === 0 ? undefined : new Map(entries);
}

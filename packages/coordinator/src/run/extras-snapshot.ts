import { RecordUndecodableError } from "@arpeggio/core";
import type { NodeFailure, RunFailureRecord } from "@arpeggio/core";
import { createComposite, createExtras } from "./extras.ts";
import type { BranchOutcome, Compensation, Composite, EarlySignal, Phase, RunExtras, Undo } from "./extras.ts";
import type { PartEnd } from "./part-end.ts";
import type { Plan } from "./plan.ts";
import { payloadOf } from "./value.ts";
import type { Value } from "./value.ts";

/** {@link RunExtras} as plain data; what is empty is left out. */
export interface ExtrasSnapshot {
  readonly composites?: readonly (readonly [number, CompositeSnapshot])[];
  readonly undos?: readonly (readonly [string, readonly UndoSnapshot[]])[];
  readonly undoCount: number;
  readonly compensations?: readonly (readonly [string, CompensationSnapshot])[];
  /** Hashes of the graphs that tasks have put in their places. */
  readonly plans?: readonly string[];
  readonly waiters?: readonly (readonly [string, readonly number[]])[];
  readonly early?: readonly EarlySignal[];
  readonly signalIds?: readonly string[];
  readonly paused?: string;
  readonly held?: readonly (number | string)[];
  readonly kept?: readonly (readonly [string, Uint8Array | null])[];
}

interface CompositeSnapshot {
  readonly input?: Uint8Array;
  readonly parts: readonly number[];
  readonly phase: Phase;
  readonly order: number;
  readonly round: number;
  readonly ended: number;
  readonly failed: number;
  readonly outcomes?: readonly (OutcomeSnapshot | null)[];
  readonly value?: Uint8Array;
  readonly failure?: NodeFailure;
  readonly partial?: Uint8Array;
  readonly compensation?: string;
}
interface OutcomeSnapshot {
  readonly value?: Uint8Array;
  readonly error?: NodeFailure;
}
interface UndoSnapshot extends Omit<Undo, "input" | "output"> {
  readonly input: Uint8Array;
  readonly output?: Uint8Array;
}
interface CompensationSnapshot extends Omit<Compensation, "left" | "end"> {
  readonly left: readonly UndoSnapshot[];
  readonly end: EndSnapshot;
}
interface EndSnapshot {
  readonly kind: PartEnd["kind"];
  readonly state?: "succeeded" | "failed" | "cancelled";
  readonly value?: Uint8Array;
  readonly node?: NodeFailure;
  readonly partial?: Uint8Array;
  readonly run?: RunFailureRecord;
}

export function extrasSnapshotOf(extras: RunExtras | undefined): ExtrasSnapshot | undefined {
  if (extras === undefined) return undefined;
  const { composites, undos, undoCount, compensations, plans, waiters, early, signalIds, paused, held, kept } = extras;
  const snapshot: ExtrasSnapshot = {
    undoCount,
    ...(composites.size === 0 ? {} : { composites: listed(composites, compositeSnapshotOf) }),
    ...(isEmpty(undos) ? {} : { undos: listed(undos, (list) => list.map(undoSnapshotOf)) }),
    ...(isEmpty(compensations) ? {} : { compensations: listed(compensations, compensationSnapshotOf) }),
    ...(isEmpty(plans) ? {} : { plans: [...plans.keys()] }),
    ...(isEmpty(waiters) ? {} : { waiters: [...waiters] }),
    ...(early === undefined || early.length === 0 ? {} : { early }),
    ...(isEmpty(signalIds) ? {} : { signalIds: [...signalIds] }),
    ...(paused === undefined ? {} : { paused }),
    ...(isEmpty(held) ? {} : { held: [...held] }),
    ...(isEmpty(kept) ? {} : { kept: listed(kept, (value) => bytesOf(value) ?? null) }),
  };
  return undoCount === 0 && Object.keys(snapshot).length === 1 ? undefined : snapshot;
}

/** @throws {@link RecordUndecodableError} where a graph is missing. */
export function extrasFrom(
  snapshot: ExtrasSnapshot | undefined,
  plans: ReadonlyMap<string, Plan>,
): RunExtras | undefined {
  if (snapshot === undefined) return undefined;
  const extras = createExtras();
  for (const [node, composite] of snapshot.composites ?? []) extras.composites.set(node, compositeFrom(composite));
  if (snapshot.undos !== undefined)
    extras.undos = new Map(snapshot.undos.map(([key, list]) => [key, list.map(undoFrom)]));
  extras.undoCount = snapshot.undoCount;
  if (snapshot.compensations !== undefined) {
    extras.compensations = new Map(snapshot.compensations.map(([key, one]) => [key, compensationFrom(one)]));
  }
  if (snapshot.plans !== undefined) extras.plans = new Map(snapshot.plans.map((hash) => [hash, planIn(plans, hash)]));
  if (snapshot.waiters !== undefined) extras.waiters = new Map(snapshot.waiters.map(([key, list]) => [key, [...list]]));
  if (snapshot.early !== undefined) extras.early = [...snapshot.early];
  if (snapshot.signalIds !== undefined) extras.signalIds = new Set(snapshot.signalIds);
  extras.paused = snapshot.paused;
  if (snapshot.held !== undefined) extras.held = new Set(snapshot.held);
  if (snapshot.kept !== undefined)
    extras.kept = new Map(snapshot.kept.map(([key, value]) => [key, value ?? undefined]));
  return extras;
}

function planIn(plans: ReadonlyMap<string, Plan>, hash: string): Plan {
  const plan = plans.get(hash);
  if (plan === undefined)
    throw new RecordUndecodableError(`graph ${hash}, which a task has put in its place, is missing`);
  return plan;
}

function compositeSnapshotOf(composite: Composite): CompositeSnapshot {
  const { input, parts, phase, order, round, ended, failed, outcomes, value, failure, partial, compensation } =
    composite;
  return {
    parts: [...parts],
    phase,
    order,
    round,
    ended,
    failed,
    ...(outcomes === undefined ? {} : { outcomes: outcomes.map(outcomeSnapshotOf) }),
    ...bytesAs("input", input),
    ...bytesAs("value", value),
    ...(failure === undefined ? {} : { failure }),
    ...(partial === undefined ? {} : { partial }),
    ...(compensation === undefined ? {} : { compensation }),
  };
}

function compositeFrom(snapshot: CompositeSnapshot): Composite {
  const { parts, outcomes, ...rest } = snapshot;
  return {
    ...createComposite(undefined),
    ...rest,
    parts: new Set(parts),
    outcomes: outcomes?.map(outcomeFrom),
  };
}

function outcomeSnapshotOf(outcome: BranchOutcome | undefined): OutcomeSnapshot | null {
  if (outcome === undefined) return null;
  return outcome.ok ? { value: payloadOf(outcome.value) } : { error: outcome.error };
}

function outcomeFrom(snapshot: OutcomeSnapshot | null): BranchOutcome | undefined {
  if (snapshot?.value !== undefined) return { ok: true, value: snapshot.value };
  return snapshot?.error === undefined ? undefined : { ok: false, error: snapshot.error };
}

function undoSnapshotOf({ input, output, ...rest }: Undo): UndoSnapshot {
  return { ...rest, input: payloadOf(input), ...bytesAs("output", output) };
}

function undoFrom({ output, ...rest }: UndoSnapshot): Undo {
  return { ...rest, output };
}

function compensationSnapshotOf({ left, running, end, scope, item }: Compensation): CompensationSnapshot {
  return { scope, item, running, left: left.map(undoSnapshotOf), end: endSnapshotOf(end) };
}

function compensationFrom({ left, running, end, ...rest }: CompensationSnapshot): Compensation {
  return { ...rest, left: left.map(undoFrom), running: [...running], end: endFrom(end) };
}

function endSnapshotOf(end: PartEnd): EndSnapshot {
  switch (end.kind) {
    case "failed":
      return { kind: end.kind, node: end.failure, ...bytesAs("partial", end.partial) };
    case "value":
    case "node":
      return { kind: end.kind, value: payloadOf(end.value) };
    case "run": {
      const { kind, state, value, failure } = end;
      // The failures are the run's, as they are when it ends.
      return {
        kind,
        state,
        ...bytesAs("value", value),
        ...(failure === undefined ? {} : { run: { ...failure, failures: [] } }),
      };
    }
  }
}

function endFrom({ kind, state, value, node, partial, run }: EndSnapshot): PartEnd {
  if (kind === "failed" && node !== undefined) return { kind, failure: node, partial };
  if ((kind === "value" || kind === "node") && value !== undefined) return { kind, value };
  if (kind === "run" && state !== undefined) {
    return { kind, state, ...(value === undefined ? {} : { value }), ...(run === undefined ? {} : { failure: run }) };
  }
  throw new RecordUndecodableError(`the end of a part is of the kind '${kind}' and not whole`);
}

function bytesOf(value: Value | undefined): Uint8Array | undefined {
  return value === undefined ? undefined : payloadOf(value);
}

function bytesAs<K extends string>(key: K, value: Value | undefined): { [P in K]?: Uint8Array } {
  return value === undefined ? {} : ({ [key]: payloadOf(value) } as { [P in K]: Uint8Array });
}

function listed<K, V, S>(map: ReadonlyMap<K, V>, snapshotOf: (value: V) => S): (readonly [K, S])[] {
  return [...map].map(([key, value]) => [key, snapshotOf(value)]);
}

function isEmpty(collection: { readonly size: number } | undefined): collection is undefined {
  return collection === undefined || collection.size === 0;
}

import { BlobNotFoundError, blobReferenceOf, decodeOutcome, decodePayload, isBlobReference } from "@arpeggio/core";
import type { RunEvent, Transport, WorkflowGraph } from "@arpeggio/core";
import type { LoggedRun } from "../crash/recorded-runs.ts";
import { fold } from "../../packages/coordinator/src/fold/fold.ts";
import { keepFrom } from "../../packages/coordinator/src/fold/kept.ts";
import { parseTarget } from "../../packages/coordinator/src/run/evaluation-target.ts";
import { violationsOf } from "../../packages/coordinator/src/run/invariants.ts";
import { nodePathOf } from "../../packages/coordinator/src/run/node-path.ts";
import { planGraph } from "../../packages/coordinator/src/run/plan.ts";
import { hasEnded } from "../../packages/coordinator/src/run/node-table.ts";
import { createRun } from "../../packages/coordinator/src/run/run-state.ts";
import { payloadOf } from "../../packages/coordinator/src/run/value.ts";

/** What a run's part of the log comes to when it is folded once more. */
export interface FoldedRun {
  readonly life: string;
  /** With references to blobs where the log has them; only of a run that succeeded. */
  readonly value: Uint8Array | undefined;
  readonly failureCode: string | undefined;
  /** When the log stored the event that led to an attempt, by `node:attempt`. */
  readonly dispatchedAtMs: ReadonlyMap<string, number>;
  /** When the log stored the event that ended the run. */
  readonly endedAtMs: number;
  /** What does not hold in it. */
  readonly violations: readonly string[];
  readonly nodes: number;
  readonly pathOf: (node: number) => string | undefined;
}

/**
 * The blobs by their keys without which this log cannot be folded: lists that maps run over, and what redrives keep.
 *
 * @param known blobs that need not be asked for.
 */
export async function neededBlobs(
  log: ReadonlyMap<string, LoggedRun>,
  transport: Transport,
  known: ReadonlyMap<string, Uint8Array>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const blobs = new Map(known);
  for (const { events } of log.values()) {
    for (const { event } of events) {
      const key = blobOf(event);
      if (key === undefined || blobs.has(key)) continue;
      try {
        blobs.set(key, await transport.blobs.get(key));
      } catch (error) {
        // Coordinators remove what only ended runs have had; such a run cannot be folded any more.
        if (!(error instanceof BlobNotFoundError)) throw error;
      }
    }
  }
  return blobs;
}

/** Folds the events of one run; nothing comes of them without its start. */
export function foldedRun(
  graph: WorkflowGraph,
  { events }: LoggedRun,
  blobs: ReadonlyMap<string, Uint8Array>,
): FoldedRun | "a blob is gone" | undefined {
  const isWhole = events.every(({ event }) => {
    const key = blobOf(event);
    return key === undefined || blobs.has(key);
  });
  if (!isWhole) return "a blob is gone";
  const start = events.find(({ event }) => event.type === "run.started");
  if (start?.event.type !== "run.started") return undefined;
  const run = createRun(planGraph(start.event.graph, graph), start.event, start.atMs);
  const kept = start.event.kept === undefined ? undefined : blobs.get(start.event.kept);
  if (kept !== undefined) keepFrom(run, kept);
  const dispatchedAtMs = new Map<string, number>();
  const ended = new Set<number>();
  const violations: string[] = [];
  let value: Uint8Array | undefined;
  let isPaused = false;
  for (const { event, atMs } of events) {
    if (run.life !== "scheduled" && run.life !== "running") break;
    run.changed = [];
    if (event.type === "run.pause.requested") isPaused = true;
    if (event.type === "run.resume.requested") isPaused = false;
    for (const command of fold(run, withList(event, blobs), atMs)) {
      if (command.type === "finish" && command.value !== undefined) value = payloadOf(command.value);
      if (command.type !== "dispatch") continue;
      const key = `${command.node}:${command.attempt}`;
      if (dispatchedAtMs.has(key)) violations.push(`attempt ${key} is dispatched twice by the fold`);
      if (isPaused) violations.push(`attempt ${key} is dispatched by the fold while the run is paused`);
      dispatchedAtMs.set(key, atMs);
    }
    for (const node of new Set(run.changed)) {
      if (!hasEnded(run.states[node] as number)) continue;
      if (ended.has(node)) violations.push(`node ${node} has two accepted outcomes`);
      ended.add(node);
    }
  }
  violations.push(...violationsOf(run));
  const { life, failure, endedAtMs, nodeCount } = run;
  const pathOf = (node: number) => (node < nodeCount ? nodePathOf(run, node) : undefined);
  return { life, value, failureCode: failure?.code, dispatchedAtMs, endedAtMs, violations, nodes: nodeCount, pathOf };
}

/** E.g. `attempt.succeeded 3:1`. */
export function describeEvent(event: RunEvent): string {
  switch (event.type) {
    case "run.started":
      return `run.started ${event.workflow} by ${event.client}`;
    case "attempt.started":
      return `attempt.started ${event.node}:${event.attempt} at ${event.worker}`;
    case "attempt.succeeded":
      return `attempt.succeeded ${event.node}:${event.attempt} ${shown(event.result)}`;
    case "attempt.failed":
      return `attempt.failed ${event.node}:${event.attempt} ${event.failure.code}: ${event.failure.error.message}`;
    case "timer.fired":
      return `timer.fired ${event.timer}`;
    case "expression.evaluated":
      return `expression.evaluated ${event.target}`;
    case "attempt.replaced":
      return `attempt.replaced ${event.node}:${event.attempt} by ${event.graph}`;
    case "signal.received":
      return `signal.received ${event.signal} ${event.id}`;
    case "nodes.cancel.requested":
      return `nodes.cancel.requested ${event.nodes.join(" ")}${event.label === undefined ? "" : event.label.join("=")}`;
    case "run.ended":
      return `run.ended ${decodeOutcome(event.outcome).state}`;
    case "run.cancel.requested":
    case "run.pause.requested":
    case "run.resume.requested":
      return event.type;
  }
}

function shown(payload: Uint8Array): string {
  if (isBlobReference(payload)) return `blob ${blobReferenceOf(payload)?.key}`;
  if (payload.length > 500) return `${payload.length} bytes`;
  try {
    return JSON.stringify(decodePayload(payload)).slice(0, 80);
  } catch {
    return `${payload.length} bytes`; // with references inside
  }
}

/** What the event cannot be folded without. */
function blobOf(event: RunEvent): string | undefined {
  return event.type === "run.started" ? event.kept : listOf(event);
}

function listOf(event: RunEvent): string | undefined {
  if (event.type !== "expression.evaluated" || event.value === undefined || !isBlobReference(event.value))
    return undefined;
  return parseTarget(event.target)?.what === "over" ? blobReferenceOf(event.value)?.key : undefined;
}

function withList(event: RunEvent, blobs: ReadonlyMap<string, Uint8Array>): RunEvent {
  const key = listOf(event);
  const value = key === undefined ? undefined : blobs.get(key);
  return value === undefined ? event : ({ ...event, value } as RunEvent);
}

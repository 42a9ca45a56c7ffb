import { partitionOf, runFailureOf } from "@arpeggio/core";
import type {
  NodeState,
  NodeStatusRecord,
  OutcomeRecord,
  RunFailure,
  RunStatusRecord,
  Transport,
} from "@arpeggio/core";
import { describeWait } from "./wait-text.ts";
import { askPast } from "./past-question.ts";
import { readLiveWorkers } from "./live-workers.ts";
import type { LiveWorkers } from "./live-workers.ts";

/**
 * How far a run is. `starting`: its start is stored and no coordinator has read it yet. `unknown`: it has not ended, and
 * there is no coordinator to tell more.
 */
export type RunState = RunStatusRecord["state"] | "starting" | "unknown";

/** A run as it stood when it was asked for. */
export interface RunStatus {
  readonly id: string;
  readonly state: RunState;
  /** The workflow's name. Absent, like the next ones, while nobody can tell. */
  readonly workflow?: string;
  /** The version: the hash of its graph. */
  readonly graph?: string;
  /** Milliseconds since 1970, by the event log's clock. */
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  readonly labels: Readonly<Record<string, string>>;
  /** How many nodes are in each state, map items included. */
  readonly counts: Readonly<Partial<Record<NodeState, number>>>;
  /**
   * Nodes that have not ended first, then those that failed, then others, up to a limit (see {@link StatusOptions.nodesMax}).
   * What the nodes of a run that has ended did is worked out from the event log, which keeps it for a time.
   */
  readonly nodes: readonly NodeStatus[];
  /** Of a run that has ended: why `nodes` is empty although it had some. */
  readonly nodesGone?: string;
  /** What the run as a whole waits for, where it is not its nodes. */
  readonly waitsFor?: string;
  readonly failure?: RunFailure;
  /** Why it is paused, if it is: nothing of it begins until it is resumed. */
  readonly paused?: string;
  /** The run that this one goes on with. */
  readonly redriveOf?: string;
}

export interface NodeStatus {
  /** Its path, e.g. `map[3]/image.resize`. */
  readonly node: string;
  readonly task?: string;
  readonly state: NodeState;
  /** Counted from 1; 0 before the first, and of a node that never began. */
  readonly attempt: number;
  readonly queue?: string;
  /** In words: what a node that has not ended waits for, e.g. `no worker knows task 'x' (queue 'y')`. */
  readonly waitsFor?: string;
  /**
   * When its needs had ended, and when it ended itself; milliseconds since 1970. Absent of the further nodes of a run under way
   * with more than 4,096.
   */
  readonly releasedAtMs?: number;
  readonly endedAtMs?: number;
}

export interface StatusOptions {
  /**
   * How many nodes to tell of: at most 10,000, and no more than a message takes. With 0, a run that has ended is told from its
   * stored outcome alone, which costs its coordinator nothing.
   *
   * @defaultValue `100`
   */
  readonly nodesMax?: number;
}

/** How a run ended, without its nodes. */
export function statusOfOutcome(outcome: OutcomeRecord): RunStatus {
  const { run, state, workflow, graph, startedAtMs, endedAtMs, labels = {}, counts, failure, redriveOf } = outcome;
  return {
    id: run,
    state,
    workflow,
    graph,
    startedAtMs,
    endedAtMs,
    labels,
    counts,
    nodes: [],
    ...(failure === undefined ? {} : { failure: runFailureOf(failure) }),
    ...(redriveOf === undefined ? {} : { redriveOf }),
  };
}

/** The same with its nodes, as far as they are still to be had. */
export async function readEndedStatus(
  transport: Transport,
  outcome: OutcomeRecord,
  nodesMax: number,
): Promise<RunStatus> {
  const status = statusOfOutcome(outcome);
  // A run that could not even begin has none.
  if (nodesMax === 0 || Object.keys(outcome.counts).length === 0) return status;
  const reply = await askPast(transport, { type: "status", run: outcome.run, nodesMax, past: true });
  if (reply.type === "gone") return { ...status, nodesGone: reply.why };
  if (reply.type !== "status") return status;
  return { ...status, nodes: reply.status.nodes.map((node) => nodeStatus(node, undefined)) };
}

/** Looks for the live workers where a node waits for one. */
export async function readStatus(transport: Transport, record: RunStatusRecord): Promise<RunStatus> {
  const needsWorkers = record.nodes.some((node) => node.waitsFor?.kind === "worker");
  const workers = needsWorkers ? await readLiveWorkers(transport, transport.clock.now()) : undefined;
  const { run, state, workflow, graph, startedAtMs, labels = {}, counts, paused, redriveOf } = record;
  const nodes = record.nodes.map((node) => nodeStatus(node, workers));
  return {
    id: run,
    state,
    workflow,
    graph,
    startedAtMs,
    labels,
    counts,
    nodes,
    ...(paused === undefined ? {} : { paused }),
    ...(redriveOf === undefined ? {} : { redriveOf }),
  };
}

/** The same for one node. */
export async function nodeStatusOf(transport: Transport, record: NodeStatusRecord): Promise<NodeStatus> {
  const needsWorkers = record.waitsFor?.kind === "worker";
  return nodeStatus(record, needsWorkers ? await readLiveWorkers(transport, transport.clock.now()) : undefined);
}

/** Of a run whose start no coordinator has read yet. */
export function statusStarting(id: string): RunStatus {
  return {
    id,
    state: "starting",
    labels: {},
    counts: {},
    nodes: [],
    waitsFor: "waits for the coordinator to read its start",
  };
}

/** Of a run that has no result, while no coordinator answers. */
export function statusWithoutOwner(transport: Transport, id: string): RunStatus {
  const partition = partitionOf(id, transport.events.partitions);
  const waitsFor = `waits for a coordinator: nobody answers for partition ${partition}`;
  return { id, state: "unknown", labels: {}, counts: {}, nodes: [], waitsFor };
}

function nodeStatus({ waitsFor, ...node }: NodeStatusRecord, workers: LiveWorkers | undefined): NodeStatus {
  if (waitsFor === undefined) return node;
  // Its worker has said that it is at it; should that worker die, the attempt is delivered to another one.
  if (node.state === "running" && waitsFor.kind === "worker")
    return { ...node, waitsFor: "waits for its worker's result" };
  return { ...node, waitsFor: describeWait(waitsFor, workers) };
}

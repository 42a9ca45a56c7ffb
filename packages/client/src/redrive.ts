import {
  checkedOptions,
  compile,
  decodePayload,
  encodeKept,
  encodePayload,
  loadPayload,
  nearNames,
  offloadPayload,
  OptionInvalidError,
  randomToken,
  readGraph,
  RecordUndecodableError,
  token,
} from "@arpeggio/core";
import type {
  AnyCanvas,
  DoneNode,
  OutcomeRecord,
  Payload,
  RunRemains,
  RunStarted,
  Transport,
  WorkflowGraph,
} from "@arpeggio/core";
import { RunNotFoundError } from "./client-errors.ts";
import { NodeNotFoundError } from "./control-errors.ts";
import { readRemains } from "./node-handle.ts";
import type { OutcomeBoard } from "./outcome-board.ts";
import { planRedrive } from "./redrive-plan.ts";
import type { RedrivePaths } from "./redrive-plan.ts";
import { RedriveNotPossibleError, RedriveNothingToDoError, RunNotEndedError } from "./redrive-errors.ts";
import { askRun } from "./run-question.ts";
import type { RunWatch } from "./run-watch.ts";

export interface RedriveOptions {
  /** The path of a node: it runs again, and all that comes after it, whether they succeeded or not. */
  readonly from?: string;
  /** The version of the workflow on which the new run goes on. @defaultValue the graph of the old run. */
  readonly workflow?: AnyCanvas;
  /** The new run's id. @defaultValue a new one. */
  readonly id?: string;
}

/** A redrive that is ready to be started. */
export interface PreparedRedrive {
  readonly paths: RedrivePaths;
  readonly remains: RunRemains;
  /** Where it is another one than the old run's. */
  readonly canvas: AnyCanvas | undefined;
  readonly graph: string;
  readonly workflow: string;
  readonly id: string | undefined;
}

/** @throws OptionInvalidError, RunNotFoundError, RunNotEndedError, RedriveNothingToDoError, RedriveNotPossibleError, NodeNotFoundError */
export async function prepareRedrive(
  transport: Transport,
  board: OutcomeBoard,
  watch: RunWatch,
  options: RedriveOptions,
): Promise<PreparedRedrive> {
  const { from, workflow, id } = checkedOptions("the options of redrive()", options, ["from", "workflow", "id"]);
  if (from !== undefined && typeof from !== "string") throw new OptionInvalidError("from", from, "the path of a node");
  const canvas = workflow === undefined ? undefined : compile(workflow);
  const { state } = await endOf(transport, board, watch);
  if (state === "succeeded" && from === undefined) throw new RedriveNothingToDoError(watch.run);
  const remains = await readRemains(transport, watch.run);
  if (remains === undefined) throw new RedriveNotPossibleError(watch.run, whyWithout(state));
  const before = await readGraph(transport, remains.graph);
  if (before === undefined) throw new RedriveNotPossibleError(watch.run, "its graph is not stored any more");
  const after = canvas?.graph ?? before;
  if (from !== undefined) checkPath(remains, after, from);
  return {
    paths: planRedrive({ before, after, done: remains.succeeded, failed: remains.failed, from }),
    remains,
    canvas: workflow,
    graph: canvas?.hash ?? remains.graph,
    workflow: canvas?.name ?? remains.workflow,
    id: id === undefined ? undefined : token("run id", id),
  };
}

function whyWithout(state: OutcomeRecord["state"]): string {
  if (state === "succeeded") return "it succeeded, and what its steps came to was not kept";
  return "what it left behind is gone, as its retention is over, or was never stored";
}

async function endOf(transport: Transport, board: OutcomeBoard, watch: RunWatch): Promise<OutcomeRecord> {
  const answer = await askRun(transport, board, watch, { type: "status", run: watch.run, nodesMax: 0 });
  if (answer.kind === "ended") return answer.outcome;
  if (answer.kind === "nobody" && !watch.isKnown) throw new RunNotFoundError(watch.run);
  throw new RunNotEndedError(watch.run);
}

function checkPath({ run, succeeded, failed }: RunRemains, graph: WorkflowGraph, from: string): void {
  const known = [...graph.nodes.map(({ id }) => id), ...succeeded.map(({ node }) => node), ...failed];
  if (!known.includes(from)) throw new NodeNotFoundError(run, from, nearNames(from, known));
}

/** Stores what the new run takes over, and gives its start. */
export async function redriveStart(
  transport: Transport,
  { remains, paths, graph, workflow }: PreparedRedrive,
  place: { readonly run: string; readonly client: string },
): Promise<RunStarted> {
  const { labels, timeoutMs, defaults, input, succeeded } = remains;
  const { run } = place;
  const kept = new Set(paths.kept);
  const done = succeeded.filter(({ node }) => kept.has(node));
  const nodes: DoneNode[] = [];
  // One after another: each may hold as much memory as a result has.
  for (const { node, value } of done)
    nodes.push(value === undefined ? { node } : { node, value: await owned(transport, run, value) });
  const key = `${run}/kept-${randomToken(8)}`;
  await transport.blobs.put(key, encodeKept(nodes));
  return {
    type: "run.started",
    ...place,
    workflow,
    graph,
    input: await owned(transport, run, input),
    ...(labels === undefined ? {} : { labels }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(defaults === undefined ? {} : { defaults }),
    redriveOf: remains.run,
    kept: key,
  };
}

/** The value without references to blobs of the old run, which go when its result goes. */
async function owned(transport: Transport, run: string, payload: Payload): Promise<Payload> {
  const { limits, blobs } = transport;
  try {
    decodePayload(payload);
    return payload;
  } catch (error) {
    if (!(error instanceof RecordUndecodableError)) throw error;
  }
  const value = await loadPayload(payload, (key) => blobs.get(key));
  const key = `${run}/kept-${randomToken(8)}`;
  return offloadPayload(encodePayload(value), { inlineBytesMax: limits.inlineBytesMax, blobs, key });
}

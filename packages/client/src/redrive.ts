import {
  BlobNotFoundError,
  checkedOptions,
  compile,
  decodePayload,
  encodeKept,
  encodePayload,
  loadPayload,
  nearNames,
  NoAnswerError,
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
import { NodeNotFoundError } from "./control-errors.ts";
import { readRemains } from "./ended-node.ts";
import { placesOf } from "./node-places.ts";
import type { OutcomeBoard } from "./outcome-board.ts";
import { planRedrive } from "./redrive-plan.ts";
import type { RedrivePaths } from "./redrive-plan.ts";
import { RedriveNotPossibleError, RedriveNothingToDoError, RunNotEndedError } from "./redrive-errors.ts";
import { ANSWER_MS } from "./owner.ts";
import { askPast, askRemains } from "./past-question.ts";
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

/**
 * @throws OptionInvalidError, RunNotFoundError, RunNotEndedError, NoAnswerError, RedriveNothingToDoError, RedriveNotPossibleError,
 * NodeNotFoundError
 */
export async function prepareRedrive(
  transport: Transport,
  board: OutcomeBoard,
  watch: RunWatch,
  options: RedriveOptions,
): Promise<PreparedRedrive> {
  const { from, workflow, id } = checkedOptions("the options of redrive()", options, ["from", "workflow", "id"]);
  if (from !== undefined && typeof from !== "string") throw new OptionInvalidError("from", from, "the path of a node");
  const canvas = workflow === undefined ? undefined : compile(workflow);
  const outcome = await endOf(transport, board, watch);
  const isOther = canvas !== undefined && canvas.hash !== outcome.graph;
  if (outcome.state === "succeeded" && from === undefined && !isOther) throw new RedriveNothingToDoError(watch.run);
  const remains = await readLeft(transport, outcome, { from, isOther });
  const before = await readGraph(transport, remains.graph);
  if (before === undefined) throw new RedriveNotPossibleError(watch.run, "its graph is not stored any more");
  const after = canvas?.graph ?? before;
  if (from !== undefined) await checkPath(transport, remains, [before, after], from);
  return {
    paths: planRedrive({ before, after, done: remains.succeeded, failed: remains.failed, from }),
    remains,
    canvas: workflow,
    graph: canvas?.hash ?? remains.graph,
    workflow: canvas?.name ?? remains.workflow,
    id: id === undefined ? undefined : token("run id", id),
  };
}

/**
 * What is left of a run. One that did not succeed has stored what it was at when it ended; the event log has the rest: what was
 * let go before, and what is in the nodes that succeeded.
 *
 * @throws RedriveNotPossibleError
 */
async function readLeft(
  transport: Transport,
  { run, state }: OutcomeRecord,
  { from, isOther }: { readonly from: string | undefined; readonly isOther: boolean },
): Promise<RunRemains> {
  const stored = state === "succeeded" ? undefined : await readRemains(transport, run);
  if (stored !== undefined && from === undefined && !isOther) return stored;
  // Of another version, more may run again than what comes after a node.
  const within = isOther ? undefined : from;
  const past = await askRemains(transport, run, within);
  if (!("type" in past)) return together(past, stored);
  if (stored !== undefined) return stored;
  throw new RedriveNotPossibleError(run, past.why);
}

/** What was stored has values, too, that the log does not have any more. */
function together(past: RunRemains, stored: RunRemains | undefined): RunRemains {
  if (stored === undefined) return past;
  const succeeded = new Map(past.succeeded.map((one) => [one.node, one]));
  for (const one of stored.succeeded) if (succeeded.get(one.node)?.value === undefined) succeeded.set(one.node, one);
  return { ...past, succeeded: [...succeeded.values()], isComplete: past.isComplete || stored.isComplete };
}

async function endOf(transport: Transport, board: OutcomeBoard, watch: RunWatch): Promise<OutcomeRecord> {
  // First what is stored: a coordinator that stood still, and answers before it finds out, may not know of the end.
  const outcome = await board.lookUp(watch);
  if (outcome !== undefined) return outcome;
  const answer = await askRun(transport, board, watch, { type: "status", run: watch.run, nodesMax: 0 });
  if (answer.kind === "ended") return answer.outcome;
  // Whether there is such a run, nobody can say.
  if (answer.kind === "nobody") throw new NoAnswerError(`the coordinator of run ${watch.run}`, ANSWER_MS);
  throw new RunNotEndedError(watch.run);
}

/** @throws NodeNotFoundError, NoAnswerError, RedriveNotPossibleError */
async function checkPath(
  transport: Transport,
  { run, succeeded, failed }: RunRemains,
  graphs: readonly WorkflowGraph[],
  from: string,
): Promise<void> {
  const known = [
    ...graphs.flatMap(({ nodes }) => nodes.map(({ id }) => id)),
    ...succeeded.map(({ node }) => node),
    ...failed,
  ];
  const isIn = (path: string) => graphs.some((graph) => placesOf(graph, path).has(from));
  if (known.some((path) => path.startsWith(from) && isIn(path))) return;
  // What was skipped or cut off is none of it, nor is what deals with failures.
  const reply = await askPast(transport, { type: "node", run, node: from, past: true });
  if (reply.type === "node" && reply.node.status !== undefined) return;
  if (reply.type === "gone" && graphs.some((graph) => placesOf(graph, from).has(from))) {
    if (reply.unansweredMs !== undefined)
      throw new NoAnswerError(`whether run ${run} has a node ${from}`, reply.unansweredMs);
    throw new RedriveNotPossibleError(run, `whether it has a node '${from}' cannot be told: ${reply.why}`);
  }
  throw new NodeNotFoundError(run, from, nearNames(from, known));
}

/** Stores what the new run takes over, and gives its start. @throws RedriveNotPossibleError */
export async function redriveStart(
  transport: Transport,
  redrive: PreparedRedrive,
  place: { readonly run: string; readonly client: string },
): Promise<RunStarted> {
  try {
    return await startWith(transport, redrive, place);
  } catch (error) {
    if (!(error instanceof BlobNotFoundError)) throw error;
    const why = "a value that it was to keep has gone since that was planned; plan it again";
    throw new RedriveNotPossibleError(redrive.remains.run, why);
  }
}

async function startWith(
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

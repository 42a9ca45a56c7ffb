import { readFileSync } from "node:fs";
import { decodePayload, readEvents, type RunEvent, type Transport, type WorkflowGraph } from "@arpeggio/core";
import { fold } from "../../packages/coordinator/src/fold/fold.ts";
import { planGraph } from "../../packages/coordinator/src/run/plan.ts";
import { createRun, stateOf } from "../../packages/coordinator/src/run/run-state.ts";
import { payloadOf } from "../../packages/coordinator/src/run/value.ts";

/** What the log says, read independently of the fold. */
export interface LoggedOutcome {
  readonly type: "attempt.succeeded" | "attempt.failed";
  readonly atMs: number;
  readonly attempt: number;
}

export interface LoggedRun {
  readonly events: readonly { readonly event: RunEvent; readonly atMs: number }[];
  /** By node number, in the order of the log; the first success is the one that counts. */
  readonly outcomes: ReadonlyMap<number, readonly LoggedOutcome[]>;
}

/** One hand-over of an attempt's message to a worker. */
export interface HandOver {
  readonly at: number;
  readonly run: string;
  readonly node: number;
  readonly attempt: number;
  readonly message: string;
  readonly pid: number;
}

/** Reads every partition from its beginning to its end. */
export async function readLog(transport: Transport): Promise<Map<string, LoggedRun>> {
  const runs = new Map<string, { events: LoggedRun["events"][number][]; outcomes: Map<number, LoggedOutcome[]> }>();
  const note = (seen: RunEvent, atMs: number) => {
    if (seen.run.startsWith("~")) return; // a coordinator's marker
    const event = structuredClone(seen); // what the log hands over are views
    const run = runs.get(event.run) ?? { events: [], outcomes: new Map<number, LoggedOutcome[]>() };
    runs.set(event.run, run);
    run.events.push({ event, atMs });
    if (event.type !== "attempt.succeeded" && event.type !== "attempt.failed") return;
    const outcomes = run.outcomes.get(event.node) ?? [];
    run.outcomes.set(event.node, outcomes);
    outcomes.push({ type: event.type, atMs, attempt: event.attempt });
  };
  for (let partition = 0; partition < transport.events.partitions; partition++) {
    await new Promise<void>((resolve, reject) => {
      void transport.events.read(partition, 0, {
        onMessage: ({ bytes, timestampMs }) =>
          readEvents(
            bytes,
            (event) => note(event, timestampMs),
            (_, error) => reject(error),
          ),
        onCaughtUp: resolve,
        onError: reject,
      });
    });
  }
  return runs;
}

/** The hand-overs that the workers wrote down; a line cut off by a SIGKILL is not one. */
export function readHandOvers(path: string): readonly HandOver[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as HandOver);
}

/** Everything that must not happen, in words. */
export function violations(
  graphOf: (run: string) => WorkflowGraph,
  log: ReadonlyMap<string, LoggedRun>,
  handOvers: readonly HandOver[],
): string[] {
  const found: string[] = [];
  const messages = new Map<string, Set<string>>();
  for (const { run, node, attempt, message, at } of handOvers) {
    const key = `${run}:${node}:${attempt}`;
    messages.set(key, (messages.get(key) ?? new Set()).add(message));
    const { nodes } = graphOf(run);
    for (const need of nodes[node]?.needs ?? []) {
      const index = nodes.findIndex((one) => one.id === need);
      const first = log
        .get(run)
        ?.outcomes.get(index)
        ?.find((one) => one.type === "attempt.succeeded");
      if (first === undefined || Math.floor(first.atMs) > at)
        found.push(`${key} was begun before node ${need} was done`);
    }
  }
  for (const [key, stored] of messages) {
    if (stored.size > 1) found.push(`attempt ${key} was dispatched ${stored.size} times`);
  }
  for (const [run, { outcomes }] of log) {
    for (const index of graphOf(run).nodes.keys()) {
      const done = outcomes.get(index)?.filter((one) => one.type === "attempt.succeeded") ?? [];
      if (done.length === 0) found.push(`node ${index} of ${run} has no outcome in the log`);
    }
  }
  return found;
}

/** Folds a run's part of the log once more: what it comes to, and how often the end of each node was accepted. */
export function foldedAgain(graph: WorkflowGraph, { events }: LoggedRun): { value: unknown; accepted: number[] } {
  const start = events.find(({ event }) => event.type === "run.started");
  if (start?.event.type !== "run.started") return { value: undefined, accepted: [] };
  const run = createRun(planGraph(start.event.graph, graph), start.event, start.atMs);
  const accepted = graph.nodes.map(() => 0);
  let value: unknown;
  for (const { event, atMs } of events) {
    run.changed = [];
    for (const command of fold(run, event, atMs)) {
      if (command.type === "finish" && command.value !== undefined) value = decodePayload(payloadOf(command.value));
    }
    for (const node of new Set(run.changed)) {
      if (stateOf(run, node) === "succeeded") accepted[node] = (accepted[node] ?? 0) + 1;
    }
  }
  return { value, accepted };
}

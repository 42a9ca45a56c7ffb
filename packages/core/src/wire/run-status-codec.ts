import type { NodeStatusRecord, RunStatusRecord, Waker } from "./control.ts";
import { nodeStates } from "./node-states.ts";
import { choice, count, entries, fieldsIn, labels, list, moment, optional, present, text } from "./record-fields.ts";
import type { Fields } from "./record-fields.ts";

const runStates = ["running", "cancelling", "succeeded", "failed", "cancelled"] as const;

/** `[run, workflow, graph, state, startedAtMs, counts, nodes, liveSequence, labels?, paused?, redriveOf?]` */
export function statusFields(status: RunStatusRecord): Fields {
  const { run, workflow, graph, state, startedAtMs, counts, liveSequence, paused, redriveOf } = status;
  const nodes = status.nodes.map(nodeFields);
  return [run, workflow, graph, state, startedAtMs, counts, nodes, liveSequence, status.labels, paused, redriveOf];
}

export function readStatus(fields: Fields): RunStatusRecord {
  return {
    run: text(fields[0]),
    workflow: text(fields[1]),
    graph: text(fields[2]),
    state: choice(fields[3], runStates),
    startedAtMs: moment(fields[4]),
    // Unknown names are kept: a newer writer may count a state that this release does not have.
    counts: entries(fields[5], count),
    nodes: list(fields[6], readNode),
    liveSequence: count(fields[7]),
    ...present({
      labels: optional(fields[8], labels),
      paused: optional(fields[9], text),
      redriveOf: optional(fields[10], text),
    }),
  };
}

/** `[node, state, attempt, task?, queue?, waitsFor?, releasedAtMs?, endedAtMs?]` */
export function nodeFields(status: NodeStatusRecord): Fields {
  const { node, state, attempt, task, queue, waitsFor, releasedAtMs, endedAtMs } = status;
  return [node, state, attempt, task, queue, waitsFor && wakerFields(waitsFor), releasedAtMs, endedAtMs];
}

export function readNode(field: unknown): NodeStatusRecord {
  const fields = fieldsIn(field);
  return {
    node: text(fields[0]),
    state: choice(fields[1], nodeStates),
    attempt: count(fields[2]),
    ...present({
      task: optional(fields[3], text),
      queue: optional(fields[4], text),
      waitsFor: optional(fields[5], readWaker),
      releasedAtMs: optional(fields[6], moment),
      endedAtMs: optional(fields[7], moment),
    }),
  };
}

/**
 * `["nodes", nodes]`, `["worker", task, queue, letter?]`, `["timer", what, dueAtMs]`, `["items" or "parts", ended, total]`,
 * `["signal", signal]`, `["resume"]`, `["evaluation"]`
 */
function wakerFields(waker: Waker): Fields {
  switch (waker.kind) {
    case "nodes":
      return [waker.kind, waker.nodes];
    case "worker":
      return [waker.kind, waker.task, waker.queue, waker.letter];
    case "timer":
      return [waker.kind, waker.what, waker.dueAtMs];
    case "items":
    case "parts":
      return [waker.kind, waker.ended, waker.total];
    case "signal":
      return [waker.kind, waker.signal];
    case "resume":
    case "evaluation":
      return [waker.kind];
  }
}

const wakerKinds = ["nodes", "worker", "timer", "items", "parts", "signal", "resume", "evaluation"] as const;

function readWaker(field: unknown): Waker {
  const fields = fieldsIn(field);
  const kind = choice(fields[0], wakerKinds);
  switch (kind) {
    case "nodes":
      return { kind, nodes: list(fields[1], text) };
    case "worker":
      return { kind, task: text(fields[1]), queue: text(fields[2]), ...present({ letter: optional(fields[3], text) }) };
    case "timer":
      return {
        kind,
        what: choice(fields[1], ["retry", "timeout", "begin", "round"] as const),
        dueAtMs: moment(fields[2]),
      };
    case "items":
    case "parts":
      return { kind, ended: count(fields[1]), total: count(fields[2]) };
    case "signal":
      return { kind, signal: text(fields[1]) };
    case "resume":
    case "evaluation":
      return { kind };
  }
}

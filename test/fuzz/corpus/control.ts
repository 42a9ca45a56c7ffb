import type {
  AbortNotice,
  ControlReply,
  ControlRequest,
  LiveEvent,
  NodeStatusRecord,
  RunStatusRecord,
  Waker,
} from "@arpeggio/core";
import { bareFailure, counts, everyValue, hash, labels, list, nodeFailure, payload, run, runFailure } from "./parts.ts";
import type { Forms, Whole } from "./whole.ts";

type OfType<T extends { readonly type: string }> = {
  readonly [K in T["type"]]: Forms<Extract<T, { readonly type: K }>>;
};

/** Everything that a node can wait for. */
const wakers: { readonly [K in Waker["kind"]]: Whole<Extract<Waker, { readonly kind: K }>> } = {
  nodes: { kind: "nodes", nodes: ["a", "b"] },
  worker: { kind: "worker", task: "t", queue: "q", letter: "attempts-1" },
  timer: { kind: "timer", what: "retry", dueAtMs: 9 },
  items: { kind: "items", ended: 1, total: 3 },
  parts: { kind: "parts", ended: 0, total: 2 },
  signal: { kind: "signal", signal: "approved" },
  resume: { kind: "resume" },
  evaluation: { kind: "evaluation" },
};
const nodeOf = (waitsFor: Waker): Whole<NodeStatusRecord> =>
  ({
    node: "map[3]/t",
    task: "t",
    state: "waiting",
    attempt: 1,
    queue: "q",
    waitsFor,
    releasedAtMs: 1,
    endedAtMs: 2,
  }) as Whole<NodeStatusRecord>;
const nodes = Object.values(wakers).map(nodeOf);
const [node] = nodes as [Whole<NodeStatusRecord>];
const bareNode: NodeStatusRecord = { node: "n", state: "succeeded", attempt: 1 };

const status: Whole<RunStatusRecord> = {
  run,
  workflow: "w",
  graph: hash,
  state: "running",
  startedAtMs: 1,
  labels,
  counts,
  nodes,
  liveSequence: 4,
  paused: "lunch",
  redriveOf: "r0",
};
const bareStatus: RunStatusRecord = {
  run,
  workflow: "w",
  graph: hash,
  state: "cancelling",
  startedAtMs: 1,
  counts: {},
  nodes: [bareNode, { ...bareNode, waitsFor: { kind: "worker", task: "t", queue: "q" } }],
  liveSequence: 0,
};

export const requests: OfType<ControlRequest> = {
  status: [
    { type: "status", run, nodesMax: 5, past: true },
    { type: "status", run, nodesMax: 0 },
  ],
  watch: [{ type: "watch", run, nodesMax: 5, forMs: 1_000 }],
  node: [
    { type: "node", run, node: "a", past: true },
    { type: "node", run, node: "a" },
  ],
  remains: [
    { type: "remains", run, within: "map[3]" },
    { type: "remains", run },
  ],
  signal: [{ type: "signal", run, signal: "approved" }],
  list: [
    {
      type: "list",
      limit: 10,
      workflow: "w",
      label: ["team", "a"],
      sinceMs: 5,
      isPaused: true,
      after: [1, run],
    },
    { type: "list", limit: 0 },
  ],
};

export const replies: OfType<ControlReply> = {
  unknown: [{ type: "unknown", run }],
  reading: [{ type: "reading", run }],
  gone: [{ type: "gone", run, why: "its events are gone" }],
  remains: [{ type: "remains", blob: `${run}/remains` }],
  status: [
    { type: "status", status },
    { type: "status", status: bareStatus },
  ],
  node: [
    {
      type: "node",
      node: { status: node, value: payload, failure: nodeFailure, mayCome: false, known: ["a", "b"] },
    },
    ...[...nodes, nodeOf({ kind: "worker", task: "t", queue: "q" })].map(
      (one) => ({ type: "node", node: { status: one, mayCome: true, known: [] } }) as const,
    ),
    { type: "node", node: { mayCome: true, known: ["a"], status: bareNode } },
    { type: "node", node: { mayCome: true, known: [], failure: { code: "C", message: "", node: "n", attempt: 1 } } },
    { type: "node", node: { mayCome: true, known: ["a"], value: list } },
  ],
  signal: [{ type: "signal", signal: { expected: "later", graphs: [hash], known: ["approved"] } }],
  list: [
    { type: "list", runs: [{ run, workflow: "w", startedAtMs: 1, labels, paused: "lunch" }], isWhole: false },
    { type: "list", runs: [{ run, workflow: "w", startedAtMs: 1 }], isWhole: true },
    { type: "list", runs: [], isWhole: true },
  ],
};

export const aborts: Forms<AbortNotice> = [
  { run, reason: "enough", nodes: [1, 2], isTakenBack: true },
  { run, reason: "enough", nodes: [1, 2] },
  { run, reason: "" },
];

export const liveEvents: OfType<LiveEvent> = {
  node: [
    { type: "node", sequence: 3, node: "n", task: "t", state: "queued", attempt: 1, message: "m" },
    { type: "node", sequence: 3, node: "n", state: "failed", attempt: 1 },
  ],
  run: [
    { type: "run", sequence: 3, state: "failed", failure: runFailure },
    { type: "run", sequence: 3, state: "failed", failure: bareFailure },
    { type: "run", sequence: 3, state: "succeeded" },
  ],
  progress: [
    { type: "progress", node: "n", done: 1, total: 2 },
    { type: "progress", node: "n", done: 0.5 },
  ],
  log: [
    { type: "log", node: "n", message: "m", data: everyValue },
    { type: "log", node: "n", message: "m" },
  ],
};

import { encodePayload } from "@arpeggio/core";
import type {
  AttemptRecord,
  DeadLetterRecord,
  DoneNode,
  LeaseRecord,
  OutcomeRecord,
  RunRemains,
  WorkerRecord,
} from "@arpeggio/core";
import { encodeExpression } from "@arpeggio/core";
import { operators } from "./expressions.ts";
import {
  bareDefaults,
  bareFailure,
  counts,
  defaults,
  hash,
  labels,
  list,
  payload,
  reference,
  run,
  runFailure,
} from "./parts.ts";
import type { Forms } from "./whole.ts";

const attempt = { run, partition: 0, node: 1, nodePath: "map[3]/t", attempt: 1, task: "t" };

export const attempts: { readonly [K in AttemptRecord["input"]["kind"]]: Forms<AttemptRecord> } = {
  value: [
    {
      ...attempt,
      input: { kind: "value", payload },
      timeoutMs: 3,
      labels,
      expiresAtMs: 9,
      each: true,
      again: true,
    },
    { ...attempt, input: { kind: "value", payload: reference } },
  ],
  expression: [
    {
      ...attempt,
      input: {
        kind: "expression",
        expr: encodeExpression({ array: [{ ref: "0:a" }, { ref: "1:b" }] }),
        args: [payload, list],
      },
      timeoutMs: 3,
      labels,
      expiresAtMs: 9,
      each: true,
      again: true,
    },
    ...Object.values(operators).map((expr): AttemptRecord => ({
      ...attempt,
      input: {
        kind: "expression",
        expr: encodeExpression(expr),
        args: [list, encodePayload({ kind: "book", size: 3 })],
      },
    })),
  ],
};

const outcome = { run, workflow: "w", graph: hash, startedAtMs: 1, endedAtMs: 2 };

export const outcomes: { readonly [K in OutcomeRecord["state"]]: Forms<OutcomeRecord> } = {
  succeeded: [
    {
      ...outcome,
      state: "succeeded",
      value: payload,
      failure: runFailure,
      counts,
      labels,
      named: { a: list, "b.c": reference },
      firstSequence: 7,
      lastSequence: 9,
      blobs: [`${run}/over-3`],
      redriveOf: "r0",
    },
    { ...outcome, state: "succeeded", counts: {}, value: list },
    { ...outcome, state: "succeeded", counts: {}, failure: bareFailure },
  ],
  failed: [
    {
      ...outcome,
      state: "failed",
      value: payload,
      failure: runFailure,
      counts,
      labels,
      named: { a: list },
      firstSequence: 7,
      lastSequence: 9,
      blobs: [],
      redriveOf: "r0",
    },
    { ...outcome, state: "failed", counts: {}, failure: bareFailure },
    { ...outcome, state: "failed", counts: {} },
  ],
  cancelled: [
    {
      ...outcome,
      state: "cancelled",
      value: payload,
      failure: { ...runFailure, code: "RUN_CANCELLED" },
      counts,
      labels,
      named: {},
      firstSequence: 7,
      lastSequence: 9,
      blobs: [],
      redriveOf: "r0",
    },
    { ...outcome, state: "cancelled", counts: {}, failure: bareFailure },
    { ...outcome, state: "cancelled", counts: {} },
  ],
};

export const leases: Forms<LeaseRecord> = [
  {
    owner: "o",
    epoch: 3,
    mark: 9,
    renewedAtMs: 5,
    checkpointsSeen: { epoch: 2, revision: 7 },
    lastRead: { sequence: 9, timestampMs: 4 },
    cutAtMs: 5,
  },
  { owner: "", epoch: 0, mark: 0, renewedAtMs: 0 },
];

export const workers: Forms<WorkerRecord> = [
  { id: "w", host: "h", pid: 1, queues: ["q"], tasks: ["t"], startedAtMs: 1, seenAtMs: 2, heartbeatMs: 3 },
];

export const deadLetters: Forms<DeadLetterRecord> = [
  { source: "attempts", code: "C", message: "m", bytes: payload, at: 5, queue: "q", priority: 1 },
  { source: "events", code: "C", message: "m", bytes: new Uint8Array(0), at: 5 },
];

export const doneNodes: Forms<DoneNode> = [{ node: "a", value: payload }, { node: "map[3]" }];

export const remains: Forms<RunRemains> = [
  {
    run,
    workflow: "w",
    graph: hash,
    input: payload,
    labels,
    timeoutMs: 5,
    defaults,
    succeeded: [
      { node: "a", value: payload },
      { node: "map", value: list },
    ],
    failed: ["b"],
    isComplete: true,
  },
  {
    run,
    workflow: "w",
    graph: hash,
    input: payload,
    succeeded: ["map[0]", "map[2]", "map[10]/item", "loop[1]", "branches.left", "a"].map((node) => ({
      node,
      value: list,
    })),
    failed: ["map[1]", "map[7]/item"],
    isComplete: false,
  },
  {
    run,
    workflow: "w",
    graph: hash,
    input: list,
    succeeded: [{ node: "a" }],
    failed: [],
    isComplete: false,
    defaults: {},
  },
  { run, workflow: "w", graph: hash, input: list, succeeded: [], failed: [], isComplete: true, defaults: bareDefaults },
];

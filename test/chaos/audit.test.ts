import { beforeEach, describe, expect, test } from "vitest";
import type { RunHandle } from "@arpeggio/client";
import { encodePayload } from "@arpeggio/core";
import type { OutcomeRecord, RunEvent } from "@arpeggio/core";
import type { LoggedOutcome } from "../crash/recorded-runs.ts";
import { wrongHandOvers, wrongRuns } from "./audit.ts";
import type { Evidence } from "./audit.ts";
import { complaintsOf } from "./complaints.ts";
import { foldedRun } from "./folded-log.ts";
import type { FoldedRun } from "./folded-log.ts";
import type { AcceptedRun } from "./load.ts";
import { graphs, workOf } from "./work.ts";

/** A run of `twice` for 1: node 0 gives 2, nodes 1 and 2 give 3 and 4, node 3 gives 7. */
const run = "chosen-1";
const work = workOf("twice", 1, () => 0);
const graph = graphs.get("twice") as NonNullable<ReturnType<typeof graphs.get>>;

const started: RunEvent = {
  type: "run.started",
  run,
  client: "a",
  workflow: "twice",
  graph: "hash",
  input: encodePayload(1),
};
const succeeded = (node: number, value: unknown): RunEvent => ({
  type: "attempt.succeeded",
  run,
  node,
  attempt: 1,
  result: encodePayload(value),
});

type Changes = { -readonly [K in keyof Evidence]: Evidence[K] };
let evidence: Changes;

/** Events a second apart, from 1,000 on. */
function logged(events: readonly RunEvent[]) {
  const outcomes = new Map<number, LoggedOutcome[]>();
  const timed = events.map((event, i) => ({ event, atMs: 1_000 * (i + 1) }));
  for (const { event, atMs } of timed) {
    if (event.type === "attempt.succeeded")
      outcomes.set(event.node, [{ type: event.type, atMs, attempt: event.attempt }]);
  }
  return { events: timed, outcomes };
}

function handOver(node: number, at: number, message = `m${node}`) {
  return { at, run, node, attempt: 1, message, pid: 1 };
}

beforeEach(() => {
  const log = logged([started, succeeded(0, 2), succeeded(2, 4), succeeded(1, 3), succeeded(3, 7)]);
  const outcome = {
    run,
    workflow: "twice",
    graph: "hash",
    state: "succeeded",
    value: encodePayload(7),
    startedAtMs: 1_000,
    endedAtMs: 5_000,
    counts: {},
  } satisfies OutcomeRecord;
  const told = { ok: true, value: 7 } as const;
  const handle = {} as RunHandle<unknown>; // nobody asks it here
  evidence = {
    accepted: new Map([
      [run, { id: run, work, startedAtMs: 1_000, handle, told: [told, told], toldAtMs: 5_001, kept: undefined }],
    ]),
    log: new Map([[run, log]]),
    folded: new Map([[run, foldedRun(graph, log, new Map()) as FoldedRun]]),
    unfoldable: new Set(),
    outcomes: new Map([[run, [outcome]]]),
    handOvers: [handOver(0, 1_001), handOver(1, 2_001), handOver(2, 2_001), handOver(3, 4_001)],
    fetchBlob: () => Promise.reject(new Error("there are no blobs here")),
  };
});

const words = (violations: readonly { readonly what: string }[]) => violations.map(({ what }) => what);

test("a run that went well is right", async () => {
  expect(await wrongRuns(evidence)).toEqual([]);
  expect(wrongHandOvers(evidence)).toEqual([]);
});

describe("found is", () => {
  test("a value that a client was told and that is wrong", async () => {
    const [accepted] = evidence.accepted.values();
    accepted?.told.push({ ok: true, value: 8 });
    expect(words(await wrongRuns(evidence))).toEqual(["twice: what its client was told has the value 8"]);
  });

  test("a stored outcome that is missing, double or wrong", async () => {
    const [outcome] = evidence.outcomes.get(run) as [OutcomeRecord];
    evidence.outcomes = new Map();
    expect(words(await wrongRuns(evidence))).toEqual(["twice: 0 outcomes are stored"]);
    evidence.outcomes = new Map([[run, [outcome, { ...outcome, value: encodePayload(6) }]]]);
    expect(words(await wrongRuns(evidence))).toEqual([
      "twice: 2 outcomes are stored",
      "twice: the stored outcome has the value 6",
    ]);
  });

  test("a log that does not come to the end of the run", async () => {
    const log = logged([started, succeeded(0, 2), succeeded(1, 3)]);
    evidence.folded = new Map([[run, foldedRun(graph, log, new Map()) as FoldedRun]]);
    expect(words(await wrongRuns(evidence))).toEqual(["twice: its log, folded again, is running (undefined)"]);
  });

  test("an attempt that was begun before what it needs", () => {
    evidence.handOvers = [handOver(3, 3_500)];
    expect(words(wrongHandOvers(evidence))).toEqual([
      `attempt ${run}:3:1 was begun before what led to it`,
      `attempt ${run}:3:1 was begun before node 1 was done`,
    ]);
  });

  test("an attempt that nothing led to", () => {
    evidence.handOvers = [{ ...handOver(0, 1_001), attempt: 2 }];
    expect(words(wrongHandOvers(evidence))).toEqual([`attempt ${run}:0:2 was begun, and nothing in the log led to it`]);
  });

  test("an attempt under two messages, but not one that is handed over twice", () => {
    evidence.handOvers = [handOver(0, 1_001), handOver(0, 1_900), handOver(0, 1_950, "another")];
    expect(words(wrongHandOvers(evidence))).toEqual([`attempt ${run}:0:1 was dispatched 2 times`]);
  });

  test("an attempt in a redrive of what the run before has done, which leaves what comes after it alone", () => {
    const [accepted] = evidence.accepted.values();
    evidence.accepted = new Map([[run, { ...(accepted as AcceptedRun), kept: ["chaos.increment", "chaos.double"] }]]);
    evidence.handOvers = evidence.handOvers.slice(0, 2);
    expect(words(wrongHandOvers(evidence))).toEqual([
      `attempt ${run}:0:1 was begun, though the run before has done chaos.increment`,
    ]);
  });

  test("an attempt whose delay was not over", () => {
    const [accepted] = evidence.accepted.values();
    const delayed = graphs.get("delayed") as NonNullable<ReturnType<typeof graphs.get>>;
    const log = logged([started, succeeded(0, 2), { type: "timer.fired", run, timer: "begin:1" }]);
    evidence.accepted = new Map([[run, { ...(accepted as AcceptedRun), work: workOf("delayed", 1, () => 0) }]]);
    evidence.log = new Map([[run, log]]);
    evidence.folded = new Map([[run, foldedRun(delayed, log, new Map()) as FoldedRun]]);
    evidence.handOvers = [handOver(0, 1_001), handOver(1, 2_650)];
    expect(words(wrongHandOvers(evidence))).toEqual([
      `attempt ${run}:1:1 was begun before what led to it`,
      `attempt ${run}:1:1 was begun less than 700 ms after node 0`,
    ]);
    evidence.handOvers = [handOver(0, 1_001), handOver(1, 3_001)];
    expect(wrongHandOvers(evidence)).toEqual([]);
  });

  test("what a coordinator had to put right", () => {
    const output = [
      "ready",
      "arpeggio coordinator warning: a write failed and is tried again",
      "arpeggio coordinator error: run r waited for something that was lost, which is made good: timer t is not armed",
    ].join("\n");
    expect(words(complaintsOf([{ name: "c1", output }]))).toEqual([
      "c1 complained: run r waited for something that was lost, which is made good: timer t is not armed",
    ]);
  });
});

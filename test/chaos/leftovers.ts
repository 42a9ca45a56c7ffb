import { busSubjects, decodeControlReply, encodeControlRequest, partitionOf } from "@arpeggio/core";
import type { StoredAttempt, Transport } from "@arpeggio/core";
import type { Violation } from "./audit.ts";
import { jetStreamState } from "./jetstream-state.ts";
import { unwantedBlobs } from "./wanted-blobs.ts";

export interface Leftovers {
  readonly violations: readonly Violation[];
  readonly blobs: number;
  readonly checkpoints: number;
  readonly attempts: number;
}

export interface LeftoverOptions {
  readonly transport: Transport;
  readonly monitors: readonly string[];
  /** All runs that were accepted. */
  readonly runs: Iterable<string>;
  /** How long what is under way may take to go, in milliseconds. */
  readonly patienceMs: number;
  /** What every coordinator says of itself; asked when all else is gone. */
  readonly runsInHand: () => Promise<ReadonlyMap<string, number>>;
}

const ANSWER_MS_MAX = 1_000;
const QUEUES = ["default", "slow"];
const EXPECTED_CONSUMERS = QUEUES.flatMap((queue) => ["high", "normal", "low"].map((band) => `q_${queue}_${band}`));

/** What is still there after all runs have ended. Processes must run, so that they can clean up. */
export async function leftovers(options: LeftoverOptions): Promise<Leftovers> {
  const { transport, monitors, patienceMs, runsInHand } = options;
  const deadline = Date.now() + patienceMs;
  const runs = transport.bucket("runs");
  let attempts: StoredAttempt[] = [];
  let checkpoints: string[] = [];
  let inHand: ReadonlyMap<string, number> = new Map();
  let blobs: string[] = [];
  let unwanted: readonly string[] = [];
  for (;;) {
    attempts = [];
    for await (const attempt of transport.attempts.stored({})) attempts.push(attempt);
    checkpoints = [];
    for await (const { key } of runs.entries(">")) {
      // A replica that was killed may show one that its leader does not have any more.
      if ((await runs.get(key)) !== undefined) checkpoints.push(key);
    }
    inHand = await runsInHand();
    blobs = [];
    for await (const key of transport.blobs.list("")) blobs.push(key);
    unwanted = await unwantedBlobs(transport, blobs);
    const isClean =
      attempts.length === 0 &&
      checkpoints.length === 0 &&
      unwanted.length === 0 &&
      [...inHand.values()].every((count) => count === 0);
    if (isClean || Date.now() > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const found: Violation[] = [];
  const wrong = (what: string, run?: string) => found.push({ run, what });
  const byRun = new Map<string, string[]>();
  for (const { runId, messageId } of attempts) byRun.set(runId, [...(byRun.get(runId) ?? []), messageId]);
  for (const [run, ids] of byRun) wrong(`${ids.length} attempts are left in their queues: messages ${ids[0]} …`, run);
  for (const key of checkpoints) wrong(`the checkpoint ${key} is left`, key.slice(key.indexOf(".") + 1));
  for (const [name, count] of inHand) if (count !== 0) wrong(`${name} holds ${count} runs`);
  if ([...inHand.values()].some((count) => count !== 0)) {
    for (const run of await heldRuns(transport, options.runs)) wrong("is still in the hands of an owner", run);
  }
  for await (const { key } of transport.bucket("dead-letters").entries(">")) wrong(`the dead letter ${key}`);
  for (const key of unwanted) wrong(`the blob ${key} is left`, key.slice(0, key.indexOf("/")));
  for await (const { key } of transport.bucket("partitions").entries(">"))
    if (!/^\d+$/.test(key)) wrong(`the note ${key} about a partition is left`);
  const { streams } = await jetStreamState(monitors);
  const consumers =
    streams
      .get("CHAOS_TASKS")
      ?.consumers.map(({ name }) => name)
      .sort() ?? [];
  if (consumers.join() !== [...EXPECTED_CONSUMERS].sort().join())
    wrong(`consumers of attempts: ${consumers.join(", ")}`);
  return { violations: found, blobs: blobs.length, checkpoints: checkpoints.length, attempts: attempts.length };
}

/** The runs that an owner says it has. */
async function heldRuns(transport: Transport, runs: Iterable<string>): Promise<string[]> {
  const { bus, events } = transport;
  const held: string[] = [];
  for (const run of runs) {
    const subject = busSubjects.control(partitionOf(run, events.partitions));
    const request = encodeControlRequest({ type: "status", run, nodesMax: 0 });
    const answer = await bus.request(subject, request, ANSWER_MS_MAX).catch(() => undefined);
    if (answer !== undefined && decodeControlReply(answer).type === "status") held.push(run);
  }
  return held;
}

/** Readers that servers still keep although nobody is connected any more; they go by themselves after some seconds. */
export async function readersLeft(monitors: readonly string[], patienceMs: number): Promise<Violation[]> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const { streams } = await jetStreamState(monitors);
    const left = [...streams.values()]
      .filter(({ name, consumers }) => name !== "CHAOS_TASKS" && consumers.length > 0)
      .map(({ name, consumers }) => ({ run: undefined, what: `${name} still has ${consumers.length} readers` }));
    if (left.length === 0 || Date.now() > deadline) return left;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

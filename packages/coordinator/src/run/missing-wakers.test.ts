import { compile, encodePayload, task } from "@arpeggio/core";
import type { RunEvent } from "@arpeggio/core";
import { expect, test } from "vitest";
import { missingWakers, waitsForMessages } from "./missing-wakers.ts";
import type { FoundWakers } from "./missing-wakers.ts";
import { planGraph } from "./plan.ts";
import { createRun } from "./run-state.ts";
import { fold } from "../fold/fold.ts";

const everything: FoundWakers = { hasMessage: () => true, hasTimer: () => true, hasEvaluation: () => true };
const nothing: FoundWakers = { hasMessage: () => false, hasTimer: () => false, hasEvaluation: () => false };

/** A run of two steps after its start and these events. */
function runAfter(...events: readonly Omit<RunEvent, "run">[]) {
  const retry = { attempts: 2, delay: 1_000 };
  const one = task("one", { retry }, (n: number) => ({ n }));
  const two = task("two", (n: number) => n);
  const { graph, hash } = compile(one.pipe(two, (out) => out.n).select((n) => n));
  const start = { type: "run.started", run: "r", client: "c", workflow: "w", graph: hash } as const;
  const started = { ...start, input: encodePayload(1), timeoutMs: 60_000 };
  const run = createRun(planGraph(hash, graph), started, 0);
  fold(run, started, 0);
  for (const event of events) fold(run, { ...event, run: "r" } as RunEvent, 0);
  return run;
}

const failure = { code: "TASK_FAILED", error: { name: "Error", message: "no" }, permanent: false };

test("a queued and a running node need a message, a waiting one a timer, and the run its own", () => {
  const queued = runAfter();
  expect(waitsForMessages(queued)).toBe(true);
  expect(missingWakers(queued, everything)).toEqual([]);
  expect(missingWakers(queued, nothing)).toMatchObject([
    { kind: "timer", timer: "timeout", dueAtMs: 60_000 },
    { kind: "message", node: 0, attempt: 1, text: "one is queued, but attempt 1 is in no queue and in no hands" },
  ]);
  const running = runAfter({ type: "attempt.started", node: 0, attempt: 1, worker: "w" } as never);
  expect(missingWakers(running, { ...everything, hasMessage: () => false })).toMatchObject([{ kind: "message" }]);
  const waiting = runAfter({ type: "attempt.failed", node: 0, attempt: 1, failure } as never);
  expect(waitsForMessages(waiting)).toBe(false);
  expect(missingWakers(waiting, { ...nothing, hasTimer: (timer) => timer === "timeout" })).toMatchObject([
    { kind: "timer", timer: "retry:0:1" },
  ]);
  waiting.timers?.delete("retry:0:1");
  expect(missingWakers(waiting, everything)).toMatchObject([
    { kind: "none", text: "one is waiting, but nothing wakes it" },
  ]);
});

test("a run that has ended needs nothing", () => {
  const ended = runAfter({ type: "run.cancel.requested", reason: "" } as never);
  expect(missingWakers(ended, nothing)).toEqual([]);
});

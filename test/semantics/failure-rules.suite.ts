import { describe, expect, test } from "vitest";
import { chain, chord, group, map, mapSettled } from "arpeggio";
import type { App } from "arpeggio";
import { began, failureOf } from "./rule-runs.ts";
import {
  double,
  echo,
  executionsOf,
  executionsUntil,
  failing,
  failingBesideIt,
  failingForGood,
  increment,
  patient,
  rejectOdd,
  succeedsOn,
} from "./tasks.ts";

/** Rules 10 to 17: attempts, failures and their times. */
export function failureRules(app: () => App): void {
  describe("rules 10 and 16: attempts and retries", () => {
    test("an attempt that throws is tried again by the policy, each attempt once", async () => {
      const run = await app().run(succeedsOn.with({ retry: { attempts: 5, backoff: "fixed", delay: 1 } }), 3);
      expect(await run.result()).toBe(3);
      expect(began(run.id, "sem.succeeds-on").map((one) => one.attempt)).toEqual([1, 2, 3]);
      expect(new Set(began(run.id, "sem.succeeds-on").map((one) => one.key)).size).toBe(3);
    });
    test("when the attempts are used up the node fails with the last error", async () => {
      const run = await app().run(succeedsOn.with({ retry: { attempts: 2, backoff: "fixed", delay: 1 } }), 9);
      const { failure } = await failureOf(run);
      expect(failure).toMatchObject({ code: "TASK_FAILED", attempt: 2, node: "sem.succeeds-on" });
      expect(failure.cause).toMatchObject({ message: "attempt 2 of 9" });
    });
    test("a permanent error is not tried again", async () => {
      const run = await app().run(failingForGood.with({ retry: { attempts: 5, delay: 1 } }), "no use");
      expect((await failureOf(run)).failure).toMatchObject({ attempt: 1 });
      expect(began(run.id, "sem.failing-for-good")).toHaveLength(1);
    });
    test("on and notOn choose by the error's name", async () => {
      const retry = { attempts: 3, backoff: "fixed", delay: 1 } as const;
      const only = await app().run(failing.with({ retry: { ...retry, on: ["TypeError"] } }), "range");
      expect((await failureOf(only)).failure.attempt).toBe(1);
      const matching = await app().run(failing.with({ retry: { ...retry, on: ["RangeError"] } }), "range");
      expect((await failureOf(matching)).failure.attempt).toBe(3);
      const never = await app().run(failing.with({ retry: { ...retry, notOn: ["RangeError"] } }), "range");
      expect((await failureOf(never)).failure.attempt).toBe(1);
    });
  });

  describe("rule 11: a failed node fails its scope", () => {
    test("later steps never run, and the run ends", async () => {
      const run = await app().run(chain(failing, increment, increment), "broken");
      await failureOf(run);
      expect(began(run.id, "sem.increment")).toEqual([]);
      const status = await run.status();
      expect(status.state).toBe("failed");
      expect(status.counts).toEqual({ failed: 1, skipped: 2 });
    });
    test("running members get an abort signal", async () => {
      const run = await app().run(group([patient, failingBesideIt]), "x");
      await failureOf(run);
      await executionsUntil(run.id, (all) => all.some((one) => one.phase === "aborted"));
      const phases = executionsOf(run.id).filter((one) => one.task === "sem.patient");
      expect(phases.map((one) => one.phase)).toEqual(["began", "aborted"]);
    });
  });

  describe("rule 12: a group fails fast", () => {
    test("the body of a chord with a failed header never runs", async () => {
      const run = await app().run(chord(group([increment.ignoreInput(1), failing]), echo), "no");
      expect((await failureOf(run)).failure).toMatchObject({ code: "TASK_FAILED", node: "sem.failing" });
      expect(began(run.id, "sem.echo")).toEqual([]);
    });
    test("an item that fails fails the map, under its place", async () => {
      const run = await app().run(map(rejectOdd), [2, 4, 5, 6]);
      expect((await failureOf(run)).failure.node).toBe("map[2]/sem.reject-odd");
    });
    test("mapSettled runs every item and tells how each ended", async () => {
      const run = await app().run(mapSettled(chain(rejectOdd, double)), [2, 3, 4, 5]);
      const outcomes = await run.result();
      expect(outcomes.map((one) => (one.ok ? one.value : one.error.message))).toEqual([
        4,
        expect.stringContaining("3 is odd"),
        8,
        expect.stringContaining("5 is odd"),
      ]);
    });
  });

  test("rule 14: a failure is data, with the remote error inside", async () => {
    const run = await app().run(chain(increment.ignoreInput(1), failing.ignoreInput("out of range")), null);
    const thrown = await failureOf(run);
    expect(thrown.name).toBe("RunFailedError");
    expect(thrown.failure).toMatchObject({
      code: "TASK_FAILED",
      node: "sem.failing",
      attempt: 1,
      cause: { name: "RangeError", message: "out of range" },
      failures: [{ node: "sem.failing", task: "sem.failing", code: "TASK_FAILED" }],
    });
    expect(thrown.failure.cause?.stack).toContain("tasks.ts");
  });

  describe("rule 17: attempt timeouts", () => {
    test("the signal is aborted, and the attempt fails as timed out", async () => {
      const run = await app().run(patient.with({ timeout: 30 }), "x");
      expect((await failureOf(run)).failure).toMatchObject({ code: "TASK_TIMED_OUT", attempt: 1 });
      expect(executionsOf(run.id).map((one) => one.phase)).toEqual(["began", "aborted"]);
    });
    test("a timed out attempt is tried again by the policy", async () => {
      const run = await app().run(
        patient.with({ timeout: 20, retry: { attempts: 2, backoff: "fixed", delay: 1 } }),
        "x",
      );
      expect((await failureOf(run)).failure.attempt).toBe(2);
    });
    test("a run has a timeout of its own", async () => {
      const run = await app().run(patient, "x", { timeout: 50 });
      expect((await failureOf(run)).failure).toMatchObject({ code: "RUN_TIMED_OUT" });
    });
  });
}

import { describe, expect, test } from "vitest";
import { chain, contract, jsonSchema, workflow } from "arpeggio";
import type { App } from "arpeggio";
import { began, failureOf } from "./rule-runs.ts";
import { double, executionsUntil, increment, patient, succeedsOn, whichQueue } from "./tasks.ts";

/** Rules 20 to 25: options, cancelling, ids of runs, and what a run waits for. */
export function controlRules(app: () => App): void {
  describe("rule 20: options are inherited inwards", () => {
    test("labels of the run, the composite and the step come together", async () => {
      const canvas = chain(increment.ignoreInput(1), whichQueue.with({ labels: { step: "s", both: "step" } })).with({
        labels: { composite: "c", both: "composite" },
      });
      const run = await app().run(canvas, null, { labels: { run: "r" } });
      expect(await run.result()).toMatchObject({ step: "s", composite: "c", run: "r", both: "step" });
    });
    test("a composite's retry holds for steps without their own", async () => {
      const canvas = chain(increment.ignoreInput(2), succeedsOn).with({
        retry: { attempts: 4, backoff: "fixed", delay: 1 },
      });
      expect(await (await app().run(canvas, null)).result()).toBe(3);
      const own = succeedsOn.with({ retry: { attempts: 1 } });
      const nearer = chain(increment.ignoreInput(2), own).with({ retry: { attempts: 4, delay: 1 } });
      expect((await failureOf(await app().run(nearer, null))).failure.attempt).toBe(1);
    });
    test("a run's defaults hold where nothing else says", async () => {
      const run = await app().run(succeedsOn, 2, { defaults: { retry: { attempts: 3, backoff: "fixed", delay: 1 } } });
      expect(await run.result()).toBe(2);
    });
  });

  describe("rule 22: cancel", () => {
    test("running attempts are aborted, nothing further starts, the run ends cancelled", async () => {
      const run = await app().run(chain(patient, increment.ignoreInput(1)), "x");
      await executionsUntil(run.id, (all) => all.length > 0);
      await run.cancel("not needed any more");
      const thrown = await failureOf(run);
      expect(thrown).toMatchObject({ code: "RUN_CANCELLED" });
      expect(thrown.message).toContain("not needed any more");
      await executionsUntil(run.id, (all) => all.some((one) => one.phase === "aborted"));
      expect(began(run.id, "sem.increment")).toEqual([]);
      expect((await run.status()).state).toBe("cancelled");
    });
    test("cancelling a run that has ended changes nothing", async () => {
      const run = await app().run(increment, 1);
      expect(await run.result()).toBe(2);
      await run.cancel("too late").catch(() => undefined);
      expect(await run.result()).toBe(2);
      expect((await run.status()).state).toBe("succeeded");
    });
  });

  describe("rule 25: run ids", () => {
    const named = workflow("sem.named", chain(increment, double));
    const unique = () => `order-${Math.random().toString(36).slice(2)}`;
    test("starting twice with one id is one run", async () => {
      const id = unique();
      const [first, second] = await Promise.all([
        app().workflow(named).run(4, { id }),
        app().workflow(named).run(4, { id }),
      ]);
      expect([first.id, second.id]).toEqual([id, id]);
      expect(await Promise.all([first.result(), second.result()])).toEqual([10, 10]);
      const third = await app().workflow(named).run(4, { id });
      expect(await third.result()).toBe(10);
      expect(began(id, "sem.increment")).toHaveLength(1);
    });
    test("with another input or workflow it is an error", async () => {
      const id = unique();
      await (await app().workflow(named).run(4, { id })).result();
      await expect(app().workflow(named).run(5, { id })).rejects.toMatchObject({ code: "RUN_ID_TAKEN" });
      await expect(app().run(increment, 4, { id })).rejects.toMatchObject({ code: "RUN_ID_TAKEN" });
      expect(await app().attach(id).result()).toBe(10);
    });
  });

  test("a task that no worker knows waits, and the status says so", async () => {
    const numbers = jsonSchema<number>({ type: "number" });
    const unknown = contract("sem.nobody-has-this", { input: numbers, output: numbers });
    const run = await app().run(chain(increment, unknown), 1);
    await executionsUntil(run.id, (all) => all.some((one) => one.phase === "ended"));
    await expect
      .poll(async () => JSON.stringify((await run.status()).nodes), { timeout: 10_000 })
      .toContain("no worker knows task 'sem.nobody-has-this'");
    await run.cancel("nobody will come");
  });
}

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  chain,
  chord,
  contract,
  group,
  jsonSchema,
  map,
  mapSettled,
  workflow,
  type App,
  type RunFailure,
  type RunHandle,
} from "arpeggio";
import {
  add,
  asRecord,
  countTo,
  double,
  echo,
  executionsOf,
  executionsUntil,
  failing,
  failingBesideIt,
  failingForGood,
  increment,
  incrementEach,
  large,
  lengthOf,
  patient,
  rejectOdd,
  returnsFunction,
  scale,
  subtract,
  succeedsOn,
  sum,
  whichQueue,
} from "./tasks.ts";

/** Waits for a run that must fail, and gives its failure. */
async function failureOf(run: RunHandle<unknown>) {
  const thrown = await run.result().then(
    (value) => expect.fail(`the run succeeded with ${JSON.stringify(value)}`),
    (error: unknown) => error as Error & { code: string; failure: RunFailure },
  );
  return thrown;
}

const began = (run: string, name: string) =>
  executionsOf(run).filter((one) => one.task === name && one.phase === "began");

/** The rules of a canvas, one test or more a rule; `open` gives an app with client, coordinator and worker. */
export function semanticsSuite(open: () => Promise<App>): void {
  let app: App;
  beforeAll(async () => {
    app = await open();
  });
  afterAll(() => app.close());

  describe("rule 1: the algebra is structural", () => {
    test("a group of one yields a list of one", async () => {
      expect(await (await app.run(group([increment]), 1)).result()).toEqual([2]);
    });
    test("nested groups stay nested", async () => {
      const canvas = group([increment, group([double, group([increment, double])])]);
      expect(await (await app.run(canvas, 5)).result()).toEqual([6, [10, [6, 10]]]);
    });
    test("a chain in a chain means the same as the steps in a row", async () => {
      const flat = await (await app.run(chain(increment, double, increment), 3)).result();
      const nested = await (await app.run(chain(increment, chain(double, increment)), 3)).result();
      expect(flat).toBe(9);
      expect(nested).toBe(flat);
    });
    test("a header of one still gives its body a list", async () => {
      expect(await (await app.run(chord(group([increment]), sum), 41)).result()).toBe(42);
    });
  });

  describe("rule 2: what is empty", () => {
    test("chain() without steps is a build error that has a code", () => {
      expect(() => (chain as (...steps: unknown[]) => unknown)()).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^[A-Z_]+$/) }),
      );
    });
    test("group([]) yields [] and runs nothing", async () => {
      const run = await app.run(group([]), undefined);
      expect(await run.result()).toEqual([]);
    });
    test("a chord over nothing runs its body with []", async () => {
      const run = await app.run(chord(group([]), sum), undefined);
      expect(await run.result()).toBe(0);
      expect(began(run.id, "sem.sum")).toHaveLength(1);
    });
    test("map over [] yields [] and runs nothing", async () => {
      const run = await app.run(incrementEach, []);
      expect(await run.result()).toEqual([]);
      expect(executionsOf(run.id)).toEqual([]);
    });
    test("a map over [] in the middle lets the chain go on", async () => {
      expect(await (await app.run(chain(countTo, map(increment), sum), 0)).result()).toBe(0);
    });
  });

  describe("rule 3: composites have an identity", () => {
    test("a named node is found under its name, an item under its place", async () => {
      const run = await app.run(chain(countTo.named("list"), map(increment).named("each")), 2);
      await run.result();
      expect(
        executionsOf(run.id)
          .filter((one) => one.phase === "began")
          .map((one) => one.node)
          .toSorted(),
      ).toEqual(["each[0]/sem.increment", "each[1]/sem.increment", "list"]);
    });
  });

  describe("rule 4: a canvas is a value", () => {
    test("methods leave the canvas as it was", async () => {
      const canvas = chain(increment, double);
      canvas.with({ queue: "elsewhere" });
      canvas.pipe(double);
      canvas.named("other");
      expect(await (await app.run(canvas, 1)).result()).toBe(4);
    });
    test("one canvas used twice is two executions", async () => {
      const run = await app.run(group([increment, increment]), 1);
      expect(await run.result()).toEqual([2, 2]);
      expect(began(run.id, "sem.increment")).toHaveLength(2);
    });
  });

  describe("rule 5: a task takes one value", () => {
    test("bound fields are merged over what comes from above", async () => {
      expect(await (await app.run(chain(asRecord, scale.s({ by: 3 })), 7)).result()).toBe(21);
    });
    test("a bound field wins over one from above", async () => {
      expect(await (await app.run(chain(asRecord, scale.s({ by: 2, value: 5 })), 7)).result()).toBe(10);
    });
    test("positional tasks take the value from above first", async () => {
      expect(await (await app.run(chain(increment, subtract.s(10)), 4)).result()).toBe(-5);
      expect(await (await app.run(chain(group([increment, double]), add), 4)).result()).toBe(13);
    });
    test.each([[[1, 2, 3]], [{ a: [1], b: null }], [null], [[]], ["text"], [0], [false]])(
      "%j is one value and arrives as it is",
      async (value) => {
        expect(await (await app.run(chain(echo, echo), value)).result()).toEqual(value);
      },
    );
    test("a mapping function gives the next step what it names", async () => {
      const canvas = asRecord.pipe(scale, (made) => ({ value: made.value, by: 10 }));
      expect(await (await app.run(canvas, 4)).result()).toBe(40);
    });
  });

  test("rule 6: ignoreInput drops the value and still waits", async () => {
    const run = await app.run(chain(increment, double.ignoreInput(21)), 1);
    expect(await run.result()).toBe(42);
    expect(executionsOf(run.id).map((one) => `${one.task} ${one.phase}`)).toEqual([
      "sem.increment began",
      "sem.increment ended",
      "sem.double began",
      "sem.double ended",
    ]);
  });

  describe("rule 7: a group hands its input to every member", () => {
    test("results come in member order, whatever finishes first", async () => {
      const slow = chain(increment, increment, increment, increment);
      expect(await (await app.run(group([slow, double, increment]), 1)).result()).toEqual([5, 2, 2]);
    });
    test("or under the member's key", async () => {
      const canvas = group({ more: increment, twice: double });
      expect(await (await app.run(canvas, 10)).result()).toEqual({ more: 11, twice: 20 });
    });
    test("a thousand items keep their order", async () => {
      const expected = Array.from({ length: 1000 }, (_, i) => i + 1);
      expect(await (await app.run(chain(countTo, map(increment)), 1000)).result()).toEqual(expected);
    });
  });

  describe("rule 8: values", () => {
    test("bytes, dates and big integers travel as they are", async () => {
      const value = { bytes: new Uint8Array([0, 255, 3]), when: new Date(1_700_000_000_123), big: 2n ** 62n };
      const back = (await (await app.run(chain(echo, group([echo])), value)).result()) as unknown as [typeof value];
      expect(back).toEqual([value]);
      expect(back[0].bytes).toBeInstanceOf(Uint8Array);
    });
    test("a result that cannot be stored fails its node, and no successor starts", async () => {
      const run = await app.run(chain(returnsFunction, echo), null);
      const thrown = await failureOf(run);
      expect(thrown.failure).toMatchObject({ code: "TASK_RESULT_NOT_SERIALISABLE", node: "sem.returns-function" });
      expect(thrown.failure.message).toContain("nested");
      expect(began(run.id, "sem.echo")).toEqual([]);
    });
  });

  describe("rule 9: large values travel by reference", () => {
    test("through a chain, a group and into a result", async () => {
      const canvas = chain(large, group([lengthOf, echo]));
      const [length, text] = (await (await app.run(canvas, 700_000)).result()) as unknown as [number, string];
      expect(length).toBe(700_000);
      expect(text).toHaveLength(700_000);
    });
    test("as a run's input, and item by item out of a large list", async () => {
      const words = Array.from({ length: 3_000 }, (_, i) => `${i}`.padEnd(100, "."));
      expect(await (await app.run(chain(map(lengthOf), sum), words)).result()).toBe(300_000);
    });
    test("a join of many results larger than a message", async () => {
      const canvas = chain(map(large), map(lengthOf), sum);
      expect(
        await (
          await app.run(
            canvas,
            Array.from({ length: 30 }, () => 50_000),
          )
        ).result(),
      ).toBe(1_500_000);
    });
  });

  describe("rules 10 and 16: attempts and retries", () => {
    test("an attempt that throws is tried again by the policy, each attempt once", async () => {
      const run = await app.run(succeedsOn.with({ retry: { attempts: 5, backoff: "fixed", delay: 1 } }), 3);
      expect(await run.result()).toBe(3);
      expect(began(run.id, "sem.succeeds-on").map((one) => one.attempt)).toEqual([1, 2, 3]);
      expect(new Set(began(run.id, "sem.succeeds-on").map((one) => one.key)).size).toBe(3);
    });
    test("when the attempts are used up the node fails with the last error", async () => {
      const run = await app.run(succeedsOn.with({ retry: { attempts: 2, backoff: "fixed", delay: 1 } }), 9);
      const { failure } = await failureOf(run);
      expect(failure).toMatchObject({ code: "TASK_FAILED", attempt: 2, node: "sem.succeeds-on" });
      expect(failure.cause).toMatchObject({ message: "attempt 2 of 9" });
    });
    test("a permanent error is not tried again", async () => {
      const run = await app.run(failingForGood.with({ retry: { attempts: 5, delay: 1 } }), "no use");
      expect((await failureOf(run)).failure).toMatchObject({ attempt: 1 });
      expect(began(run.id, "sem.failing-for-good")).toHaveLength(1);
    });
    test("on and notOn choose by the error's name", async () => {
      const retry = { attempts: 3, backoff: "fixed", delay: 1 } as const;
      const only = await app.run(failing.with({ retry: { ...retry, on: ["TypeError"] } }), "range");
      expect((await failureOf(only)).failure.attempt).toBe(1);
      const matching = await app.run(failing.with({ retry: { ...retry, on: ["RangeError"] } }), "range");
      expect((await failureOf(matching)).failure.attempt).toBe(3);
      const never = await app.run(failing.with({ retry: { ...retry, notOn: ["RangeError"] } }), "range");
      expect((await failureOf(never)).failure.attempt).toBe(1);
    });
  });

  describe("rule 11: a failed node fails its scope", () => {
    test("later steps never run, and the run ends", async () => {
      const run = await app.run(chain(failing, increment, increment), "broken");
      await failureOf(run);
      expect(began(run.id, "sem.increment")).toEqual([]);
      const status = await run.status();
      expect(status.state).toBe("failed");
      expect(status.counts).toEqual({ failed: 1, skipped: 2 });
    });
    test("running members get an abort signal", async () => {
      const run = await app.run(group([patient, failingBesideIt]), "x");
      await failureOf(run);
      await executionsUntil(run.id, (all) => all.some((one) => one.phase === "aborted"));
      const phases = executionsOf(run.id).filter((one) => one.task === "sem.patient");
      expect(phases.map((one) => one.phase)).toEqual(["began", "aborted"]);
    });
  });

  describe("rule 12: a group fails fast", () => {
    test("the body of a chord with a failed header never runs", async () => {
      const run = await app.run(chord(group([increment.ignoreInput(1), failing]), echo), "no");
      expect((await failureOf(run)).failure).toMatchObject({ code: "TASK_FAILED", node: "sem.failing" });
      expect(began(run.id, "sem.echo")).toEqual([]);
    });
    test("an item that fails fails the map, under its place", async () => {
      const run = await app.run(map(rejectOdd), [2, 4, 5, 6]);
      expect((await failureOf(run)).failure.node).toBe("map[2]/sem.reject-odd");
    });
    test("mapSettled runs every item and tells how each ended", async () => {
      const run = await app.run(mapSettled(chain(rejectOdd, double)), [2, 3, 4, 5]);
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
    const run = await app.run(chain(increment.ignoreInput(1), failing.ignoreInput("out of range")), null);
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
      const run = await app.run(patient.with({ timeout: 30 }), "x");
      expect((await failureOf(run)).failure).toMatchObject({ code: "TASK_TIMED_OUT", attempt: 1 });
      expect(executionsOf(run.id).map((one) => one.phase)).toEqual(["began", "aborted"]);
    });
    test("a timed out attempt is tried again by the policy", async () => {
      const run = await app.run(patient.with({ timeout: 20, retry: { attempts: 2, backoff: "fixed", delay: 1 } }), "x");
      expect((await failureOf(run)).failure.attempt).toBe(2);
    });
    test("a run has a timeout of its own", async () => {
      const run = await app.run(patient, "x", { timeout: 50 });
      expect((await failureOf(run)).failure).toMatchObject({ code: "RUN_TIMED_OUT" });
    });
  });

  describe("rule 20: options are inherited inwards", () => {
    test("labels of the run, the composite and the step come together", async () => {
      const canvas = chain(increment.ignoreInput(1), whichQueue.with({ labels: { step: "s", both: "step" } })).with({
        labels: { composite: "c", both: "composite" },
      });
      const run = await app.run(canvas, null, { labels: { run: "r" } });
      expect(await run.result()).toMatchObject({ step: "s", composite: "c", run: "r", both: "step" });
    });
    test("a composite's retry holds for steps without their own", async () => {
      const canvas = chain(increment.ignoreInput(2), succeedsOn).with({
        retry: { attempts: 4, backoff: "fixed", delay: 1 },
      });
      expect(await (await app.run(canvas, null)).result()).toBe(3);
      const own = succeedsOn.with({ retry: { attempts: 1 } });
      const nearer = chain(increment.ignoreInput(2), own).with({ retry: { attempts: 4, delay: 1 } });
      expect((await failureOf(await app.run(nearer, null))).failure.attempt).toBe(1);
    });
    test("a run's defaults hold where nothing else says", async () => {
      const run = await app.run(succeedsOn, 2, { defaults: { retry: { attempts: 3, backoff: "fixed", delay: 1 } } });
      expect(await run.result()).toBe(2);
    });
  });

  describe("rule 22: cancel", () => {
    test("running attempts are aborted, nothing further starts, the run ends cancelled", async () => {
      const run = await app.run(chain(patient, increment.ignoreInput(1)), "x");
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
      const run = await app.run(increment, 1);
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
        app.workflow(named).run(4, { id }),
        app.workflow(named).run(4, { id }),
      ]);
      expect([first.id, second.id]).toEqual([id, id]);
      expect(await Promise.all([first.result(), second.result()])).toEqual([10, 10]);
      const third = await app.workflow(named).run(4, { id });
      expect(await third.result()).toBe(10);
      expect(began(id, "sem.increment")).toHaveLength(1);
    });
    test("with another input or workflow it is an error", async () => {
      const id = unique();
      await (await app.workflow(named).run(4, { id })).result();
      await expect(app.workflow(named).run(5, { id })).rejects.toMatchObject({ code: "RUN_ID_TAKEN" });
      await expect(app.run(increment, 4, { id })).rejects.toMatchObject({ code: "RUN_ID_TAKEN" });
      expect(await app.attach(id).result()).toBe(10);
    });
  });

  test("a task that no worker knows waits, and the status says so", async () => {
    const numbers = jsonSchema<number>({ type: "number" });
    const unknown = contract("sem.nobody-has-this", { input: numbers, output: numbers });
    const run = await app.run(chain(increment, unknown), 1);
    await executionsUntil(run.id, (all) => all.some((one) => one.phase === "ended"));
    await expect
      .poll(async () => JSON.stringify((await run.status()).nodes), { timeout: 10_000 })
      .toContain("no worker knows task 'sem.nobody-has-this'");
    await run.cancel("nobody will come");
  });
}

import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chain,
  group,
  jsonSchema,
  map,
  RunFailedError,
  task,
  workflow,
  type App,
  type RunHandle,
  type RunUpdate,
} from "arpeggio";

const increment = task("increment", (n: number) => n + 1);
const double = task("double", async (n: number) => n * 2);
const broken = task("broken", (): string => {
  throw new TypeError("no such host");
});
const Order = jsonSchema<{ count: number }>({
  type: "object",
  properties: { count: { type: "integer" } },
  required: ["count"],
});
const order = workflow(
  "order",
  task("take", (input: { count: number }) => input.count),
  { input: Order },
);

/** Waits for its run to be cancelled; tells when it begins, which may be before anybody waits for that. */
const waiting = new Map<string, () => void>();
const begun = new Set<string>();
const patient = task("patient", (_: unknown, { runId, signal }) => {
  begun.add(runId);
  waiting.get(runId)?.();
  return new Promise<string>((_resolve, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason as Error)),
  );
});
/** Ends when the test lets it. */
const gates = new Map<string, (value: string) => void>();
const gated = task("gated", (name: string) => new Promise<string>((resolve) => gates.set(name, resolve)));

async function opened(name: string): Promise<(value: string) => void> {
  for (;;) {
    const open = gates.get(name);
    if (open !== undefined) {
      // The next suite opens gates of the same names.
      gates.delete(name);
      return open;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function thrownBy(promise: Promise<unknown>): Promise<Error & { code: string }> {
  return promise.then(
    (value) => expect.fail(`no error, but ${JSON.stringify(value)}`),
    (error: Error & { code: string }) => error,
  );
}

async function all(run: RunHandle<unknown>): Promise<RunUpdate[]> {
  const updates: RunUpdate[] = [];
  for await (const update of run.events()) updates.push(update);
  return updates;
}

/** What a user sees of runs, on an app that has all three roles. */
export function runsSuite(open: () => Promise<App>): void {
  let app: App;
  beforeAll(async () => {
    app = await open();
  });
  afterAll(() => app.close());

  test("a task, a canvas and a workflow run, without being registered", async () => {
    expect(await (await app.run(increment, 1)).result()).toBe(2);
    expect(await (await app.run(chain(increment, double, increment), 1)).result()).toBe(5);
    expect(await (await app.workflow(order).run({ count: 3 })).result()).toBe(3);
    expect(await (await app.run(chain(group([increment, double]), map(increment)), 5)).result()).toEqual([7, 11]);
  });

  test("a task on a queue of its own, said anywhere, is run", async () => {
    const canvas = chain(increment.with({ queue: "one" }), chain(increment, increment).with({ queue: "two" }));
    expect(await (await app.run(canvas, 0)).result()).toBe(3);
    const byDefault = await app.run(increment, 0, { defaults: { queue: "three" } });
    expect(await byDefault.result()).toBe(1);
  });

  test("a result can be asked for again, and each copy is the caller's own", async () => {
    const run = await app.run(task("list", () => [1]));
    const [first, second] = await Promise.all([run.result(), run.result()]);
    first.push(2);
    expect(second).toEqual([1]);
    expect(await run.result()).toEqual([1]);
  });

  test("a handle can be awaited without waiting for the run", async () => {
    const run = await app.run(gated, "await");
    expect(run).not.toHaveProperty("then");
    expect(await Promise.resolve(run)).toBe(run);
    (await opened("await"))("done");
    expect(await run.result()).toBe("done");
  });

  test("large values go in and come out", async () => {
    const text = "x".repeat(3_000_000);
    const run = await app.run(
      task("longer", (input: string) => `${input}!`),
      text,
    );
    expect(await run.result()).toBe(`${text}!`);
  });

  test("a failed run throws with the node, the attempt and the error as it was thrown", async () => {
    const error = await thrownBy((await app.run(chain(increment, broken), 1)).result());
    expect(error).toBeInstanceOf(RunFailedError);
    expect(error).toMatchObject({
      code: "RUN_FAILED",
      failure: { code: "TASK_FAILED", node: "broken", attempt: 1 },
    });
    expect(error.message).toMatch(/failed: TASK_FAILED .*'broken'.*no such host/);
    const cause = error.cause as Error;
    expect(cause).toMatchObject({ name: "TypeError", message: "no such host" });
    expect(cause.stack).toContain("runs.suite.ts");
  });

  test("an input that does not fit is refused before anything is stored", async () => {
    const error = await thrownBy(app.run(order, { count: 1.5 }, { id: "never-started" }));
    expect(error).toMatchObject({ code: "INPUT_INVALID" });
    expect(error.message).toContain("count must be integer");
    const checked = task("checked", { input: Order }, ({ count }) => count);
    expect(await thrownBy(app.run(checked, {} as { count: number }))).toMatchObject({ code: "INPUT_INVALID" });
    expect(await thrownBy(app.run(order, undefined as never))).toMatchObject({ code: "INPUT_INVALID" });
    const told = task("told", (failure: { error: { code: string } }) => failure.error.code);
    expect(await thrownBy(app.run(order.recover(told), { count: 1.5 }))).toMatchObject({ code: "INPUT_INVALID" });
    // Its id is still free.
    expect(await (await app.run(order, { count: 1 }, { id: "never-started" })).result()).toBe(1);
  });

  test("what cannot be stored is refused", async () => {
    const error = await thrownBy(app.run(increment, (() => 1) as unknown as number));
    expect(error).toMatchObject({ code: "VALUE_NOT_SERIALISABLE" });
  });

  test("what is no canvas is refused", async () => {
    expect(await thrownBy(app.run(undefined as never, 1 as never))).toMatchObject({ code: "CANVAS_EXPECTED" });
    expect(await thrownBy(app.run("image.resize" as never, 1 as never))).toMatchObject({ code: "CANVAS_EXPECTED" });
    expect(await thrownBy(app.run(Promise.resolve(increment) as never, 1 as never))).toMatchObject({
      code: "CANVAS_IS_PROMISE",
    });
  });

  test("wrong options are refused", async () => {
    const start = (options: object) => thrownBy(app.run(increment, 1, options));
    expect(await start({ id: "not a name" })).toMatchObject({ code: "NAME_INVALID" });
    expect(await start({ timeout: "soon" })).toMatchObject({ code: "OPTION_INVALID" });
    expect(await start({ label: "x" })).toMatchObject({ code: "OPTION_INVALID" });
    expect(await start({ defaults: { retry: -1 } })).toMatchObject({ code: "OPTION_INVALID" });
  });

  test("one id, one canvas, one input are one run; anything else is an error", async () => {
    let executions = 0;
    const once = task("once", ({ a, b }: { a: number; b: number }) => a + b + executions++);
    const id = `chosen-${Date.now()}`;
    const first = await app.run(once, { a: 1, b: 2 }, { id });
    const second = await app.run(once, { b: 2, a: 1 }, { id });
    expect(second.id).toBe(id);
    expect(await Promise.all([first.result(), second.result()])).toEqual([3, 3]);
    expect(await (await app.run(once, { a: 1, b: 2 }, { id })).result()).toBe(3);
    expect(executions).toBe(1);
    expect(await thrownBy(app.run(once, { a: 1, b: 3 }, { id }))).toMatchObject({ code: "RUN_ID_TAKEN" });
    expect(await thrownBy(app.run(increment, 1, { id }))).toMatchObject({ code: "RUN_ID_TAKEN" });
  });

  test("another handle of a run sees the same, before and after its end", async () => {
    const run = await app.run(gated, "attach");
    const other = app.attach<string>(run.id);
    const open = await opened("attach");
    const early = other.result();
    open("done");
    expect(await early).toBe("done");
    expect(await app.attach(run.id).result()).toBe("done");
    expect(await app.attach(run.id).status()).toMatchObject({ id: run.id, state: "succeeded" });
  });

  test("a result that takes too long is given up, and the run goes on", async () => {
    const run = await app.run(gated, "late");
    expect(await thrownBy(run.result({ timeoutMs: 10 }))).toMatchObject({ code: "RESULT_TIMED_OUT", runId: run.id });
    (await opened("late"))("done");
    expect(await run.result()).toBe("done");
  });

  test("a run with a timeout fails by it", async () => {
    const run = await app.run(patient, 1, { timeout: 50 });
    expect(await thrownBy(run.result())).toMatchObject({ failure: { code: "RUN_TIMED_OUT" } });
  });

  test("cancel aborts the handler, ends the run, and is harmless on an ended one", async () => {
    const run = await app.run(chain(patient, increment as never), 1);
    await new Promise<void>((resolve) => {
      waiting.set(run.id, resolve);
      if (begun.has(run.id)) resolve();
    });
    expect(await run.cancel("not needed any more")).toBe("cancelled");
    const error = await thrownBy(run.result());
    expect(error).toMatchObject({ code: "RUN_CANCELLED" });
    expect(error.message).toContain("not needed any more");
    expect(await run.status()).toMatchObject({ state: "cancelled", counts: { cancelled: 2 } });
    expect(await run.cancel()).toBe("cancelled");
    const done = await app.run(increment, 1);
    await done.result();
    expect(await done.cancel()).toBe("succeeded");
  });

  test("status tells how far a run is, and how it ended", async () => {
    const run = await app.run(
      chain(
        increment,
        task("name", (n: number) => `status-${n}`),
        gated,
        increment as never,
      ),
      1,
      {
        labels: { tenant: "42" },
      },
    );
    const open = await opened("status-2");
    const status = await run.status();
    expect(status).toMatchObject({ id: run.id, state: "running", labels: { tenant: "42" }, counts: { succeeded: 2 } });
    expect(status.nodes.find(({ node }) => node === "increment~2")).toMatchObject({
      state: "blocked",
      waitsFor: "waits for gated",
    });
    open("done");
    await run.result();
    const ended = await run.status();
    expect(ended).toMatchObject({ state: "succeeded", counts: { succeeded: 4 } });
    expect(ended.nodes.map(({ node }) => node)).toEqual(["increment", "name", "gated", "increment~2"]);
  });

  test("events begin with a snapshot, tell what happens, and end with the run", async () => {
    const talk = task("talk", (name: string, { log, progress }) => {
      log(`hello from ${name}`);
      progress(1, 2);
      return name;
    });
    const run = await app.run(chain(gated, talk), "events");
    const open = await opened("events");
    const told: RunUpdate[] = [];
    for await (const update of run.events()) {
      if (told.length === 0) open("talker");
      told.push(update);
    }
    expect(told[0]).toMatchObject({ type: "snapshot", status: { id: run.id, state: "running" } });
    expect(told).toContainEqual({ type: "log", node: "talk", message: "hello from talker" });
    expect(told).toContainEqual({ type: "progress", node: "talk", done: 1, total: 2 });
    expect(told).toContainEqual(expect.objectContaining({ type: "node", node: "gated", state: "succeeded" }));
    expect(told).toContainEqual(expect.objectContaining({ type: "node", node: "talk", state: "succeeded" }));
    expect(told.at(-1)).toEqual({ type: "ended", state: "succeeded" });
  });

  test("events of a run that has ended are its last snapshot and its end", async () => {
    const run = await app.run(broken, 1);
    await run.result().catch(() => {});
    expect(await all(run)).toMatchObject([
      { type: "snapshot", status: { state: "failed" } },
      { type: "ended", state: "failed", failure: { code: "TASK_FAILED" } },
    ]);
    expect((await all(app.attach(run.id))).at(-1)).toMatchObject({ type: "ended", state: "failed" });
  });

  test("a run that nobody knows is not found", async () => {
    const run = app.attach("nobody-knows-this");
    const [result, status, cancel, events] = await Promise.all(
      [run.result(), run.status(), run.cancel(), all(run)].map(thrownBy),
    );
    for (const error of [result, status, cancel, events]) expect(error).toMatchObject({ code: "RUN_NOT_FOUND" });
  });

  test("thousands of runs at once all come to their results", async () => {
    const runs = await Promise.all(Array.from({ length: 5_000 }, (_, i) => app.run(increment, i)));
    expect(new Set(runs.map(({ id }) => id)).size).toBe(5_000);
    const results = await Promise.all(runs.map((run) => run.result()));
    expect(results).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1));
  });

  test("two tasks of one name are refused when the second one is run", async () => {
    await (await app.run(task("twice", () => 1))).result();
    expect(await thrownBy(app.run(task("twice", () => 2)))).toMatchObject({ code: "DUPLICATE_TASK" });
  });
}

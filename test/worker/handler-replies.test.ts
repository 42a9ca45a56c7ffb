import { chain, compile, decodePayload, func, jsonSchema, readGraph, task, workflow } from "@arpeggio/core";
import { decodeWorker, type RunEvent, type TaskContext } from "@arpeggio/core";
import { expect, test } from "vitest";
import { openWorkerWorld, type WorkerWorld } from "./worker-world.ts";

const double = task("double", (n: number) => n * 2);

/** The first event that ends an attempt of the run. */
function endOf(world: WorkerWorld, run: string): Promise<RunEvent> {
  return world.event(
    (event) => event.run === run && event.type.startsWith("attempt.") && event.type !== "attempt.started",
  );
}

test("a handler ends its scope, or the run, with a value", async () => {
  await using world = await openWorkerWorld();
  const leave = task("leave", { output: jsonSchema<string>({ type: "string" }) }, (how: unknown, { skip, finish }) =>
    how === "skip" ? skip({ at: new Date(5) }) : finish(),
  );
  await world.start({ tasks: [leave] });
  await world.queue("r1", "leave", "skip");
  await world.queue("r2", "leave", "finish");
  const one = await endOf(world, "r1");
  expect(one).toMatchObject({ type: "attempt.succeeded", ends: "scope" });
  expect(one.type === "attempt.succeeded" && decodePayload(one.result)).toEqual({ at: new Date(5) });
  const other = await endOf(world, "r2");
  expect(other).toMatchObject({ type: "attempt.succeeded", ends: "run" });
  expect(other.type === "attempt.succeeded" && decodePayload(other.result)).toBeNull();
});

test("a canvas in the place of a result is stored, and its tasks can be run here", async () => {
  await using world = await openWorkerWorld();
  const canvas = chain(double, double.with({ queue: "fast" }).named("again"));
  const split = task("split", async (n: number, ctx) => ctx.replaceWith(canvas, n + 1));
  const worker = await world.start({ tasks: [split] });
  await world.queue("r1", "split", 1);
  const event = await endOf(world, "r1");
  const { hash, graph } = compile(canvas);
  expect(event).toMatchObject({ type: "attempt.replaced", run: "r1", node: 0, attempt: 1, graph: hash });
  expect(event.type === "attempt.replaced" && decodePayload(event.input)).toBe(2);
  expect(await readGraph(world.transport, hash)).toEqual(graph);
  const entry = await world.transport.bucket("workers").get(worker.id);
  expect(entry && decodeWorker(entry.value)).toMatchObject({
    tasks: ["split", "double"],
    queues: ["default", "fast"],
  });
  await world.queue("r2", "double", 4, { queue: "fast" });
  expect(await endOf(world, "r2")).toMatchObject({ type: "attempt.succeeded" });
  await world.until(() => worker.stats().inHand === 0);
});

test("what cannot run in the place of a task fails its attempt for good", async () => {
  await using world = await openWorkerWorld();
  const strict = workflow("strict", double, { input: jsonSchema<number>({ type: "number" }) });
  const wrong = task("wrong", (_: unknown, ctx) => ctx.replaceWith(strict, "four" as unknown as number));
  const twin = task("twin", (n: number, ctx) =>
    ctx.replaceWith(
      task("double", (m: number) => m + n),
      n,
    ),
  );
  const none = task("none", (_: unknown, ctx) => ctx.replaceWith("double" as never));
  await world.start({ tasks: [wrong, twin, none, double] });
  for (const name of ["wrong", "twin", "none"]) await world.queue(name, name, 1);
  expect(await endOf(world, "wrong")).toMatchObject({
    type: "attempt.failed",
    failure: { code: "REPLACEMENT_INVALID", permanent: true, error: { message: expect.stringContaining("number") } },
  });
  expect(await endOf(world, "twin")).toMatchObject({ failure: { code: "DUPLICATE_TASK", permanent: true } });
  expect(await endOf(world, "none")).toMatchObject({ failure: { error: { code: "CANVAS_EXPECTED" } } });
});

test.each(["replaceWith", "finish", "skip"] as const)(
  "ctx.%s() without a return fails the attempt for good",
  async (called) => {
    await using world = await openWorkerWorld();
    const call = (ctx: TaskContext) => void (called === "replaceWith" ? ctx.replaceWith(double, 1) : ctx[called](1));
    const forgets = task("forgets", (n: number, ctx) => {
      call(ctx);
      return n;
    });
    const checked = task("checked", { output: jsonSchema<string>({ type: "string" }) }, async (_: unknown, ctx) => {
      call(ctx);
      return undefined as never;
    });
    const hides = task("hides", (_: unknown, ctx) => [ctx.skip(1)] as never);
    const throws = task("throws", (_: unknown, ctx) => {
      call(ctx);
      throw new RangeError("for another reason");
    });
    await world.start({ tasks: [forgets, checked, hides, throws] });
    for (const name of ["forgets", "checked", "hides", "throws"]) await world.queue(name, name, 1);
    await world.queue("each", "forgets", [1, 2], { each: true });
    const error = {
      message: `'forgets' called ctx.${called}() and did not return what it gave, so nothing would come of it`,
    };
    expect(await endOf(world, "forgets")).toMatchObject({
      type: "attempt.failed",
      failure: { code: "REPLY_NOT_RETURNED", permanent: true, error },
    });
    for (const run of ["checked", "hides", "each"])
      expect(await endOf(world, run)).toMatchObject({ failure: { code: "REPLY_NOT_RETURNED", permanent: true } });
    expect(await endOf(world, "throws")).toMatchObject({ failure: { error: { message: "for another reason" } } });
  },
);

test("a list is worked off item by item in one attempt", async () => {
  await using world = await openWorkerWorld();
  const keys: string[] = [];
  const item = task("item", async (n: number, ctx) => {
    keys.push(ctx.idempotencyKey);
    if (n < 0) throw new RangeError(`no ${n}`);
    return n === 0 ? undefined : n * 2;
  });
  await world.start({ tasks: [item] });
  await world.queue("r1", "item", [1, 0, 3], { each: true });
  const event = await endOf(world, "r1");
  expect(event.type === "attempt.succeeded" && decodePayload(event.result)).toEqual([2, null, 6]);
  expect(keys).toEqual(["r1/0/1/0", "r1/0/1/1", "r1/0/1/2"]);
  await world.queue("r2", "item", [1, -1, 3], { each: true });
  expect(await endOf(world, "r2")).toMatchObject({ failure: { error: { message: "no -1" } } });
  expect(keys).toHaveLength(5);
  await world.queue("r3", "item", "no list", { each: true });
  expect(await endOf(world, "r3")).toMatchObject({ failure: { code: "TASK_INPUT_INVALID", permanent: true } });
});

test("a func gets the arguments that each item is", async () => {
  await using world = await openWorkerWorld();
  const half = func("half", (n: number) => n / 2);
  const add = func("add", (a: number, b: number) => a + b);
  const one = func("one", () => 1);
  await world.start({ tasks: [half, add, one] });
  await world.queue("r1", "half", [2, 4], { each: true });
  await world.queue(
    "r2",
    "add",
    [
      [1, 2],
      [3, 4],
    ],
    { each: true },
  );
  await world.queue("r3", "one", [7, 8], { each: true });
  const results = await Promise.all(["r1", "r2", "r3"].map((run) => endOf(world, run)));
  expect(results.map((event) => event.type === "attempt.succeeded" && decodePayload(event.result))).toEqual([
    [1, 2],
    [3, 7],
    [1, 1],
  ]);
});

test("between two items an attempt hears that it is to stop", async () => {
  await using world = await openWorkerWorld();
  const done: number[] = [];
  const slow = task("slow", async (n: number, { signal }) => {
    done.push(n);
    if (n === 2) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return n;
  });
  await world.start({ tasks: [slow] });
  await world.queue("r1", "slow", [1, 2, 3], { each: true, timeoutMs: 20 });
  expect(await endOf(world, "r1")).toMatchObject({ failure: { code: "TASK_TIMED_OUT" } });
  expect(done).toEqual([1, 2]);
});

test("a task that runs item by item may end its run, and cannot replace itself", async () => {
  await using world = await openWorkerWorld();
  const mixed = task("mixed", (n: number, ctx) => (n === 0 ? ctx.finish("done") : ctx.replaceWith(double, n)) as never);
  await world.start({ tasks: [mixed] });
  await world.queue("r1", "mixed", [0, 1], { each: true });
  await world.queue("r2", "mixed", [1, 0], { each: true });
  expect(await endOf(world, "r1")).toMatchObject({ type: "attempt.succeeded", ends: "run" });
  expect(await endOf(world, "r2")).toMatchObject({ failure: { code: "REPLACEMENT_INVALID" } });
});

test("an attempt that has expired is not begun", async () => {
  await using world = await openWorkerWorld();
  const began: string[] = [];
  const echo = task("echo", (name: string) => void began.push(name));
  const worker = await world.start({ tasks: [echo] });
  const nowMs = world.transport.clock.now();
  await world.queue("late", "echo", "late", { expiresAtMs: nowMs - 1 });
  await world.queue("early", "echo", "early", { expiresAtMs: nowMs + 60_000 });
  expect(await endOf(world, "late")).toMatchObject({
    type: "attempt.failed",
    failure: { code: "NODE_EXPIRED", permanent: true },
  });
  expect(await endOf(world, "early")).toMatchObject({ type: "attempt.succeeded" });
  expect(began).toEqual(["early"]);
  await world.until(() => worker.stats().inHand === 0);
  expect(worker.stats()).toMatchObject({ running: 0, failed: 1, succeeded: 1 });
});

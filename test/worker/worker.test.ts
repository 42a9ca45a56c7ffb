import {
  decodePayload,
  encodePayload,
  func,
  jsonSchema,
  loadPayload,
  partitionOf,
  PermanentTaskError,
  task,
} from "@arpeggio/core";
import { decodeWorker, isBlobReference, type Payload, type RunEvent } from "@arpeggio/core";
import { expect, test } from "vitest";
import { openWorkerWorld } from "./worker-world.ts";

const echo = task("echo", (input: unknown) => input as string);

function failureIn(event: RunEvent) {
  if (event.type !== "attempt.failed") throw new Error(`the attempt ended with ${event.type}`);
  return event.failure;
}

function payloadIn(event: RunEvent): Payload {
  if (event.type !== "attempt.succeeded") throw new Error(`the attempt ended with ${JSON.stringify(event)}`);
  return event.result;
}

function resultIn(event: RunEvent): unknown {
  return decodePayload(payloadIn(event));
}

/** A handler that begins, and ends when it is told to. */
function gate<T>() {
  const began: string[] = [];
  const opens: ((value: T) => void)[] = [];
  return {
    began,
    open: (value: T) => opens.shift()?.(value),
    wait: (run: string) =>
      new Promise<T>((resolve) => {
        began.push(run);
        opens.push(resolve);
      }),
  };
}

test("an attempt is run, its result is in the log, and nothing is left in hand", async () => {
  await using world = await openWorkerWorld();
  const worker = await world.start({ tasks: [echo] });
  await world.queue("r1", "echo", { text: "hello", at: new Date(5), big: 7n, bytes: new Uint8Array([1]) });
  expect(resultIn(await world.outcome("r1"))).toEqual({
    text: "hello",
    at: new Date(5),
    big: 7n,
    bytes: new Uint8Array([1]),
  });
  await world.until(() => worker.stats().inHand === 0);
  expect(worker.stats()).toMatchObject({ running: 0, ready: 0, succeeded: 1, failed: 0, released: 0 });
});

test("an attempt that names another partition is reported where its run's events lie", async () => {
  await using world = await openWorkerWorld({ partitions: 4 });
  await world.start({ tasks: [echo] });
  for (const [i, partition] of [0, 1, 2, 3, 999].entries()) await world.queue(`p${i}`, "echo", i, { partition });
  for (let i = 0; i < 5; i++) expect(resultIn(await world.outcome(`p${i}`))).toBe(i);
  for (let i = 0; i < 5; i++) expect(world.partitionsOf(`p${i}`)).toEqual([partitionOf(`p${i}`, 4)]);
});

test("many attempts at once all end, and no more run side by side than there are slots", async () => {
  await using world = await openWorkerWorld();
  let running = 0;
  let most = 0;
  const brief = task("brief", async (n: number) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return n;
  });
  await world.start({ tasks: [brief], concurrency: 3 });
  await Promise.all(Array.from({ length: 200 }, (_, i) => world.queue(`r${i}`, "brief", i)));
  const outcomes = await Promise.all(Array.from({ length: 200 }, (_, i) => world.outcome(`r${i}`)));
  expect(outcomes.map(resultIn)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  expect(most).toBe(3);
});

test("what a handler throws is in the log with its stack", async () => {
  await using world = await openWorkerWorld();
  const broken = task("broken", (): string => {
    throw new TypeError("no such host");
  });
  await world.start({ tasks: [broken] });
  await world.queue("r1", "broken", null);
  const failure = failureIn(await world.outcome("r1"));
  expect(failure).toMatchObject({
    code: "TASK_FAILED",
    permanent: false,
    error: { name: "TypeError", message: "no such host" },
  });
  expect(failure.error.stack).toContain("worker.test.ts");
});

test("PermanentTaskError makes a permanent failure", async () => {
  await using world = await openWorkerWorld();
  const broken = task("broken", async (): Promise<string> => {
    throw new PermanentTaskError("not an image");
  });
  await world.start({ tasks: [broken] });
  await world.queue("r1", "broken", null);
  expect(failureIn(await world.outcome("r1"))).toMatchObject({ code: "TASK_FAILED", permanent: true });
});

test("an input that does not fit the schema fails for good, and tells the place", async () => {
  await using world = await openWorkerWorld();
  const schema = jsonSchema<{ page: { url: string } }>({
    type: "object",
    properties: { page: { type: "object", properties: { url: { type: "string" } } } },
  });
  await world.start({ tasks: [task("get", { input: schema }, () => expect.fail("the handler was called"))] });
  await world.queue("r1", "get", { page: { url: 5 } });
  const failure = failureIn(await world.outcome("r1"));
  expect(failure).toMatchObject({ code: "TASK_INPUT_INVALID", permanent: true });
  expect(failure.error.message).toContain("page.url must be string");
});

test("a result that does not fit the output schema fails the attempt", async () => {
  await using world = await openWorkerWorld();
  const output = jsonSchema<number>({ type: "number" });
  await world.start({ tasks: [task("count", { output }, () => "three" as unknown as number)] });
  await world.queue("r1", "count", null);
  expect(failureIn(await world.outcome("r1"))).toMatchObject({ code: "TASK_OUTPUT_INVALID", permanent: false });
});

test("a result that cannot be stored fails for good, and tells the place", async () => {
  await using world = await openWorkerWorld();
  const odd = task("odd", () => ({ list: [1, () => 2] }) as unknown as null);
  await world.start({ tasks: [odd] });
  await world.queue("r1", "odd", null);
  const failure = failureIn(await world.outcome("r1"));
  expect(failure).toMatchObject({ code: "TASK_RESULT_NOT_SERIALISABLE", permanent: true });
  expect(failure.error.message).toContain("list[1]");
});

test("no result is null", async () => {
  await using world = await openWorkerWorld();
  await world.start({ tasks: [task("nothing", () => {})] });
  await world.queue("r1", "nothing", 1);
  expect(resultIn(await world.outcome("r1"))).toBe(null);
});

test("large values travel through the blob store, in and out", async () => {
  await using world = await openWorkerWorld();
  const { limits, blobs } = world.transport;
  const grow = task("grow", (text: string) => text + text);
  await world.start({ tasks: [grow, echo] });
  const text = "x".repeat(limits.inlineBytesMax);
  await world.queue("r1", "grow", text);
  const payload = payloadIn(await world.outcome("r1"));
  expect(isBlobReference(payload)).toBe(true);
  expect(await loadPayload(payload, (key) => blobs.get(key))).toBe(text + text);

  await world.queue("r2", "echo", null, { input: { kind: "value", payload } });
  const second = await world.outcome("r2");
  expect(second.type).toBe("attempt.succeeded");
});

test("an error with too much text for a message is cut, instead of being tried for ever", async () => {
  await using world = await openWorkerWorld({ messageBytesMax: 2_048, inlineBytesMax: 1_024 });
  const chatty = task("chatty", (): string => {
    throw new Error("x".repeat(5_000));
  });
  await world.start({ tasks: [chatty] });
  await world.queue("r1", "chatty", null);
  const failure = failureIn(await world.outcome("r1"));
  expect(failure).toMatchObject({ code: "TASK_FAILED", error: { name: "Error", message: "x".repeat(500) } });
});

test("an input that is put together here is evaluated here", async () => {
  await using world = await openWorkerWorld();
  const add = func("add", (a: number, b: number) => a + b);
  await world.start({ tasks: [add] });
  const expr = encodePayload({ array: [{ ref: "0", path: ["count"] }, { ref: "1" }] });
  const args = [encodePayload({ count: 40 }), encodePayload(2)];
  await world.queue("r1", "add", null, { input: { kind: "expression", expr, args } });
  expect(resultIn(await world.outcome("r1"))).toBe(42);
});

test("an input that cannot be put together fails for good", async () => {
  await using world = await openWorkerWorld();
  await world.start({ tasks: [echo] });
  const expr = encodePayload({ ref: "0", path: ["a", "b"] });
  await world.queue("r1", "echo", null, { input: { kind: "expression", expr, args: [encodePayload({ a: "text" })] } });
  expect(failureIn(await world.outcome("r1"))).toMatchObject({ code: "EXPRESSION_FAILED", permanent: true });
});

test("a handler that listens to its signal ends with TASK_TIMED_OUT, whatever it makes of it", async () => {
  await using world = await openWorkerWorld();
  const patient = task(
    "patient",
    (_: null, { signal }) =>
      new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve(`saw ${signal.reason.code}`))),
  );
  await world.start({ tasks: [patient] });
  await world.queue("r1", "patient", null, { timeoutMs: 20 });
  const failure = failureIn(await world.outcome("r1"));
  expect(failure).toMatchObject({ code: "TASK_TIMED_OUT", permanent: false });
  expect(failure.error.message).toBe("'patient' ran longer than 20 ms");
});

test("a handler that does not listen loses its slot after the grace", async () => {
  await using world = await openWorkerWorld();
  const deaf = gate<string>();
  const worker = await world.start({
    tasks: [task("deaf", (run: string) => deaf.wait(run)), echo],
    concurrency: 1,
    abortGraceMs: 30,
  });
  await world.queue("r1", "deaf", "r1", { timeoutMs: 20 });
  await world.until(() => deaf.began.length === 1);
  await world.queue("r2", "echo", "next");
  expect(failureIn(await world.outcome("r1")).code).toBe("TASK_TIMED_OUT");
  expect(resultIn(await world.outcome("r2"))).toBe("next");
  deaf.open("late");
  await world.until(() => worker.stats().inHand === 0);
  expect(world.events.filter(({ run }) => run === "r1")).toHaveLength(1);
});

test("an attempt that takes a while is told to the coordinator", async () => {
  await using world = await openWorkerWorld();
  const slow = gate<string>();
  const worker = await world.start({ tasks: [task("slow", (run: string) => slow.wait(run))] });
  await world.queue("r1", "slow", "r1");
  expect(await world.event(({ type }) => type === "attempt.started")).toMatchObject({
    run: "r1",
    node: 0,
    attempt: 1,
    worker: worker.id,
  });
  slow.open("done");
  expect(resultIn(await world.outcome("r1"))).toBe("done");
});

test("a worker's record is there while it lives", async () => {
  await using world = await openWorkerWorld();
  const worker = await world.start({ tasks: [echo.with({ queue: "cpu" }), task("wait", { queue: "io" }, () => 1)] });
  const workers = world.transport.bucket("workers");
  const record = async () => {
    const entry = await workers.get(worker.id);
    return entry === undefined ? undefined : decodeWorker(entry.value);
  };
  expect(await record()).toMatchObject({
    id: worker.id,
    pid: process.pid,
    tasks: ["echo", "wait"],
    queues: ["cpu", "io"],
  });
  await worker.register([task("later", { queue: "gpu" }, () => 1)]);
  expect(await record()).toMatchObject({ tasks: ["echo", "wait", "later"], queues: ["cpu", "io", "gpu"] });
  await worker.stop();
  expect(await record()).toBeUndefined();
});

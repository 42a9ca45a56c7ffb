import {
  busSubjects,
  contract,
  decodeLive,
  encodeAbort,
  encodeAttempt,
  jsonSchema,
  OptionInvalidError,
  task,
  type LiveEvent,
} from "@arpeggio/core";
import { createWorker, DuplicateTaskError, TaskWithoutHandlerError } from "@arpeggio/worker";
import { expect, test } from "vitest";
import { attemptRecord, GivenDelivery, openWorkerWorld, withDeliveries, type WorkerWorld } from "./worker-world.ts";

const echo = task("echo", (input: unknown) => input as string);

/** A task whose handlers wait until the test lets them go, and tell what they saw. */
function heldTask(name: string) {
  const began: string[] = [];
  const reasons: string[] = [];
  const opens: (() => void)[] = [];
  const held = task(name, (run: string, { signal }) => {
    began.push(run);
    return new Promise<string>((resolve) => {
      const open = () => resolve(`${run} is done`);
      opens.push(open);
      signal.addEventListener("abort", () => {
        opens.splice(opens.indexOf(open), 1);
        reasons.push((signal.reason as { code: string }).code);
        resolve("aborted");
      });
    });
  });
  return { task: held, began, reasons, open: () => opens.shift()?.() };
}

function abort(world: WorkerWorld, run: string, nodes?: readonly number[]): void {
  const notice = { run, reason: "cancelled by a test", ...(nodes === undefined ? {} : { nodes }) };
  world.transport.bus.publish(busSubjects.abort, encodeAbort(notice));
}

test("an abort notice reaches the handler, and what it still returns is dropped", async () => {
  await using world = await openWorkerWorld();
  const held = heldTask("held");
  const worker = await world.start({ tasks: [held.task], concurrency: 1 });
  await world.queue("r1", "held", "r1");
  await world.until(() => held.began.length === 1);
  await world.queue("r2", "held", "r2");
  await world.until(() => worker.stats().ready === 1);

  abort(world, "r1");
  await world.until(() => held.began.length === 2);
  expect(held.reasons).toEqual(["ATTEMPT_ABORTED"]);
  held.open();
  await world.outcome("r2");
  expect(world.events.map(({ run }) => run)).toEqual(["r2"]);
  expect(worker.stats()).toMatchObject({ aborted: 1, succeeded: 1 });
});

test("an attempt that has not begun when the notice comes never begins, now or later", async () => {
  await using world = await openWorkerWorld();
  const held = heldTask("held");
  const worker = await world.start({ tasks: [held.task], concurrency: 1 });
  await world.queue("r1", "held", "r1");
  await world.until(() => held.began.length === 1);
  await world.queue("r2", "held", "r2/0");
  await world.until(() => worker.stats().ready === 1);

  abort(world, "r2", [0, 1]);
  await world.until(() => worker.stats().ready === 0);
  await world.queue("r2", "held", "r2/1", { node: 1 });
  await world.queue("r2", "held", "r2/2", { node: 2 });
  held.open();
  await world.until(() => held.began.length === 2);
  expect(held.began).toEqual(["r1", "r2/2"]);
  held.open();
});

test("an attempt that is sent anew because something was lost is not meant by an earlier notice", async () => {
  await using world = await openWorkerWorld();
  const worker = await world.start({ tasks: [echo] });
  abort(world, "r1");
  await world.queue("r1", "echo", "given up");
  await world.until(() => worker.stats().aborted === 1);
  await world.queue("r1", "echo", "wanted after all", { attempt: 2, again: true });
  await world.outcome("r1");
  expect(world.events.map(({ run }) => run)).toEqual(["r1"]);
});

test("a message that cannot be decoded is set aside, and stops nothing", async () => {
  await using world = await openWorkerWorld();
  const worker = await world.start({ tasks: [echo] });
  const bytes = new TextEncoder().encode("not one of ours");
  await world.transport.attempts.publish({ queue: "default", priority: 9, runId: "r0", id: "r0:0:1", bytes });
  await world.queue("r1", "echo", "fine");
  await world.outcome("r1");
  await world.until(() => worker.stats().inHand === 0);
  expect(await world.deadLetters()).toMatchObject([{ source: "attempts", code: "RECORD_UNDECODABLE", bytes }]);
});

test("an unknown task is given back, later each time, and never fails", async () => {
  await using world = await openWorkerWorld();
  const { transport, deliver } = withDeliveries(world.transport);
  const worker = createWorker({ transport, tasks: [echo], log: silentLog });
  await worker.start();
  const bytes = encodeAttempt(attemptRecord(transport, "r1", "crop", null));
  const releases = [1, 2, 3, 6, 20].map((count) => {
    const delivery = new GivenDelivery(`m${count}`, bytes, count);
    deliver(delivery);
    return delivery.releases;
  });
  expect(releases).toEqual([[1_000], [2_000], [4_000], [30_000], [30_000]]);
  await worker.stop();
  expect(world.events).toEqual([]);
});

test("a message that comes again while it is in hand, or just after, is not run again", async () => {
  await using world = await openWorkerWorld();
  const { transport, deliver } = withDeliveries(world.transport);
  const held = heldTask("held");
  const worker = createWorker({ transport, tasks: [held.task], log: silentLog });
  await worker.start();
  const bytes = encodeAttempt(attemptRecord(transport, "r1", "held", "r1"));
  const deliveries = [1, 2, 3].map((count) => new GivenDelivery("m1", bytes, count));
  const [first, second, third] = deliveries as [GivenDelivery, GivenDelivery, GivenDelivery];
  deliver(first);
  await world.until(() => held.began.length === 1);
  deliver(second);
  held.open();
  await world.outcome("r1");
  await world.until(() => worker.stats().inHand === 0);
  deliver(third);
  expect(deliveries.map(({ acks }) => acks)).toEqual([1, 1, 1]);
  expect(held.began).toEqual(["r1"]);
  await worker.stop();
});

test("an attempt that keeps ending its workers fails, after one try under guard", async () => {
  await using world = await openWorkerWorld();
  const { transport, deliver } = withDeliveries(world.transport);
  const held = heldTask("held");
  const bytes = encodeAttempt(attemptRecord(transport, "r1", "held", "r1"));

  // The first worker begins the guarded try and then says nothing more, like one that was killed.
  const killed = createWorker({ transport, tasks: [held.task], log: silentLog, deliveriesMax: 3, name: "killed" });
  await killed.start();
  deliver(new GivenDelivery("m1", bytes, 4));
  await world.until(() => held.began.length === 1);
  expect(await world.deadLetters()).toMatchObject([{ code: "TASK_POISON_SUSPECTED", bytes }]);

  const next = createWorker({ transport, tasks: [held.task], log: silentLog, deliveriesMax: 3, name: "next" });
  await next.start();
  const last = new GivenDelivery("m1", bytes, 5);
  deliver(last);
  expect(await world.outcome("r1")).toMatchObject({ failure: { code: "TASK_POISONED", permanent: true } });
  await world.until(() => last.acks === 1);
  expect(await world.deadLetters()).toMatchObject([{ code: "TASK_POISONED", bytes }]);
  expect(held.began).toEqual(["r1"]);
  held.open();
  await Promise.all([killed.stop(), next.stop()]);
});

test("an attempt that was in the same hands as one that ends its workers is not taken for it", async () => {
  await using world = await openWorkerWorld();
  const { transport, deliver } = withDeliveries(world.transport);
  const deadly = heldTask("deadly");
  const tasks = [deadly.task, echo];
  const [first, second] = [
    attemptRecord(transport, "r1", "deadly", "r1"),
    attemptRecord(transport, "r2", "echo", "fine"),
  ];
  const handOver = (count: number) => {
    deliver(new GivenDelivery("m1", encodeAttempt(first), count));
    deliver(new GivenDelivery("m2", encodeAttempt(second), count));
  };
  const killed = createWorker({ transport, tasks, log: silentLog, deliveriesMax: 3, name: "killed" });
  await killed.start();
  handOver(4);
  await world.until(() => deadly.began.length === 1);
  expect(await world.deadLetters()).toMatchObject([{ bytes: encodeAttempt(first) }]);

  const next = createWorker({ transport, tasks, log: silentLog, deliveriesMax: 3, name: "next" });
  await next.start();
  handOver(5);
  expect(await world.outcome("r1")).toMatchObject({ failure: { code: "TASK_POISONED" } });
  expect(await world.outcome("r2")).toMatchObject({ type: "attempt.succeeded" });
  deadly.open();
  await Promise.all([killed.stop(), next.stop()]);
});

test("an attempt that was only given back often runs, and leaves no mark", async () => {
  await using world = await openWorkerWorld();
  const { transport, deliver } = withDeliveries(world.transport);
  const worker = createWorker({ transport, tasks: [echo], log: silentLog, deliveriesMax: 3 });
  await worker.start();
  deliver(new GivenDelivery("m1", encodeAttempt(attemptRecord(transport, "r1", "echo", "fine")), 12));
  expect(await world.outcome("r1")).toMatchObject({ type: "attempt.succeeded" });
  await worker.stop();
  expect(await world.deadLetters()).toEqual([]);
});

test("what a worker has in hand gets signs of life", async () => {
  await using world = await openWorkerWorld();
  const { transport, deliver } = withDeliveries(world.transport);
  const held = heldTask("held");
  const worker = createWorker({ transport, tasks: [held.task], log: silentLog, ackWaitMs: 1_000, concurrency: 1 });
  await worker.start();
  const running = new GivenDelivery("m1", encodeAttempt(attemptRecord(transport, "r1", "held", "r1")));
  const waiting = new GivenDelivery("m2", encodeAttempt(attemptRecord(transport, "r2", "held", "r2")));
  deliver(running);
  deliver(waiting);
  await world.until(() => running.extensions >= 2 && waiting.extensions >= 2);
  expect([running.acks, waiting.acks]).toEqual([0, 0]);
  held.open();
  await world.until(() => held.began.length === 2);
  held.open();
  await worker.stop();
});

test("a worker that stops finishes what runs and gives back the rest", async () => {
  await using world = await openWorkerWorld();
  const held = heldTask("held");
  const first = await world.start({ tasks: [held.task], concurrency: 1 });
  await world.queue("r1", "held", "r1");
  await world.until(() => held.began.length === 1);
  await world.queue("r2", "held", "r2");
  await world.until(() => first.stats().ready === 1);

  const stopping = first.stop();
  await world.until(() => first.stats().released === 1);
  await world.start({ tasks: [held.task] });
  await world.until(() => held.began.length === 2);
  held.open();
  await stopping;
  expect(first.stats()).toMatchObject({ inHand: 0, succeeded: 1, released: 1 });
  held.open();
  await world.outcome("r2");
  expect(held.reasons).toEqual([]);
});

test("what does not end in time is aborted and given back to another worker", async () => {
  await using world = await openWorkerWorld();
  const held = heldTask("held");
  const first = await world.start({ tasks: [held.task], drainTimeoutMs: 20 });
  await world.queue("r1", "held", "r1");
  await world.until(() => held.began.length === 1);
  await first.stop();
  expect(held.reasons).toEqual(["WORKER_STOPPED"]);
  expect(world.events).toEqual([]);
  await world.start({ tasks: [held.task] });
  await world.until(() => held.began.length === 2);
  held.open();
  expect(await world.outcome("r1")).toMatchObject({ type: "attempt.succeeded" });
});

test("logs and progress go to whoever follows the run, the last progress included", async () => {
  await using world = await openWorkerWorld();
  const heard: LiveEvent[] = [];
  await world.transport.bus.subscribe(busSubjects.live("r1"), ({ bytes }) => void heard.push(decodeLive(bytes)));
  const busy = task("busy", (_: null, { log, progress }) => {
    log("begins", { pages: 50 });
    for (let page = 0; page <= 50; page++) progress(page, 50);
    return "done";
  });
  await world.start({ tasks: [busy] });
  await world.queue("r1", "busy", null, { nodePath: "map[2]/busy" });
  await world.outcome("r1");
  await world.transport.bus.flush();
  expect(heard).toEqual([
    { type: "log", node: "map[2]/busy", message: "begins", data: { pages: 50 } },
    { type: "progress", node: "map[2]/busy", done: 0, total: 50 },
    { type: "progress", node: "map[2]/busy", done: 50, total: 50 },
  ]);
});

test("tasks are read from the queues that the worker is told, if it is told", async () => {
  await using world = await openWorkerWorld();
  await world.start({ tasks: [echo.with({ queue: "cpu" })], queues: ["other"] });
  await world.queue("r1", "echo", 1, { queue: "cpu" });
  await world.queue("r2", "echo", 2, { queue: "other" });
  await world.outcome("r2");
  expect(world.events.map(({ run }) => run)).toEqual(["r2"]);
});

test("wrong options are told at once", async () => {
  await using world = await openWorkerWorld();
  const { transport } = world;
  const Any = jsonSchema<unknown>({});
  const make = (options: object) => () => createWorker({ transport, tasks: [], ...options });
  expect(make({ concurrency: 0 })).toThrow(OptionInvalidError);
  expect(make({ ackWaitMs: 10 })).toThrow(/'ackWaitMs' is 10; expected an integer of at least 1000/);
  expect(make({ tasks: [() => 1] })).toThrow(/'tasks\[0\]' is a function/);
  expect(make({ tasks: [task("a", () => 1), task("a", () => 2)] })).toThrow(DuplicateTaskError);
  expect(make({ tasks: [contract("b", { input: Any, output: Any })] })).toThrow(TaskWithoutHandlerError);
  expect(make({ queues: ["not a name"] })).toThrow(/queue "not a name"/);
});

const silentLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

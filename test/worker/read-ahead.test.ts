import { encodeAttempt, task, type ConsumeOptions, type Transport } from "@arpeggio/core";
import { createWorker } from "@arpeggio/worker";
import { expect, test } from "vitest";
import { attemptRecord, openWorkerWorld } from "./worker-world.ts";

/** The transport with a look at the consumers that the worker opens and stops. */
function observed(transport: Transport) {
  const opened: ConsumeOptions[] = [];
  const stopped: ConsumeOptions[] = [];
  const attempts: Transport["attempts"] = {
    publish: (attempt) => transport.attempts.publish(attempt),
    discard: (queue, run) => transport.attempts.discard(queue, run),
    stored: (filter) => transport.attempts.stored(filter),
    async consume(queue, options, onDelivery) {
      opened.push(options);
      const consumer = await transport.attempts.consume(queue, options, onDelivery);
      return {
        stop: async () => {
          stopped.push(options);
          await consumer.stop();
        },
      };
    },
  };
  const seen = new Proxy(transport, {
    get: (target, key) => (key === "attempts" ? attempts : (Reflect.get(target, key) as unknown)),
  });
  return { seen, opened, stopped };
}

test("short attempts are read ahead, until they get long", async () => {
  await using world = await openWorkerWorld();
  const { seen, opened, stopped } = observed(world.transport);
  const quick = task("quick", () => 1);
  let open: () => void = () => {};
  const long = task("long", () => new Promise<void>((resolve) => (open = resolve)));
  const worker = createWorker({ transport: seen, tasks: [quick, long], concurrency: 2 });
  await worker.start();
  expect(opened.map(({ inHandMax }) => inHandMax)).toEqual([4]);

  let count = 0;
  const queue = (name: string) => {
    const run = `r${count++}`;
    const bytes = encodeAttempt(attemptRecord(world.transport, run, name, null));
    return world.transport.attempts.publish({ queue: "default", priority: 4, runId: run, id: `${run}:0:1`, bytes });
  };
  while (opened.length < 2) {
    for (let i = 0; i < 20; i++) await queue("quick");
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(opened[1]?.inHandMax).toBe(2_000);
  await queue("long");
  await world.until(() => stopped.length === 1);
  expect(stopped[0]?.inHandMax).toBe(2_000);
  open();
  await worker.stop();
});

test("with a prefetch of its own a worker keeps to it", async () => {
  await using world = await openWorkerWorld();
  const { seen, opened } = observed(world.transport);
  const worker = createWorker({ transport: seen, tasks: [task("quick", () => 1)], concurrency: 3, prefetch: 0 });
  await worker.start();
  expect(opened.map(({ inHandMax }) => inHandMax)).toEqual([3]);
  await worker.stop();
});

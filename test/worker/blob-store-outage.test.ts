import { task } from "@arpeggio/core";
import type { BlobStore, Transport } from "@arpeggio/core";
import { createEmbeddedTransport, manualClock } from "@arpeggio/transport-embedded";
import { createClient } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { createWorker } from "@arpeggio/worker";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

test("a blob store that does not answer for a while costs a task no attempt", async () => {
  const clock = manualClock(1_000_000);
  const broker = createEmbeddedTransport({ clock, inlineBytesMax: 100 });
  const executions: number[] = [];
  const grow = task("grow", (text: string, { attempt }) => {
    executions.push(attempt);
    return text + text;
  });
  const coordinator = createCoordinator({ transport: await broker.open("coordinator"), log: silent });
  const outage = { failures: { get: 2, put: 3 } };
  const transport = withFailures(await broker.open("worker"), outage.failures);
  const worker = createWorker({ transport, tasks: [grow], log: silent });
  await Promise.all([coordinator.start(), worker.start()]);
  const client = await createClient({ transport: await broker.open("client") });

  const run = await client.run(grow, "x".repeat(200));
  const result = run.result();
  let isDone = false;
  result.then(
    () => (isDone = true),
    () => (isDone = true),
  );
  for (let turn = 0; turn < 5_000 && !isDone; turn++) {
    await setImmediate();
    clock.advance(20);
  }
  expect(await result).toBe("x".repeat(400));
  expect(executions).toEqual([1]);
  expect(outage.failures).toEqual({ get: 0, put: 0 });
  await Promise.all([worker.stop(), client.close(), coordinator.stop()]);
  await broker.close();
});

/** The first calls are rejected with what is no error of the engine's. */
function withFailures(transport: Transport, left: { get: number; put: number }): Transport {
  const { blobs } = transport;
  const orFail = <T>(name: "get" | "put", act: () => Promise<T>): Promise<T> => {
    if (left[name] === 0) return act();
    left[name]--;
    return Promise.reject(new Error("no answer"));
  };
  const failing: Pick<BlobStore, "get" | "put"> = {
    get: (key) => orFail("get", () => blobs.get(key)),
    put: (key, bytes) => orFail("put", () => blobs.put(key, bytes)),
  };
  return { ...transport, blobs: { ...blobs, ...failing } };
}

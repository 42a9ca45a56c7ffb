import { createClient } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { BlobNotFoundError } from "@arpeggio/core";
import type { TransportProvider } from "@arpeggio/core";
import { createEmbeddedTransport, manualClock } from "@arpeggio/transport-embedded";
import { createWorker } from "@arpeggio/worker";
import { chain, createApp, ge, loop, task } from "arpeggio";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";

const first = task("first", (n: number) => n + 1);
const second = task("second", (n: number) => n * 10);

/** The answers to who asks what the events of a run have left are lost so many times before they are read. */
function losing(left: { answers: number }): TransportProvider {
  const broker = createEmbeddedTransport();
  return {
    name: "losing",
    async open(name) {
      const transport = await broker.open(name);
      const { blobs } = transport;
      const get = (key: string) => {
        if (!key.includes("/past-") || left.answers === 0) return blobs.get(key);
        left.answers--;
        return Promise.reject(new BlobNotFoundError(key));
      };
      return { ...transport, blobs: { ...blobs, get } };
    },
  };
}

test("an answer that is lost before it is read is asked for again", async () => {
  const left = { answers: 2 };
  const app = await createApp({ transport: losing(left), tasks: [first, second] });
  const run = await app.run(chain(first, second), 1);
  expect(await run.result()).toBe(20);
  const again = await app.redrive(run.id, { from: "second" });
  expect(await again.result()).toBe(20);
  expect(left.answers).toBe(0);
  await app.close();
});

test("one that is lost time and again is said to be", async () => {
  const app = await createApp({ transport: losing({ answers: Infinity }), tasks: [first, second] });
  const run = await app.run(chain(first, second), 1);
  expect(await run.result()).toBe(20);
  await expect(app.redrive(run.id, { from: "second" })).rejects.toMatchObject({
    code: "REDRIVE_NOT_POSSIBLE",
    message: expect.stringContaining("was lost again") as string,
  });
  await app.close();
});

test("whether a run has a node in a loop is not known while no coordinator answers", async () => {
  const clock = manualClock(1_000_000);
  const broker = createEmbeddedTransport({ clock });
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const refuse = task("refuse", () => Promise.reject(new TypeError("not today")));
  const coordinator = createCoordinator({ transport: await broker.open("coordinator"), log });
  const worker = createWorker({ transport: await broker.open("worker"), tasks: [first, refuse], log });
  await Promise.all([coordinator.start(), worker.start()]);
  const client = await createClient({ transport: await broker.open("client") });
  const inTime = async <T>(waited: Promise<T>): Promise<T> => {
    let isDone = false;
    const done = waited.finally(() => (isDone = true));
    done.catch(() => {});
    for (let turn = 0; turn < 5_000 && !isDone; turn++) {
      await setImmediate();
      clock.advance(20);
    }
    return done;
  };
  const canvas = chain(loop(first, { until: (n) => ge(n, 3), max: 5 }), refuse);
  const run = await inTime(client.run(canvas, 1));
  await expect(inTime(run.result())).rejects.toMatchObject({ code: "RUN_FAILED" });
  await inTime(coordinator.stop());
  const plan = (from: string) => inTime(client.planRedrive(run.id, { from }));
  await expect(plan("loop[0]/first")).rejects.toMatchObject({ code: "NO_ANSWER" });
  await expect(plan("loop[0]/last")).rejects.toMatchObject({ code: "NODE_NOT_FOUND" });
  await Promise.all([worker.stop(), client.close()]);
  await broker.close();
});

import { createClient } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { chain, map, task, workflow } from "@arpeggio/core";
import type { TransportProvider } from "@arpeggio/core";
import { createWorker } from "@arpeggio/worker";
import { expect, test } from "vitest";
import { waitUntil } from "./waiting.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const step = task("step", (n: number): number => n + 1);

/** Backpressure with small limits: `open` gives a provider whose queues together hold `queueMessagesMax` attempts. */
export function queueFullSuite(open: (queueMessagesMax: number) => Promise<TransportProvider & AsyncDisposable>): void {
  test("full queues: starts are refused with QUEUE_FULL, what was taken waits and ends, and then there is room again", async () => {
    await using provider = await open(10);
    const transport = await provider.open("test");
    const client = await createClient({ transport });
    const coordinator = createCoordinator({ transport, log: silent });
    await coordinator.start();
    const handles = [];
    let refusal: unknown;
    while (refusal === undefined) {
      try {
        handles.push(await client.run(chain(step, step), handles.length));
      } catch (error) {
        refusal = error;
      }
    }
    expect(refusal).toMatchObject({ code: "QUEUE_FULL", message: expect.stringContaining("queueMessagesMax") });
    expect(handles.length).toBeGreaterThan(10);

    const worker = createWorker({ transport, tasks: [step], log: silent });
    await worker.start();
    const values = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 30_000 })));
    expect(values).toEqual(handles.map((_, n) => n + 2));
    const again: unknown[] = [];
    await waitUntil(() =>
      client.run(step, 1).then(
        async (handle) => again.push(await handle.result()) > 0,
        () => false,
      ),
    );
    expect(again).toEqual([2]);
    await worker.stop();
    await coordinator.stop();
    await client.close();
    await transport.close();
  }, 60_000);

  test("a map that is much wider than the queues ends", async () => {
    await using provider = await open(10);
    const transport = await provider.open("test");
    const client = await createClient({ transport });
    const coordinator = createCoordinator({ transport, log: silent });
    const worker = createWorker({ transport, tasks: [step], log: silent });
    await Promise.all([coordinator.start(), worker.start()]);
    const items = Array.from({ length: 200 }, (_, n) => n);
    const handle = await client.run(workflow("wide", map(step)), items);
    expect(await handle.result({ timeoutMs: 50_000 })).toEqual(items.map((n) => n + 1));
    await worker.stop();
    await coordinator.stop();
    await client.close();
    await transport.close();
  }, 60_000);

  test("more starts on their way than a client may have are refused, the others are taken", async () => {
    await using provider = await open(1_000);
    const transport = await provider.open("test");
    const client = await createClient({ transport, startsInFlightMax: 5 });
    const started = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => client.run(step, n)));
    const refused = started.filter((one) => one.status === "rejected");
    expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(Array(3).fill("QUEUE_FULL"));
    await client.run(step, 1);
    await client.close();
    await transport.close();
  });

  test("a coordinator with more runs in hand than it may have asks clients to wait", async () => {
    await using provider = await open(1_000);
    const transport = await provider.open("test");
    const client = await createClient({ transport });
    const coordinator = createCoordinator({ transport, runsMax: 3, log: silent });
    await coordinator.start();
    await waitUntil(() =>
      client.run(step, 1).then(
        () => false,
        (error: { code: string; message: string }) => error.code === "QUEUE_FULL" && error.message.includes("runsMax"),
      ),
    );
    expect(coordinator.stats().runs).toBeGreaterThan(3);
    await coordinator.stop();
    await client.close();
    await transport.close();
  });
}

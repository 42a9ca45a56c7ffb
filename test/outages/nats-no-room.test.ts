import { createClient } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { chain, task } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { expect, test } from "vitest";
import { natsServers, startNatsServer } from "../support/nats-server.ts";
import { changeLimits } from "./stream-limits.ts";
import { waitUntil } from "./waiting.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

test.each(natsServers())(
  "nats-server $version: without room starts are refused, runs wait, no handler runs twice, and all go on when there is room",
  async (binary) => {
    const calls: string[] = [];
    const gate = { isOpen: false };
    const step = task("step", async (text: string, ctx): Promise<string> => {
      calls.push(ctx.idempotencyKey);
      await waitUntil(() => gate.isOpen);
      return `${text}.`;
    });
    await using server = await startNatsServer({ binary });
    const transport = await nats({ servers: server.url, partitions: 1, eventsBytesMax: 65_536 }).open("test");
    const client = await createClient({ transport });
    const coordinator = createCoordinator({ transport, leaseMs: 1_000, log: silent });
    const told: string[] = [];
    const log = { ...silent, error: (message: string) => void told.push(message) };
    const worker = createWorker({ transport, tasks: [step], concurrency: 100, log });
    await Promise.all([coordinator.start(), worker.start()]);

    const text = "x".repeat(2_000);
    const handles = [];
    let refusal: unknown;
    while (refusal === undefined) {
      try {
        handles.push(await client.run(chain(step, step), text));
      } catch (error) {
        refusal = error;
      }
    }
    expect(refusal).toMatchObject({ code: "STORAGE_FULL", message: expect.stringContaining("maximum bytes exceeded") });
    expect(handles.length).toBeGreaterThan(10);
    await waitUntil(() => calls.length === handles.length);
    gate.isOpen = true;
    await waitUntil(() => told.some((message) => message.includes("until there is room")));
    await waitUntil(() => worker.stats().inHand > 0 && worker.stats().running === 0);
    await changeLimits(server.url, "ARP_EVENTS", { max_bytes: -1 });

    const values = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));
    expect(values).toEqual(handles.map(() => `${text}..`));
    expect(calls.length).toBe(handles.length * 2);
    expect(new Set(calls).size).toBe(calls.length);
    // And new ones are taken again.
    expect(await client.run(step, "a").then((handle) => handle.result())).toBe("a.");
    await worker.stop();
    await coordinator.stop();
    await client.close();
    await transport.close();
  },
  60_000,
);

test.each(natsServers())(
  "nats-server $version: a state that cannot be stored is stored later, and the partition stays where it is",
  async (binary) => {
    await using server = await startNatsServer({ binary });
    const transport = await nats({ servers: server.url, partitions: 1 }).open("test");
    const client = await createClient({ transport });
    const warnings: string[] = [];
    const log = { ...silent, warn: (message: string) => void warnings.push(message) };
    const coordinator = createCoordinator({ transport, leaseMs: 1_000, log });
    await coordinator.start();
    await changeLimits(server.url, "KV_arp_partitions", { max_bytes: 1 });
    await changeLimits(server.url, "KV_arp_results", { max_bytes: 1 });
    const step = task("step", (n: number): number => n + 1);
    const handle = await client.run(step, 1);
    const worker = createWorker({ transport, tasks: [step], log: silent });
    await worker.start();
    await waitUntil(() => coordinator.stats().writeRetries > 0);
    // What the coordinator says of it reaches clients a moment later.
    let refusal: unknown;
    while (refusal === undefined) {
      refusal = await client.run(step, 2).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    expect(refusal).toMatchObject({ code: "STORAGE_FULL" });
    await changeLimits(server.url, "KV_arp_partitions", { max_bytes: -1 });
    await changeLimits(server.url, "KV_arp_results", { max_bytes: -1 });
    expect(await handle.result({ timeoutMs: 20_000 })).toBe(2);
    expect(warnings.filter((message) => message.includes("a write failed")).length).toBe(1);
    await worker.stop();
    await coordinator.stop();
    await client.close();
    await transport.close();
  },
  60_000,
);

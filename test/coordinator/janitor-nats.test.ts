import { setTimeout } from "node:timers/promises";
import { createClient } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { task } from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { expect, test } from "vitest";
import { startNatsServer } from "../support/nats-server.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const large = task("large", (text: string): string => text + text);

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(20);
}

async function leftIn(transport: Transport) {
  const left = { attempts: 0, states: 0, blobs: [] as string[] };
  for await (const _ of transport.attempts.stored({})) left.attempts++;
  for await (const _ of transport.bucket("runs").entries(">")) left.states++;
  for await (const key of transport.blobs.list("")) left.blobs.push(key);
  return left;
}

test("on NATS, what no run wants goes, what an outcome refers to stays, and a lost attempt is queued again", async () => {
  await using server = await startNatsServer();
  const transport = await nats({ servers: server.url, inlineBytesMax: 1024 }).open("test");
  const coordinator = createCoordinator({ transport, janitorMs: 100, log: silent });
  await coordinator.start();
  const worker = createWorker({ transport, tasks: [large], log: silent });
  await worker.start();
  const client = await createClient({ transport });

  const run = await client.run(large, "x".repeat(3_000));
  expect(await run.result()).toHaveLength(6_000);
  for (const runId of [run.id, "never-was"]) {
    await transport.attempts.publish({
      queue: "nobody",
      priority: 4,
      runId,
      id: `${runId}:9:1`,
      bytes: Buffer.from("?"),
    });
    await transport.bucket("runs").put(`0.${runId}`, Buffer.from("no state"));
    await transport.blobs.put(`${runId}/9/input`, new Uint8Array(4_000));
  }
  await until(async () => (await leftIn(transport)).attempts === 0);
  await until(async () => (await leftIn(transport)).states === 0);
  await until(() => coordinator.stats().orphanBlobs >= 2);
  const { blobs } = await leftIn(transport);
  expect(blobs.every((key) => key.startsWith(`${run.id}/`))).toBe(true);
  expect(await client.attach(run.id).result()).toHaveLength(6_000);
  expect(coordinator.stats()).toMatchObject({ orphanAttempts: 2, orphanStates: 2, repaired: 0 });

  await worker.stop();
  const lost = await client.run(large, "y");
  await until(async () => (await leftIn(transport)).attempts === 1);
  await transport.attempts.discard("default", lost.id);
  await until(() => coordinator.stats().repaired === 1);
  const next = createWorker({ transport, tasks: [large], log: silent });
  await next.start();
  expect(await lost.result()).toBe("yy");

  await next.stop();
  await client.close();
  await coordinator.stop();
  await transport.close();
}, 60_000);

import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { chain, task } from "@arpeggio/core";
import type { StoredAttempt, Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { expect, test } from "vitest";
import { natsServers, startNatsServer } from "../support/nats-server.ts";
import { waitUntil } from "./waiting.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const executed: string[] = [];
const gate = { isOpen: false };
const step = task("step", async (n: number, ctx): Promise<number> => {
  executed.push(ctx.idempotencyKey);
  await waitUntil(() => gate.isOpen);
  return n + 1;
});
const elsewhere = task("elsewhere", { queue: "elsewhere" }, (n: number): number => n * 10);

async function stored(transport: Transport): Promise<readonly StoredAttempt[]> {
  const found: StoredAttempt[] = [];
  for await (const one of transport.attempts.stored({})) found.push(one);
  return found;
}

/**
 * What a server may come back with that loses power: the log without the end of an attempt, and the attempt in its queue again,
 * below what its consumer has read.
 */
test.each(natsServers())(
  "nats-server $version: an attempt that has come back is handed to nobody, and does not keep its run waiting",
  async (binary) => {
    executed.length = 0;
    gate.isOpen = false;
    await using server = await startNatsServer({ binary });
    const streams = join(server.storeDir, "jetstream", "$G", "streams");
    const older = `${server.storeDir}-older`;
    const lost = ["ARP_EVENTS", "KV_arp_runs", join("ARP_TASKS", "msgs")];
    const transport = await nats({ servers: server.url, partitions: 1 }).open("test");
    const client = await createClient({ transport });
    const worker = createWorker({ transport, tasks: [step], log: silent });
    const times = { leaseMs: 1_000, janitorMs: 500 };
    const coordinator = createCoordinator({ transport, ...times, log: silent });
    await Promise.all([coordinator.start(), worker.start()]);

    const handle = await client.run(chain(step, elsewhere), 1, { id: "r" });
    await waitUntil(() => executed.length === 1);
    // A later message, so that the stream is not shorter than what the consumer has read.
    const other = await client.run(elsewhere, 1, { id: "other" });
    await waitUntil(async () => (await stored(transport)).length === 2);
    await server.stop();
    for (const folder of lost) cpSync(join(streams, folder), join(older, folder), { recursive: true });
    await server.restart();

    gate.isOpen = true;
    await waitUntil(async () => (await stored(transport)).every(({ queue }) => queue === "elsewhere"));
    await server.stop();
    for (const folder of lost) {
      rmSync(join(streams, folder), { recursive: true });
      cpSync(join(older, folder), join(streams, folder), { recursive: true });
    }
    rmSync(older, { recursive: true });
    await server.restart();

    // On an old server coordinators look for such messages; on others, for runs that wait in vain.
    const isOld = binary.version.startsWith("2.9.");
    if (!isOld)
      await waitUntil(async () => (await stored(transport)).some(({ isPassed }) => isPassed === true), 20_000);
    const repairs = isOld ? { passedOver: 1, repaired: 0 } : { passedOver: 0, repaired: 1 };
    await waitUntil(() => coordinator.stats().passedOver + coordinator.stats().repaired === 1, 30_000);
    const second = createWorker({ transport, tasks: [elsewhere], log: silent });
    await second.start();
    expect(await handle.result({ timeoutMs: 20_000 })).toBe(20);
    expect(await other.result({ timeoutMs: 20_000 })).toBe(10);
    await waitUntil(async () => (await stored(transport)).length === 0, 30_000);
    // What is removed is gone before its coordinator hears of it.
    const orphanAttempts = isOld ? 0 : 1;
    await waitUntil(() => coordinator.stats().orphanAttempts === orphanAttempts);
    expect(coordinator.stats()).toMatchObject({ logCuts: 1, orphanAttempts, ...repairs });
    expect(new Set(executed)).toEqual(new Set(["r/0/1"]));
    await Promise.all([worker.stop(), second.stop()]);
    await coordinator.stop();
    await client.close();
    await transport.close();
  },
  90_000,
);

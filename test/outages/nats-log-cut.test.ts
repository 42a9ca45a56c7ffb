import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { chain, decodeLease, task } from "@arpeggio/core";
import type { LeaseRecord, Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { expect, test } from "vitest";
import { natsServers, startNatsServer } from "../support/nats-server.ts";
import { waitUntil } from "./waiting.ts";

const gate = { isOpen: false };
const first = task("first", (n: number): number => n + 1);
const held = task("held", async (n: number): Promise<number> => {
  await waitUntil(() => gate.isOpen);
  return n * 10;
});
const CUT = /the log of partition 0 has lost what followed \d+, and everything up to \d+ was read from it/;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

test.each(natsServers())(
  "nats-server $version: a log that has lost its end is noticed, and runs with a checkpoint go on to their value",
  async (binary) => {
    gate.isOpen = false;
    await using server = await startNatsServer({ binary });
    const folder = join(server.storeDir, "jetstream", "$G", "streams", "ARP_EVENTS");
    const copy = `${server.storeDir}-older`;
    const provider = nats({ servers: server.url, partitions: 1 });
    const transport = await provider.open("test");
    const client = await createClient({ transport });
    const errors: string[] = [];
    const log = { ...silent, error: (message: string) => void errors.push(message) };
    const coordinator = createCoordinator({ transport, leaseMs: 1_000, log });
    const worker = createWorker({ transport, tasks: [first, held], log: silent });
    await Promise.all([coordinator.start(), worker.start()]);

    // A backup of the log while there is nothing in it; the rest of the store goes on.
    await client.run(first, 0).then((handle) => handle.result());
    await server.stop();
    cpSync(folder, copy, { recursive: true });
    await server.restart();

    const handle = await client.run(chain(first, held, first), 4);
    // Held back for longer than the mark may be: the run gets a checkpoint, and the mark passes its events.
    await waitUntil(() => coordinator.stats().states >= 1, 20_000);
    await server.stop();
    rmSync(folder, { recursive: true });
    cpSync(copy, folder, { recursive: true });
    await server.restart();

    await waitUntil(() => coordinator.stats().logCuts === 1, 20_000);
    gate.isOpen = true;
    expect(await handle.result({ timeoutMs: 30_000 })).toBe(51);
    // New runs are not taken for old ones, though their events have the numbers of lost ones.
    expect(await client.run(chain(first, first), 1).then((next) => next.result({ timeoutMs: 30_000 }))).toBe(3);
    expect(errors.join("\n")).toMatch(CUT);
    rmSync(copy, { recursive: true });
    await worker.stop();
    await coordinator.stop();
    await client.close();
    await transport.close();
  },
  90_000,
);

test.each(natsServers())(
  "nats-server $version: it is noticed as well when the log has grown beyond the old end again, and nothing new is passed over",
  async (binary) => {
    await using server = await startNatsServer({ binary });
    const folder = join(server.storeDir, "jetstream", "$G", "streams", "ARP_EVENTS");
    const copy = `${server.storeDir}-older`;
    const provider = nats({ servers: server.url, partitions: 1 });
    const transport = await provider.open("service");
    const client = await createClient({ transport });
    const worker = createWorker({ transport, tasks: [first], log: silent });
    const crashing = await provider.open("crashing");
    const before = createCoordinator({ transport: crashing, leaseMs: 1_000, log: silent });
    await Promise.all([before.start(), worker.start()]);
    await client.run(first, 0).then((handle) => handle.result());
    await server.stop();
    cpSync(folder, copy, { recursive: true });
    await server.restart();

    for (let i = 0; i < 5; i++) await client.run(chain(first, first), i).then((handle) => handle.result());
    await waitUntil(() => before.stats().runs === 0);
    // The lease says what was folded by then, and the coordinator ends without a word.
    const { renewedAtMs } = await leaseIn(transport);
    await waitUntil(async () => (await leaseIn(transport)).renewedAtMs > renewedAtMs);
    await crashing.close();
    await server.stop();
    rmSync(folder, { recursive: true });
    cpSync(copy, folder, { recursive: true });
    await server.restart();
    // Clients are there before any coordinator.
    const handles = [];
    for (let i = 0; i < 40; i++) handles.push(await client.run(chain(first, first), i));

    const errors: string[] = [];
    const log = { ...silent, error: (message: string) => void errors.push(message) };
    const coordinator = createCoordinator({ transport, leaseMs: 1_000, log });
    await coordinator.start();
    for (const [i, handle] of handles.entries()) expect(await handle.result({ timeoutMs: 30_000 })).toBe(i + 2);
    expect(coordinator.stats()).toMatchObject({ logCuts: 1 });
    expect(errors).toEqual([expect.stringMatching(CUT)]);
    rmSync(copy, { recursive: true });
    await worker.stop();
    await coordinator.stop();
    await client.close();
    await transport.close();
  },
  60_000,
);

async function leaseIn(transport: Transport): Promise<LeaseRecord> {
  const entry = await transport.bucket("partitions").get("0");
  if (entry === undefined) throw new Error("nobody has taken the partition");
  return decodeLease(entry.value);
}

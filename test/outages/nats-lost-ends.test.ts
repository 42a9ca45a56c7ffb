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

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const calls = { first: 0, second: 0 };
let isBroken = true;
const gate = { isOpen: false };
// No call gives the same as the one before.
const first = task("first", (n: number): number => n + ++calls.first);
const second = task("second", { retry: { attempts: 1 } }, async (n: number): Promise<string> => {
  calls.second++;
  if (n === 0) await waitUntil(() => gate.isOpen, 60_000);
  else if (isBroken) throw new Error(`broken for the ${calls.second}th time`);
  return `second after ${n}`;
});

test.each(natsServers())(
  "nats-server $version: runs that have ended keep their outcomes when the log loses their ends, and are redriven from there",
  async (binary) => {
    Object.assign(calls, { first: 0, second: 0 });
    isBroken = true;
    gate.isOpen = false;
    await using server = await startNatsServer({ binary });
    const folder = join(server.storeDir, "jetstream", "$G", "streams", "ARP_EVENTS");
    const copy = `${server.storeDir}-older`;
    const transport = await nats({ servers: server.url, partitions: 1 }).open("test");
    const client = await createClient({ transport });
    const worker = createWorker({ transport, tasks: [first, second], log: silent });
    await worker.start();

    // A backup in which the runs have begun, and nothing more has happened.
    const slow = await client.run(second, 0);
    const well = await client.run(chain(first, first), 100);
    const badly = await client.run(chain(first, second), 10);
    await server.stop();
    cpSync(folder, copy, { recursive: true });
    await server.restart();

    const before = createCoordinator({ transport, leaseMs: 1_000, log: silent });
    await before.start();
    const value = await well.result();
    const failure = await badly.result().catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({ message: expect.stringContaining("broken for the") });
    const count = { ...calls };
    // The lease says what was read; the run that goes on keeps the mark before all of them.
    await waitUntil(async () => ((await leaseIn(transport)).lastRead?.sequence ?? 0) >= 6);
    expect((await leaseIn(transport)).mark).toBe(0);
    await before.stop();
    await server.stop();
    rmSync(folder, { recursive: true });
    cpSync(copy, folder, { recursive: true });
    await server.restart();

    const after = createCoordinator({ transport, leaseMs: 1_000, log: silent });
    await after.start();
    expect(after.stats()).toMatchObject({ logCuts: 1, endsRestored: 2, runs: 1 });
    gate.isOpen = true;
    expect(await slow.result({ timeoutMs: 60_000 })).toBe("second after 0");
    expect(await client.attach(well.id).result()).toBe(value);
    await expect(client.attach(badly.id).result()).rejects.toThrow((failure as Error).message);
    expect(calls).toEqual(count);

    isBroken = false;
    const again = await client.redrive(badly.id);
    expect(await again.result({ timeoutMs: 30_000 })).toMatch(/second after 1[12]/);
    expect(calls).toEqual({ first: count.first, second: count.second + 1 });
    rmSync(copy, { recursive: true });
    await worker.stop();
    await after.stop();
    await client.close();
    await transport.close();
  },
  90_000,
);

async function leaseIn(transport: Transport): Promise<LeaseRecord> {
  const entry = await transport.bucket("partitions").get("0");
  if (entry === undefined) throw new Error("nobody has taken the partition");
  return decodeLease(entry.value);
}

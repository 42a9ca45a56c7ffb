import { createCoordinator } from "@arpeggio/coordinator";
import type { Transport } from "@arpeggio/core";
import { provisionNats } from "@arpeggio/transport-nats";
import { chain, createApp, signal, t, task } from "arpeggio";
import { describe, test } from "vitest";
import { waitUntil } from "../outages/waiting.ts";
import { forgetNumbers, undoingMessages } from "../support/attempts-on-disk.ts";
import { natsServers, startNatsServer, type NatsServerProgram } from "../support/nats-server.ts";
import { as, usersConfig, type User } from "./nats-users.ts";

const CONSUMER = "q_cpu_normal";
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** Newer ones do by themselves what coordinators do here. */
const isOld = ({ version }: NatsServerProgram) => version.startsWith("2.9.");

/** A server, and each process on it with a user of its own that may do what its role needs. */
async function start(binary: NatsServerProgram) {
  const server = await startNatsServer({ binary, config: usersConfig });
  const access = { user: "provisioner", pass: "p", inboxPrefix: "_INBOX_arp.provisioner" };
  await provisionNats({ servers: server.url, ...access, queues: ["cpu"] });
  const warnings: string[] = [];
  const executed: string[] = [];
  const open: Transport[] = [];
  const provider = (user: User) => as(user, server.url, (text) => warnings.push(`${user}: ${text}`));
  let letGo: () => void = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const step = task("step", { queue: "cpu" }, (n: number, ctx) => {
    executed.push(ctx.idempotencyKey);
    return n + 1;
  });
  const slow = task("slow", { queue: "cpu" }, async (n: number, ctx) => {
    executed.push(ctx.idempotencyKey);
    await held;
    return n + 1;
  });
  return {
    server,
    warnings,
    executed,
    step,
    slow,
    letGo,
    client: await createApp({ transport: provider("clientA"), roles: ["client"] }),
    worker: () => createApp({ transport: provider("workerCpu"), roles: ["worker"], tasks: [step, slow] }),
    coordinator: async ({ isBlind = false } = {}) => {
      const transport = await provider("coordinator").open("coordinator");
      open.push(transport);
      const coordinator = createCoordinator({ transport: isBlind ? blind(transport) : transport, log: silent });
      await coordinator.start();
      return { transport, coordinator };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(open.map((transport) => transport.close()));
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Does not look at what its queues deliver. */
function blind(transport: Transport): Transport {
  const { name, clock, limits, events, blobs, bus, attempts } = transport;
  return {
    name,
    clock,
    limits,
    events,
    blobs,
    bus,
    bucket: (bucket) => transport.bucket(bucket),
    close: () => transport.close(),
    attempts: {
      publish: (attempt) => attempts.publish(attempt),
      discard: (queue, run) => attempts.discard(queue, run),
      stored: (filter) => attempts.stored(filter),
      consume: (queue, options, onDelivery) => attempts.consume(queue, options, onDelivery),
    },
  };
}

async function countStored({ attempts }: Transport): Promise<number> {
  let count = 0;
  for await (const _ of attempts.stored({})) count++;
  return count;
}

describe.each(natsServers())("with users of their own, on nats-server $version", { timeout: 60_000 }, (binary) => {
  test.concurrent("a queue whose server counts anew goes on by itself", async ({ expect }) => {
    await using world = await start(binary);
    const { server, client, step, executed, warnings } = world;
    const { transport, coordinator } = await world.coordinator();
    const worker = await world.worker();
    for (let n = 0; n < 5; n++) expect(await (await client.run(step, n)).result()).toBe(n + 1);
    await waitUntil(async () => (await countStored(transport)) === 0);

    await forgetNumbers(server, CONSUMER, 5);
    expect(await (await client.run(chain(step, step), 1)).result({ timeoutMs: 15_000 })).toBe(3);
    expect(new Set(executed).size).toBe(7);
    expect(executed).toHaveLength(7);
    expect(coordinator.stats()).toMatchObject({ repaired: 0, withdrawn: 0, leasesLost: 0 });
    if (isOld(binary)) await waitUntil(() => warnings.some((text) => text.includes("is read anew")));
    expect(
      warnings.filter((text) => !/is read anew|waits for a coordinator|messages that are gone/.test(text)),
    ).toEqual([]);
    await worker.close();
    await coordinator.stop();
    await client.close();
  });

  test.concurrent("what a queue has passed over is done, once, also when nobody was there to see", async ({
    expect,
  }) => {
    await using world = await start(binary);
    const { server, client, step, executed, warnings } = world;
    const before = await world.coordinator();
    const worker = await world.worker();
    for (let n = 0; n < 3; n++) expect(await (await client.run(step, n)).result()).toBe(n + 1);
    await waitUntil(async () => (await countStored(before.transport)) === 0);
    await worker.close();
    await before.coordinator.stop();

    await forgetNumbers(server, CONSUMER, 3);
    const runs = await Promise.all(Array.from({ length: 6 }, (_, n) => client.run(step, n)));
    const { coordinator: unseeing } = await world.coordinator({ isBlind: true });
    await waitUntil(async () => (await countStored(before.transport)) === 6);
    await unseeing.stop();
    const { transport, coordinator } = await world.coordinator();
    const next = await world.worker();
    const results = await Promise.all(runs.map((run) => run.result({ timeoutMs: 20_000 })));
    expect(results).toEqual([1, 2, 3, 4, 5, 6]);
    expect(executed).toHaveLength(9);
    expect(new Set(executed).size).toBe(9);
    await waitUntil(async () => (await countStored(transport)) === 0);
    expect(coordinator.stats()).toMatchObject({ passedOver: isOld(binary) ? 3 : 0, repaired: 0 });
    expect(warnings.filter((text) => !text.includes("messages that are gone"))).toEqual([]);
    await next.close();
    await coordinator.stop();
    await client.close();
  });

  test.concurrent("what was done and is there again is removed, and not done again", async ({ expect }) => {
    await using world = await start(binary);
    const { server, client, step, slow, executed } = world;
    const { transport, coordinator } = await world.coordinator();
    const worker = await world.worker();
    const run = await client.run(chain(slow, signal("go", t.number()), step), 1);
    await waitUntil(() => executed.length === 1);
    const places = [
      { acknowledged: 0, delivered: 1 },
      { acknowledged: 1, delivered: 1 },
    ] as const;
    await undoingMessages(server, CONSUMER, places, async () => {
      world.letGo();
      await waitUntil(async () => (await countStored(transport)) === 0);
    });
    // Newer servers have it, too, and it goes with the run.
    if (isOld(binary)) await waitUntil(async () => (await countStored(transport)) === 0);
    // The coordinator reads the log again.
    await waitUntil(() =>
      run.status().then(
        () => true,
        () => false,
      ),
    );
    await run.signal("go", 5);
    expect(await run.result({ timeoutMs: 15_000 })).toBe(6);
    expect(executed).toEqual([`${run.id}/0/1`, `${run.id}/2/1`]);
    expect(coordinator.stats()).toMatchObject({ passedOver: 0, repaired: 0 });
    await worker.close();
    await coordinator.stop();
    await client.close();
  });
});

import { createClient } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { chain, decodeAttempt, task } from "@arpeggio/core";
import type { Delivery, Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { describe, expect, test } from "vitest";
import { newestNatsServer, natsServers, startNatsServer } from "../support/nats-server.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

const bytesOf = (text: string) => Buffer.from(text);
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const first = { queue: "q", priority: 7, runId: "run1" };
const options = { id: "run1:0:1", origin: "client", first } as const;

async function queued(transport: Transport): Promise<string[]> {
  const found: string[] = [];
  for await (const { bytes } of transport.attempts.stored({})) found.push(textOf(bytes));
  return found;
}

async function logged(transport: Transport): Promise<string[]> {
  const found: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const onMessage = ({ bytes }: { bytes: Uint8Array }) => void found.push(textOf(bytes));
    transport.events.read(0, 0, { onMessage, onCaughtUp: resolve, onError: reject }).catch(reject);
  });
  return found;
}

describe("a start that is its run's first attempt, too", { timeout: 30_000 }, () => {
  test("is put into its queue by the server, under its id", async () => {
    await using server = await startNatsServer({ binary: newestNatsServer() });
    const transport = await nats({ servers: server.url, partitions: 1 }).open("test");
    expect(transport.events.queuesStarts).toBe(true);
    const delivered = new Promise<Delivery>((resolve) => {
      void transport.attempts.consume("q", { inHandMax: 1, ackWaitMs: 10_000 }, resolve);
    });
    await transport.events.append(0, bytesOf("start"), options);
    const { bytes, priority } = await delivered;
    expect(textOf(bytes)).toBe("start");
    expect(priority).toBe(7);
    // A coordinator that makes sure brings nothing new.
    await transport.attempts.publish({ ...first, id: "run1:0:1", bytes: bytesOf("again") });
    expect(await queued(transport)).toEqual(["start"]);
    expect(await logged(transport)).toEqual(["start"]);
    await transport.close();
  });

  test("is not put there again when its answer was lost, whatever the server has forgotten", async () => {
    await using server = await startNatsServer({ binary: newestNatsServer() });
    await using proxy = await startTcpProxy(server.port);
    const near = await nats({ servers: server.url, partitions: 1 }).open("near");
    const far = await nats({ servers: proxy.url, partitions: 1 }).open("far");
    const done = new Promise<void>((resolve) => {
      void near.attempts.consume("q", { inHandMax: 1, ackWaitMs: 10_000 }, (delivery) => {
        delivery.ack();
        resolve();
      });
    });
    proxy.loseAnswersTo("run1:0:1");
    const appended = far.events.append(0, bytesOf("start"), options);
    await done;
    while ((await queued(near)).length > 0) await near.bus.flush();
    await server.kill();
    proxy.cut();
    await server.restart();
    await appended;
    expect(await queued(near)).toEqual([]);
    expect(await logged(near)).toEqual(["start"]);
    await far.close();
    await near.close();
  });

  test("is only in the log where the server cannot do that", async () => {
    await using server = await startNatsServer({ binary: natsServers()[0] });
    const transport = await nats({ servers: server.url, partitions: 1 }).open("test");
    await transport.events.append(0, bytesOf("start"), options);
    expect(await logged(transport)).toEqual(["start"]);
    expect(await queued(transport)).toEqual(transport.events.queuesStarts === true ? ["start"] : []);
    await transport.close();
  });

  test("is what a client makes of one task at a time, so that its coordinator has nothing to send", async () => {
    await using server = await startNatsServer({ binary: newestNatsServer() });
    const transport = await nats({ servers: server.url }).open("test");
    const double = task("double", { queue: "fast", labels: { kind: "one" } }, (n: number, ctx) => [
      n * 2,
      ctx.labels["kind"],
      ctx.labels["who"],
      ctx.nodeId,
    ]);
    const client = await createClient({ transport });
    const coordinator = createCoordinator({ transport, log: silent });
    const worker = createWorker({ transport, tasks: [double], queues: ["fast"], log: silent });
    await Promise.all([coordinator.start(), worker.start()]);
    const run = async (n: number) => (await client.run(double, n, { labels: { who: "me" } })).result();
    for (let n = 0; n < 20; n++) expect(await run(n)).toEqual([n * 2, "one", "me", "double"]);
    expect(coordinator.stats()).toMatchObject({ dispatches: 0, withdrawn: 0, outcomes: 20 });
    // Several at a time travel in one message, and graphs of several nodes are the coordinator's.
    await Promise.all([run(1), run(2), run(3)]);
    await client.run(chain(double, double.ignoreInput(2)), 1).then((handle) => handle.result());
    expect(coordinator.stats()).toMatchObject({ dispatches: 4, outcomes: 24 });
    await worker.stop();
    await coordinator.stop();
    await client.close();
    await transport.close();
  });

  test("lies in its queue as an attempt that whoever looks there can read", async () => {
    await using server = await startNatsServer({ binary: newestNatsServer() });
    const transport = await nats({ servers: server.url }).open("test");
    const client = await createClient({ transport });
    const double = task("double", (n: number) => n * 2);
    const handle = await client.run(double, 21, { defaults: { timeout: "5s" } });
    for await (const { bytes, runId } of transport.attempts.stored({})) {
      expect(runId).toBe(handle.id);
      expect(decodeAttempt(bytes)).toMatchObject({
        run: handle.id,
        node: 0,
        nodePath: "double",
        attempt: 1,
        task: "double",
        timeoutMs: 5_000,
        input: { kind: "value" },
      });
    }
    expect(await queued(transport)).toHaveLength(1);
    await client.close();
    await transport.close();
  });
});

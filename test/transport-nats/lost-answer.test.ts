import { nats } from "@arpeggio/transport-nats";
import { describe, expect, test } from "vitest";
import { natsServers, startNatsServer } from "../support/nats-server.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

const bytesOf = (text: string) => Buffer.from(text);
const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

/**
 * The hardest case for a writer: the server has stored a message and the answer never comes. A second connection, past
 * the proxy, tells when it is stored; then the first one is cut, comes back and sends again.
 */
describe.each(natsServers())("an answer of nats-server $version is lost", { timeout: 30_000 }, (binary) => {
  async function start() {
    const server = await startNatsServer({ binary });
    const proxy = await startTcpProxy(server.port);
    const near = await nats({ servers: server.url }).open("near");
    const far = await nats({ servers: proxy.url }).open("far");
    return {
      near,
      far,
      proxy,
      async [Symbol.asyncDispose]() {
        await far.close();
        await near.close();
        await proxy[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  test("a conditional write that succeeded is not taken for a conflict", async () => {
    await using world = await start();
    const { near, far, proxy } = world;
    const stored = new Promise<void>((resolve) => {
      void near.bucket("runs").observe("run1", () => resolve());
    });
    await near.bus.flush();
    proxy.loseAnswers();
    const write = far.bucket("runs").putAt("run1", bytesOf("mine"), 0);
    await stored;
    await near.bus.flush();
    proxy.cut();
    const revision = await write;
    expect(await near.bucket("runs").get("run1")).toMatchObject({ revision });
  });

  test("a conditional write of another process is still a conflict, even with equal bytes", async () => {
    await using world = await start();
    const { near, far, proxy } = world;
    const revision = await near.bucket("runs").put("run1", bytesOf("same"));
    await near.bucket("runs").put("run1", bytesOf("same"));
    proxy.loseAnswers();
    const write = far.bucket("runs").putAt("run1", bytesOf("same"), revision);
    proxy.cut();
    await expect(write).rejects.toMatchObject({ code: "REVISION_MISMATCH" });
  });

  test("a claim that succeeded is the claimer's", async () => {
    await using world = await start();
    const { near, far, proxy } = world;
    const stored = new Promise<void>((resolve, reject) => {
      void near.events.read(0, 0, { onMessage: () => resolve(), onCaughtUp: () => {}, onError: reject });
    });
    proxy.loseAnswers();
    const claim = far.events.claim(0, "run1", bytesOf("start"));
    await stored;
    proxy.cut();
    expect(await claim).toEqual({ claimed: true });
    const later = await near.events.claim(0, "run1", bytesOf("start"));
    expect(later.claimed).toBe(false);
  });

  test("events with an id are stored once and all keep their order", async () => {
    await using world = await start();
    const { near, far, proxy } = world;
    const seen: string[] = [];
    let resolveLast = () => {};
    const last = new Promise<void>((resolve) => (resolveLast = resolve));
    let resolveFirst = () => {};
    const first = new Promise<void>((resolve) => (resolveFirst = resolve));
    await near.events.read(0, 0, {
      onMessage: ({ bytes }) => {
        seen.push(textOf(bytes));
        if (seen.length === 3) resolveFirst();
        if (textOf(bytes) === "6") resolveLast();
      },
      onCaughtUp: () => {},
      onError: () => {},
    });
    const append = (n: number) => far.events.append(0, bytesOf(String(n)), { id: `event-${n}` });
    proxy.loseAnswers();
    const early = [1, 2, 3].map(append);
    await first;
    proxy.cut();
    const late = [4, 5, 6].map(append);
    await Promise.all([...early, ...late]);
    await last;
    expect(seen).toEqual(["1", "2", "3", "4", "5", "6"]);
  });

  test("an attempt is queued once", async () => {
    await using world = await start();
    const { near, far, proxy } = world;
    proxy.loseAnswers();
    const attempt = { queue: "q", priority: 5, runId: "run1", id: "run1:0:1", bytes: bytesOf("once") };
    const published = far.attempts.publish(attempt);
    const counts: number[] = [];
    const ids: string[] = [];
    let resolveMarker = () => {};
    const marker = new Promise<void>((resolve) => (resolveMarker = resolve));
    const consumer = await near.attempts.consume("q", { inHandMax: 10, ackWaitMs: 10_000 }, (delivery) => {
      counts.push(delivery.deliveryCount);
      ids.push(delivery.messageId);
      if (textOf(delivery.bytes) === "marker") resolveMarker();
      else proxy.cut();
      delivery.ack();
    });
    await published;
    await near.attempts.publish({ ...attempt, id: "marker", bytes: bytesOf("marker") });
    await marker;
    expect(ids).toHaveLength(2);
    expect(counts).toEqual([1, 1]);
    await consumer.stop();
  });
});

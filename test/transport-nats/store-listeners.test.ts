import type { StoreListener, Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { describe, expect, test } from "vitest";
import { natsServers, startNatsServer } from "../support/nats-server.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

const bytesOf = (text: string) => Buffer.from(text);

/** The same as the promise of `publish` or `put`; fails where the listener is told twice. */
function told(begin: (listener: StoreListener) => void): Promise<void> {
  let calls = 0;
  return new Promise((resolve, reject) => {
    const once = (settle: () => void) => {
      if (++calls > 1) throw new Error("the listener was told twice");
      settle();
    };
    begin({ onStored: () => once(resolve), onFailed: (error) => once(() => reject(error)) });
  });
}

function attemptOf(runId: string, more: object = {}) {
  return { queue: "q", priority: 5, runId, id: `${runId}:0:1`, bytes: bytesOf(runId), ...more };
}

const storeAttempt = ({ attempts }: Transport, attempt: ReturnType<typeof attemptOf>) =>
  told((listener) => attempts.store?.(attempt, listener));
const storeResult = (transport: Transport, key: string, value: Uint8Array) =>
  told((listener) => transport.bucket("results").store?.(key, value, listener));

async function storedIn({ attempts }: Transport): Promise<string[]> {
  const found: string[] = [];
  for await (const { runId } of attempts.stored({})) found.push(runId);
  return found.sort();
}

describe.each(natsServers())("listeners of writes to nats-server $version", { timeout: 30_000 }, (binary) => {
  async function start(options: { queueMessagesMax?: number } = {}) {
    const server = await startNatsServer({ binary });
    const transport = await nats({ servers: server.url, ...options }).open("writer");
    return {
      server,
      transport,
      async [Symbol.asyncDispose]() {
        await transport.close();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  test("are told when an attempt and a value are durable", async () => {
    await using world = await start();
    const { transport } = world;
    await Promise.all([storeAttempt(transport, attemptOf("a")), storeAttempt(transport, attemptOf("b"))]);
    expect(await storedIn(transport)).toEqual(["a", "b"]);
    await storeAttempt(transport, attemptOf("a"));
    expect(await storedIn(transport)).toEqual(["a", "b"]);
    await storeResult(transport, "run1.client", bytesOf("x"));
    expect((await transport.bucket("results").get("run1.client"))?.value).toEqual(bytesOf("x"));
  });

  test("are told why not", async () => {
    await using world = await start({ queueMessagesMax: 3 });
    const { transport } = world;
    const bytes = new Uint8Array(transport.limits.messageBytesMax + 1);
    const tooLarge = { code: "MESSAGE_TOO_LARGE" };
    await expect(storeAttempt(transport, attemptOf("a", { bytes }))).rejects.toMatchObject(tooLarge);
    await expect(storeResult(transport, "run1.client", bytes)).rejects.toMatchObject(tooLarge);
    const notValid = { code: "NAME_INVALID" };
    await expect(storeAttempt(transport, attemptOf("a", { queue: "*" }))).rejects.toMatchObject(notValid);
    await expect(storeAttempt(transport, attemptOf("a", { id: "a\nb" }))).rejects.toMatchObject(notValid);
    await expect(storeResult(transport, "run1.*", bytesOf("x"))).rejects.toMatchObject(notValid);
    const many = Array.from({ length: 8 }, (_, i) => storeAttempt(transport, attemptOf(`run${i}`)));
    const failures = (await Promise.allSettled(many)).filter((one) => one.status === "rejected");
    expect(failures.map(({ reason }) => (reason as { code: string }).code)).toContain("QUEUE_FULL");
    await transport.close();
    await expect(storeAttempt(transport, attemptOf("z"))).rejects.toMatchObject({ code: "TRANSPORT_CLOSED" });
  });

  test("are told of what was withdrawn as if it were stored", async () => {
    await using world = await start();
    await using proxy = await startTcpProxy(world.server.port);
    const far = await nats({ servers: proxy.url }).open("far");
    proxy.loseAnswers();
    let asked = 0;
    const stillWanted = () => {
      asked++;
      return false;
    };
    const storing = storeAttempt(far, attemptOf("a", { stillWanted }));
    await expect.poll(() => storedIn(world.transport)).toEqual(["a"]);
    proxy.cut();
    await storing;
    expect(asked).toBe(1);
    await far.close();
  });
});

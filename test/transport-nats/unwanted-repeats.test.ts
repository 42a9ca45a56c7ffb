import { setTimeout } from "node:timers/promises";
import { nats } from "@arpeggio/transport-nats";
import type { Transport } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { natsServers, startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { Gathered } from "../conformance/gathered.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

const bytesOf = (text: string) => Buffer.from(text);

/**
 * A killed server has forgotten the ids of attempts that were done with before. So whoever misses the answer to a publish
 * must not simply repeat it: the attempt may have been stored, executed and removed.
 */
describe.each(natsServers())(
  "an attempt whose answer was lost by nats-server $version",
  { timeout: 30_000 },
  (binary) => {
    interface World extends AsyncDisposable {
      readonly server: NatsServer;
      readonly proxy: TcpProxy;
      /** Its connection is lost. */
      readonly far: Transport;
      readonly near: Transport;
    }

    async function start(): Promise<World> {
      const server = await startNatsServer({ binary });
      const proxy = await startTcpProxy(server.port);
      const near = await nats({ servers: server.url }).open("near");
      const far = await nats({ servers: proxy.url }).open("far");
      return {
        server,
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

    const attempt = { queue: "q", priority: 5, runId: "run1", id: "run1:0:1", bytes: bytesOf("once") };

    async function storedIn({ near }: World): Promise<string[]> {
      const found: string[] = [];
      for await (const { bytes } of near.attempts.stored({})) found.push(Buffer.from(bytes).toString());
      return found;
    }

    /** Publishes it, has it consumed, and kills the server; nothing of that has come to the publisher. */
    async function publishAndKill(world: World, stillWanted: () => boolean | Promise<boolean>) {
      const { near, far, proxy, server } = world;
      proxy.loseAnswers();
      let published: Promise<void> = Promise.resolve();
      await new Promise<void>((resolve, reject) => {
        const options = { inHandMax: 10, ackWaitMs: 10_000 };
        const consumed = near.attempts.consume("q", options, (delivery) => {
          delivery.ack();
          consumed.then((consumer) => consumer.stop()).then(resolve, reject);
        });
        consumed.then(() => (published = far.attempts.publish({ ...attempt, stillWanted })), reject);
      });
      while ((await storedIn(world)).length > 0) await near.bus.flush();
      await server.kill();
      proxy.cut();
      await server.restart();
      return { published };
    }

    test("is not stored again when it is no longer wanted", async () => {
      await using world = await start();
      let asked = 0;
      const { published } = await publishAndKill(world, () => {
        asked++;
        return Promise.resolve(false);
      });
      await published;
      expect(await storedIn(world)).toEqual([]);
      expect(asked).toBe(1);
    });

    test("is stored again when it is still wanted", async () => {
      await using world = await start();
      const { published } = await publishAndKill(world, () => true);
      await published;
      expect(await storedIn(world)).toEqual(["once"]);
    });

    test("is asked for once more when the connection breaks while the answer is thought about", async () => {
      await using world = await start();
      const { proxy } = world;
      const asking = new Gathered<(isWanted: boolean) => void>();
      const { published } = await publishAndKill(world, () => new Promise<boolean>((resolve) => asking.add(resolve)));
      await asking.atLeast(1);
      await world.far.bus.flush();
      proxy.cut();
      await world.far.bus.flush();
      // It was true of the connection before.
      asking.items[0]?.(true);
      await asking.atLeast(2);
      asking.items[1]?.(false);
      await published;
      expect(await storedIn(world)).toEqual([]);
    });

    test("is asked for once more when the server is restarted before its first sending was answered for", async () => {
      await using world = await start();
      const { server, far } = world;
      const asking = new Gathered<(isWanted: boolean) => void>();
      const stillWanted = () => new Promise<boolean>((resolve) => asking.add(resolve));
      const published = far.attempts.publish({ ...attempt, mayBeStored: true, stillWanted });
      await asking.atLeast(1);
      await server.kill();
      await server.restart();
      await far.bus.flush();
      // True of the server before, which had not forgotten yet what is done.
      asking.items[0]?.(true);
      await asking.atLeast(2);
      asking.items[1]?.(false);
      await published;
      expect(await storedIn(world)).toEqual([]);
    });

    test("is asked for when it has waited long for room to be sent for the first time", async () => {
      await using world = await start();
      const { server, far } = world;
      let asked = 0;
      const stillWanted = () => {
        asked++;
        return true;
      };
      await far.attempts.publish({ ...attempt, stillWanted });
      expect(asked).toBe(0);
      server.pause();
      const fillers = Array.from({ length: 8_192 }, () => far.events.append(0, bytesOf("full")));
      const late = far.attempts.publish({ ...attempt, id: "run1:1:1", stillWanted });
      // In a cluster, the server that has the stream could be started anew in this time, and the connection would not break.
      await setTimeout(500);
      server.resume();
      await Promise.all([...fillers, late]);
      expect(asked).toBe(1);
      expect(await storedIn(world)).toEqual(["once", "once"]);
    });

    test("is not waited for by others: what is asked about leaves its room to them", async () => {
      await using world = await start();
      const { server, far } = world;
      await server.kill();
      let isKnown = false;
      const waiting: ((isWanted: boolean) => void)[] = [];
      // More than may be under way at once.
      const published = Array.from({ length: 9_000 }, (_, i) =>
        far.attempts.publish({
          ...attempt,
          id: `run1:${i}:1`,
          // Those without room are asked for again when there is some.
          stillWanted: () => isKnown || new Promise<boolean>((resolve) => waiting.push(resolve)),
        }),
      );
      await server.restart();
      await far.events.append(0, bytesOf("an event"));
      while (waiting.length < published.length) await far.events.append(0, bytesOf("another"));
      isKnown = true;
      for (const answer of waiting) answer(true);
      await Promise.all(published);
      expect(await storedIn(world)).toHaveLength(9_000);
    });
  },
);

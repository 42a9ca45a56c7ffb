import { createClient } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { chain, task } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { expect, test } from "vitest";
import { natsServers, startNatsServer } from "../support/nats-server.ts";
import { startTcpProxy } from "../transport-nats/tcp-proxy.ts";
import { waitUntil } from "./waiting.ts";

const executed: string[] = [];
const step = task("step", (n: number, ctx): number => {
  executed.push(ctx.idempotencyKey);
  return n + 1;
});
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The hardest moment to lose a server: an attempt is done with, and its coordinator does not know that it was ever stored. */
test.each(natsServers())(
  "nats-server $version: an attempt that was done before the server was killed is not dispatched again",
  async (binary) => {
    executed.length = 0;
    await using server = await startNatsServer({ binary });
    await using proxy = await startTcpProxy(server.port);
    const near = await nats({ servers: server.url }).open("near");
    const far = await nats({ servers: proxy.url }).open("far");
    const client = await createClient({ transport: near });
    const worker = createWorker({ transport: near, tasks: [step], log: silent });
    const coordinator = createCoordinator({ transport: far, log: silent });
    await Promise.all([coordinator.start(), worker.start()]);
    expect(await client.run(step, 0).then((handle) => handle.result())).toBe(1);

    executed.length = 0;
    proxy.loseAnswersTo("lost:0:1");
    const handle = await client.run(chain(step, step, step), 1, { id: "lost" });
    await waitUntil(() => executed.length === 1);
    await waitUntil(async () => {
      for await (const _ of near.attempts.stored({})) return false;
      return true;
    });
    await server.kill();
    proxy.cut();
    await server.restart();

    expect(await handle.result({ timeoutMs: 20_000 })).toBe(4);
    expect(executed).toEqual(["lost/0/1", "lost/1/1", "lost/2/1"]);
    expect(coordinator.stats()).toMatchObject({ withdrawn: 1, leasesLost: 0, repaired: 0 });

    await worker.stop();
    await coordinator.stop();
    await client.close();
    await Promise.all([far.close(), near.close()]);
  },
  60_000,
);

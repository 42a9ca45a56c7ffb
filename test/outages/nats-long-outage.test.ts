import { createCoordinator } from "@arpeggio/coordinator";
import { chain, task } from "@arpeggio/core";
import { createClient } from "@arpeggio/client";
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { expect, test } from "vitest";
import { natsServers, startNatsServer } from "../support/nats-server.ts";
import { waitUntil } from "./waiting.ts";

const seen: string[] = [];
const double = task("double", (n: number, ctx): number => {
  seen.push(ctx.idempotencyKey);
  return n * 2;
});
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

test.each(natsServers())(
  "nats-server $version: an outage of the coordinators longer than the memory of ids doubles nothing and loses nothing",
  async (binary) => {
    await using server = await startNatsServer({ binary });
    const provider = nats({ servers: server.url, dedupeMs: 1_000, partitions: 2 });
    const transport = await provider.open("test");
    const client = await createClient({ transport });
    const dying = await provider.open("dying");
    const first = createCoordinator({ transport: dying, name: "first", leaseMs: 1_000, log: silent });
    await first.start();
    const handles = await Promise.all(Array.from({ length: 20 }, (_, n) => client.run(chain(double, double), n)));
    await waitUntil(async () => {
      let stored = 0;
      for await (const _ of transport.attempts.stored({})) stored++;
      return stored === 20;
    });
    // Not stopped in good order: its connection is gone, and its mark lies before the starts.
    await dying.close();
    const late = await Promise.all(Array.from({ length: 20 }, (_, n) => client.run(chain(double, double), n)));
    // The server itself must have forgotten the ids; nobody tells when it has, so the time is asked.
    const since = Date.now();
    await waitUntil(() => Date.now() - since > 2_500);

    const second = createCoordinator({ transport, name: "second", leaseMs: 1_000, log: silent });
    await second.start();
    await waitUntil(() => second.stats().stillQueued + second.stats().redispatches === 40);
    expect(second.stats()).toMatchObject({ stillQueued: 20, redispatches: 20 });
    const worker = createWorker({ transport, tasks: [double], log: silent });
    seen.length = 0;
    await worker.start();
    const values = await Promise.all([...handles, ...late].map((handle) => handle.result()));
    expect(values).toEqual([...handles, ...late].map((_, i) => (i % 20) * 4));
    expect(seen.length).toBe(new Set(seen).size);
    await worker.stop();
    await second.stop();
    await client.close();
    await transport.close();
  },
);

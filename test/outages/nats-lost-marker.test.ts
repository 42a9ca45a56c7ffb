import { createClient } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import { chain, task } from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { createWorker } from "@arpeggio/worker";
import { expect, test } from "vitest";
import { withAttempts, withEvents } from "../coordinator/faulty.ts";
import { natsServers, startNatsServer } from "../support/nats-server.ts";
import { losingMarker } from "./lost-marker.ts";
import { waitUntil } from "./waiting.ts";

const double = task("double", (n: number): number => n * 2);
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function changed(transport: Transport, change: Partial<Transport>): Transport {
  const own = { bucket: transport.bucket.bind(transport), close: transport.close.bind(transport) };
  return { ...transport, ...own, ...change };
}

test.each(natsServers())(
  "nats-server $version: a marker that the log loses before it is read keeps no attempt back",
  async (binary) => {
    await using server = await startNatsServer({ binary });
    const provider = nats({ servers: server.url, partitions: 1 });
    const transport = await provider.open("test");
    const client = await createClient({ transport });
    const worker = createWorker({ transport, tasks: [double], log: silent });
    await worker.start();
    const crashing = await provider.open("crashing");
    // Its publishes never come to an end, so the next one has to ask whether they are still wanted.
    const never = withAttempts(crashing, { publish: () => new Promise(() => {}) });
    const first = createCoordinator({ transport: changed(crashing, never), leaseMs: 1_000, log: silent });
    await first.start();
    const handle = await client.run(chain(double, double), 1);
    await waitUntil(() => first.stats().dispatches === 1);
    await crashing.close();

    const { append, lost } = losingMarker(transport.events);
    const losing = changed(transport, withEvents(transport, { append }));
    const second = createCoordinator({ transport: losing, leaseMs: 1_000, log: silent });
    await second.start();
    // Long before the reconciler looks.
    expect(await handle.result({ timeoutMs: 20_000 })).toBe(4);
    expect(lost()).toBe(1);
    expect(second.stats()).toMatchObject({ repaired: 0 });
    await worker.stop();
    await second.stop();
    await client.close();
    await transport.close();
  },
  60_000,
);

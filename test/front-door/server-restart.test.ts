import { createApp, nats, task } from "arpeggio";
import { expect, test } from "vitest";
import { gate } from "../coordinator/faulty.ts";
import { startNatsServer } from "../support/nats-server.ts";

test("runs, results and events survive a server that crashes and comes back", async () => {
  await using server = await startNatsServer();
  const gates = Array.from({ length: 20 }, gate);
  const begun = new Set<number>();
  // Those that come a second time, after the crash, find their gate open.
  const gated = task("gated", async (n: number) => {
    begun.add(n);
    await gates[n]?.opened;
    return n;
  });
  await using app = await createApp({ transport: nats({ servers: server.url }), tasks: [gated], concurrency: 20 });

  const runs = await Promise.all(gates.map((_, i) => app.run(gated, i)));
  const results = Promise.all(runs.map((run) => run.result()));
  const ends = (async () => {
    const types: string[] = [];
    for await (const { type } of runs[0]?.events() ?? []) types.push(type);
    return types;
  })();
  while (begun.size < 20) await new Promise((resolve) => setImmediate(resolve));

  await server.kill();
  // Half of them end while there is no server to tell.
  for (const { open } of gates.slice(0, 10)) open();
  await server.restart();
  for (const { open } of gates.slice(10)) open();

  expect(await results).toEqual(runs.map((_, i) => i));
  expect((await ends).at(-1)).toBe("ended");
  expect(await (await app.run(task("after", () => "and it goes on"))).result()).toBe("and it goes on");
}, 60_000);

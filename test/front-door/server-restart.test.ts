import { createApp, nats, task } from "arpeggio";
import { expect, test } from "vitest";
import { startNatsServer } from "../support/nats-server.ts";

test("runs, results and events survive a server that crashes and comes back", async () => {
  await using server = await startNatsServer();
  const opens = new Map<number, () => void>();
  const gated = task("gated", (n: number) => new Promise<number>((resolve) => opens.set(n, () => resolve(n))));
  await using app = await createApp({ transport: nats({ servers: server.url }), tasks: [gated], concurrency: 20 });

  const runs = await Promise.all(Array.from({ length: 20 }, (_, i) => app.run(gated, i)));
  const results = Promise.all(runs.map((run) => run.result()));
  const ends = (async () => {
    const types: string[] = [];
    for await (const { type } of runs[0]?.events() ?? []) types.push(type);
    return types;
  })();
  while (opens.size < 20) await new Promise((resolve) => setImmediate(resolve));

  await server.kill();
  // Half of them end while there is no server to tell.
  for (let i = 0; i < 10; i++) opens.get(i)?.();
  await server.restart();
  for (let i = 10; i < 20; i++) opens.get(i)?.();

  expect(await results).toEqual(runs.map((_, i) => i));
  expect((await ends).at(-1)).toBe("ended");
  expect(await (await app.run(task("after", () => "and it goes on"))).result()).toBe("and it goes on");
}, 60_000);

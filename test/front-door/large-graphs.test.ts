import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp, group, nats, task, type App, type Canvas } from "arpeggio";
import { startNatsServer, type NatsServer } from "../support/nats-server.ts";

const COUNT = 10_000;
const increment = task("increment", (n: number) => n + 1);
/** Names as long as they may be: the graphs have some megabytes, more than a message takes. */
const named = (i: number): Canvas<number, number> => increment.named(`n${i}`.padEnd(200, "x"));
const steps = Array.from({ length: COUNT }, (_, i) => named(i));
const long = steps.reduce((before, step) => before.pipe(step));
const wide = group(steps);

/** Each run's result; the first graph runs a second time. */
async function results(open: () => Promise<App>): Promise<unknown> {
  await using app = await open();
  const runs = [await app.run(long, 0), await app.run(wide, 1), await app.run(long, 1)];
  return await Promise.all(runs.map((run) => run.result()));
}
const expected = [COUNT, steps.map(() => 2), COUNT + 1];

test("a graph that is larger than a message runs in one process", { timeout: 120_000 }, async () => {
  expect(await results(() => createApp())).toEqual(expected);
});

describe("on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test(
    "a graph that is larger than a message runs, and is found by the next client",
    { timeout: 240_000 },
    async () => {
      const open = () => createApp({ transport: nats({ servers: server.url }) });
      expect(await results(open)).toEqual(expected);
      await using app = await open();
      expect(await (await app.run(wide, 2)).result()).toEqual(steps.map(() => 3));
    },
  );
});

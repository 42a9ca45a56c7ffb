import { chain, task } from "@arpeggio/core";
import { expect, test } from "vitest";
import { withAttempts, createOn } from "../coordinator/faulty.ts";
import { World } from "../coordinator/world.ts";

const double = task("double", (n: number): number => n * 2);
const work = (input: unknown) => (input as number) * 2;
const HOUR_MS = 3_600_000;

test("an attempt that is still queued after an outage longer than the memory of ids is not sent again", async () => {
  await using world = await World.open({ dedupeMs: 1_000 });
  const first = await world.coordinator("first");
  await world.start("a", chain(double, double), 1);
  await world.until(() => first.it.stats().dispatches === 1);
  await first.kill();
  world.clock.advance(HOUR_MS);

  const second = await world.coordinator("second");
  await world.until(() => second.it.stats().stillQueued === 1);
  await world.worker(work);
  expect(await world.valueOf("a")).toBe(4);
  expect(world.delivered.map(({ node }) => node)).toEqual([0, 1]);
  expect(second.it.stats()).toMatchObject({ redispatches: 0 });
});

test("an attempt that was never stored is sent after the outage", async () => {
  await using world = await World.open({ dedupeMs: 1_000 });
  // Its publishes never come to an end: what a coordinator looks like that dies before they are stored.
  const first = await createOn(world, (transport) =>
    withAttempts(transport, { publish: () => new Promise<void>(() => {}) }),
  );
  await first.it.start();
  await world.start("a", chain(double, double), 1);
  await world.until(() => first.it.stats().dispatches === 1);
  await first.kill();
  world.clock.advance(HOUR_MS);

  const second = await world.coordinator("second");
  await world.worker(work);
  expect(await world.valueOf("a")).toBe(4);
  expect(second.it.stats()).toMatchObject({ redispatches: 1, stillQueued: 0 });
});

test("a start that was stored while no coordinator ran is begun after the outage", async () => {
  await using world = await World.open({ dedupeMs: 1_000 });
  await world.start("a", double, 4);
  world.clock.advance(HOUR_MS);
  await world.coordinator();
  await world.worker(work);
  expect(await world.valueOf("a")).toBe(8);
});

test("a queue that cannot be asked is asked again, and no checkpoint forgets what it was asked for", async () => {
  await using world = await World.open({ dedupeMs: 1_000 });
  const first = await createOn(world, (transport) =>
    withAttempts(transport, { publish: () => new Promise<void>(() => {}) }),
  );
  await first.it.start();
  await world.start("a", double, 1);
  await world.until(() => first.it.stats().dispatches === 1);
  await first.kill();
  world.clock.advance(HOUR_MS);

  let asked = 0;
  const second = await createOn(world, (transport) =>
    withAttempts(transport, {
      stored: (filter) => {
        if (++asked < 3) throw new Error("the queue cannot be asked");
        return transport.attempts.stored(filter);
      },
    }),
  );
  await second.it.start();
  await world.worker(work);
  expect(await world.valueOf("a")).toBe(2);
  expect(second.it.stats().writeRetries).toBeGreaterThan(0);
});

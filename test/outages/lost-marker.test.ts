import { task } from "@arpeggio/core";
import { expect, test } from "vitest";
import { createOn, withAttempts, withEvents } from "../coordinator/faulty.ts";
import { World } from "../coordinator/world.ts";
import { losingMarker } from "./lost-marker.ts";

const double = task("double", (n: number): number => n * 2);

test("a marker that the log loses before it is read keeps no attempt back", async () => {
  await using world = await World.open();
  // Its publishes never come to an end, so the next one has to ask whether they are still wanted.
  const first = await createOn(world, (transport) => withAttempts(transport, { publish: () => new Promise(() => {}) }));
  await first.it.start();
  await world.start("a", double, 1);
  await world.until(() => first.it.stats().dispatches === 1);
  await first.kill();

  let lost = () => 0;
  const second = await createOn(world, (transport) => {
    const marker = losingMarker(transport.events);
    lost = marker.lost;
    return withEvents(transport, { append: marker.append });
  });
  await second.it.start();
  await world.until(() => lost() === 1, 50);
  const lostAtMs = world.clock.now();
  await world.worker((input) => (input as number) * 2);
  expect(await world.valueOf("a")).toBe(2);
  // Long before the reconciler looks.
  expect(world.clock.now() - lostAtMs).toBeLessThan(5_000);
});

import { map, task } from "@arpeggio/core";
import type { QueuedAttempt } from "@arpeggio/core";
import { expect, test } from "vitest";
import { coordinatorOn, gate, withAttempts } from "./faulty.ts";
import { World } from "./world.ts";

const double = task("double", (input: number): number => input * 2);
const work = (input: unknown): number => (input as number) * 2;
const items = Array.from({ length: 2_100 }, (_, i) => i);

/** A coordinator whose queue answers nothing until the gate opens. */
async function heldUp(world: World) {
  const { opened, open } = gate();
  const published: QueuedAttempt[] = [];
  const it = await coordinatorOn(world, (transport) =>
    withAttempts(transport, {
      publish: async (attempt) => {
        published.push(attempt);
        await opened;
        return transport.attempts.publish(attempt);
      },
    }),
  );
  return { it, published, open };
}

test("so many attempts are on their way at a time, and the others follow in their order", async () => {
  await using world = await World.open();
  const { it, published, open } = await heldUp(world);
  await world.start("r", map(double), items);
  await world.until(() => published.length > 0);
  const before = published.length;
  expect(before).toBeLessThan(items.length / 2);
  expect(it.stats().dispatches).toBe(before);
  await world.worker(work);
  open();
  expect(await world.valueOf("r")).toEqual(items.map((item) => item * 2));
  expect(published.map(({ id }) => id)).toEqual(items.map((item) => `r:${item + 1}:1`));
});

test("what is held back when its run is cancelled is never sent, and holds no checkpoint up", async () => {
  await using world = await World.open();
  const { it, published, open } = await heldUp(world);
  await world.start("r", map(double), items);
  await world.until(() => published.length > 0);
  const before = published.length;
  await world.append({ type: "run.cancel.requested", run: "r", reason: "enough" });
  await world.until(() => world.outcomes.has("r"));
  open();
  const { checkpoints } = it.stats();
  await world.until(() => it.stats().checkpoints > checkpoints);
  expect(published).toHaveLength(before);
});

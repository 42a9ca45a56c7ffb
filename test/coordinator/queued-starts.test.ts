import { compile, encodeAttempt, encodeEvent, encodeGraph, encodePayload, task } from "@arpeggio/core";
import type { RunStarted } from "@arpeggio/core";
import { expect, test } from "vitest";
import { World } from "./world.ts";

const double = task("double", (input: number): number => input * 2);
const work = (input: unknown): number => (input as number) * 2;
const { graph, hash } = compile(double);

/** Stores a start with its first attempt in it; the log puts it into its queue if `isQueued`, as it may fail to. */
async function start(world: World, run: string, isQueued: boolean): Promise<void> {
  await world.client.bucket("graphs").put(hash, encodeGraph(graph));
  const input = encodePayload(4);
  const about = { run, partition: 0, node: 0, nodePath: "double", attempt: 1, task: "double" };
  const event: RunStarted = {
    type: "run.started",
    run,
    client: "client",
    workflow: "double",
    graph: hash,
    input,
    first: encodeAttempt({ ...about, input: { kind: "value", payload: new Uint8Array(0) } }),
  };
  const bytes = encodeEvent(event);
  await world.client.events.append(0, bytes);
  if (!isQueued) return;
  await world.client.attempts.publish({ queue: "default", priority: 4, runId: run, id: `${run}:0:1`, bytes });
}

test("a first attempt that the log has put into its queue is not sent", async () => {
  await using world = await World.open();
  const { it } = await world.coordinator();
  await world.worker(work);
  await start(world, "r", true);
  expect(await world.valueOf("r")).toBe(8);
  expect(it.stats()).toMatchObject({ dispatches: 0, repaired: 0 });
});

test("one of which nothing is heard is sent, and only once if it was there", async () => {
  await using world = await World.open();
  const { it } = await world.coordinator();
  await start(world, "lost", false);
  await start(world, "slow", true);
  await world.until(() => it.stats().dispatches === 2);
  await world.worker(work);
  expect([await world.valueOf("lost"), await world.valueOf("slow")]).toEqual([8, 8]);
  expect(world.delivered.map(({ run }) => run).sort()).toEqual(["lost", "slow"]);
});

test("the next owner sends what its predecessor had not made sure of", async () => {
  await using world = await World.open();
  const first = await world.coordinator("first");
  await start(world, "lost", false);
  await world.until(() => first.it.stats().events === 1, 0);
  await first.kill();
  const second = await world.coordinator("second");
  await world.worker(work);
  expect(await world.valueOf("lost")).toBe(8);
  expect(second.it.stats()).toMatchObject({ redispatches: 1, repaired: 0 });
});

test("an owner that stops leaves them to the next one, at once", async () => {
  await using world = await World.open();
  const first = await world.coordinator("first");
  await start(world, "lost", false);
  await world.until(() => first.it.stats().events === 1, 0);
  await first.it.stop();
  const second = await world.coordinator("second");
  expect(second.it.owned()).toEqual([0]);
  await world.worker(work);
  expect(await world.valueOf("lost")).toBe(8);
  expect(second.it.stats()).toMatchObject({ redispatches: 1 });
});

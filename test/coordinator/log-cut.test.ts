import { chain, encodeLease, encodePayload, task } from "@arpeggio/core";
import { expect, test } from "vitest";
import { CutLog } from "./cut-log.ts";
import { coordinatorOn, leaseOf } from "./faulty.ts";
import { World } from "./world.ts";

const double = task("double", (input: number): number => input * 2);
const twice = (input: unknown) => (input as number) * 2;

/** Two runs of two steps that stand before their second one; the log keeps all of the first, and nothing of the second. */
async function withTwoRuns(world: World): Promise<void> {
  for (const run of ["kept", "lost"]) {
    await world.start(run, chain(double, double), 1);
    await world.append({ type: "attempt.succeeded", run, node: 0, attempt: 1, result: encodePayload(2) });
  }
}
const lost = { from: 3, to: 4 };

/** The same with a state of each, and an owner that is gone. */
async function withTwoStates(world: World): Promise<void> {
  const first = await world.coordinator("first");
  await withTwoRuns(world);
  await world.until(() => first.it.stats().checkpoints > 0, 50);
  await first.kill();
  expect(await leaseOf(world)).toMatchObject({ mark: 4, lastRead: { sequence: 4 } });
}

/** A coordinator that has the partition, on this log. */
async function ownerOn(world: World, log: CutLog) {
  const it = await coordinatorOn(world, (transport) => log.of(transport));
  await world.until(() => it.owned().length === 1, 50);
  return it;
}

// What comes after the cut has numbers that do not reach the old end again, just reach it, or go beyond it.
test.each([1, 2, 20])("a log that has lost its end and has %i new messages loses none of them", async (added) => {
  await using world = await World.open();
  await withTwoStates(world);
  const log = new CutLog();
  log.lose(lost);
  const news = Array.from({ length: added }, (_, i) => `new-${i}`);
  for (const run of news) await world.start(run, double, 5);

  const second = await ownerOn(world, log);
  await world.worker(twice);
  for (const run of news) expect(await world.valueOf(run)).toBe(10);
  expect([await world.valueOf("kept"), await world.valueOf("lost")]).toEqual([4, 4]);
  expect(second.stats()).toMatchObject({ logCuts: 1, deadLetters: 0 });
  await second.stop();

  // From now on it is a log like any other.
  const third = await ownerOn(world, log);
  expect(third.stats()).toMatchObject({ logCuts: 0, runs: 0, replayed: 0 });
  expect(await world.client.bucket("partitions").get("cut-0")).toBeUndefined();
});

test("a log and a lease that are both older than the states of runs lose nothing that comes", async () => {
  await using world = await World.open();
  await withTwoStates(world);
  const log = new CutLog();
  log.lose({ from: 1, to: 4 });
  await world.client.bucket("partitions").delete("0");
  const second = await ownerOn(world, log);
  await world.worker(twice);
  // Their outcomes have numbers below those of the lost messages.
  expect([await world.valueOf("kept"), await world.valueOf("lost")]).toEqual([4, 4]);
  expect(second.stats()).toMatchObject({ logCuts: 1, deadLetters: 0 });
});

test("an owner whose log comes back without its end hands on what it has read", async () => {
  await using world = await World.open();
  const log = new CutLog();
  const owner = await ownerOn(world, log);
  await withTwoRuns(world);
  await world.until(() => owner.stats().events === 4);
  // Before a checkpoint says in the lease how far it has read.
  log.lose(lost);
  world.clock.advance(500);
  // There is more in the log again than there was, when it is read next.
  for (const run of ["a", "b", "c"]) await world.start(run, double, 5);
  await world.until(() => owner.stats().logCuts === 1, 50);
  await world.worker(twice);
  for (const run of ["a", "b", "c"]) expect(await world.valueOf(run)).toBe(10);
  expect(await world.valueOf("kept")).toBe(4);
  // It had no state yet.
  expect(world.outcomes.has("lost")).toBe(false);
  expect(owner.stats()).toMatchObject({ leasesLost: 1, takeovers: 2, runs: 0 });
});

test("a note of a cut that is none is no note", async () => {
  for (const note of [encodePayload(7), Uint8Array.of(0xc1), encodePayload({ sequence: 1 })]) {
    await using world = await World.open();
    await world.client.bucket("partitions").put("cut-0", note);
    await ownerOn(world, new CutLog());
    await world.worker(twice);
    await world.start("new", double, 5);
    expect(await world.valueOf("new")).toBe(10);
  }
});

test("what an earlier release has noted of a cut is understood", async () => {
  await using world = await World.open();
  await withTwoStates(world);
  const bucket = world.client.bucket("partitions");
  await bucket.put("cut-0", encodePayload([2]));
  const { lastRead: _lastRead, ...lease } = await leaseOf(world);
  await bucket.put("0", encodeLease(lease));
  const log = new CutLog();
  log.lose(lost);
  await world.start("new", double, 5);
  const second = await ownerOn(world, log);
  await world.worker(twice);
  expect(await world.valueOf("new")).toBe(10);
  expect([await world.valueOf("kept"), await world.valueOf("lost")]).toEqual([4, 4]);
  expect(second.stats()).toMatchObject({ logCuts: 1 });
});

test("markers of an owner that had the same epoch, in a lease that is lost, do not keep lost attempts from being found", async () => {
  await using world = await World.open();
  world.repairs = 1;
  await world.append({ type: "timer.fired", run: "~fence", timer: "1:5" });
  const { it } = await world.coordinator();
  await world.start("r", double, 1);
  await world.until(() => it.stats().dispatches === 1);
  await world.client.attempts.discard("default", "r");
  await world.worker(twice);
  await world.until(() => it.stats().repaired === 1, 50);
  expect(await world.valueOf("r")).toBe(2);
});

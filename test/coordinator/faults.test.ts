import { CoordinatorStoppedError, createCoordinator } from "@arpeggio/coordinator";
import { chain, decodeLease, encodeBlobReference, map, task } from "@arpeggio/core";
import type { BucketName, Transport } from "@arpeggio/core";
import { expect, test } from "vitest";
import { LEASE_MS, World } from "./world.ts";

const double = task("double", (input: number): number => input * 2);
const text = task("text", (input: string): string => input);

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A coordinator on a transport of which some parts are replaced: what a broker with faults looks like to it. */
async function coordinatorOn(world: World, change: (transport: Transport) => Partial<Transport>) {
  const transport = await world.broker.open("faulty");
  const it = createCoordinator({ transport: { ...transport, ...change(transport) }, leaseMs: LEASE_MS, log: silent });
  world.coordinators.push(it);
  await it.start();
  return it;
}

async function leaseOf(world: World) {
  const entry = await world.client.bucket("partitions").get("0");
  if (entry === undefined) throw new Error("no lease");
  return decodeLease(entry.value);
}

test("writes that fail are made again until they succeed", async () => {
  await using world = await World.open();
  let failures = 3;
  const it = await coordinatorOn(world, (transport) => ({
    attempts: {
      ...transport.attempts,
      publish: (attempt) =>
        failures-- > 0 ? Promise.reject(new Error("no answer")) : transport.attempts.publish(attempt),
      discard: (queue, run) => transport.attempts.discard(queue, run),
      consume: (queue, options, onDelivery) => transport.attempts.consume(queue, options, onDelivery),
    },
  }));
  await world.worker((input) => (input as number) * 2);
  await world.start("r", chain(double, double), 1);
  expect(await world.valueOf("r")).toBe(4);
  expect(it.stats()).toMatchObject({ writeRetries: 3, dispatches: 2 });
});

test("neither a state nor the mark is stored before what it led to, and the lease is kept all the while", async () => {
  await using world = await World.open();
  let letThrough: () => void = () => {};
  const gate = new Promise<void>((resolve) => (letThrough = resolve));
  const it = await coordinatorOn(world, (transport) => ({
    attempts: {
      publish: async (attempt) => {
        await gate;
        await transport.attempts.publish(attempt);
      },
      discard: (queue, run) => transport.attempts.discard(queue, run),
      consume: (queue, options, onDelivery) => transport.attempts.consume(queue, options, onDelivery),
    },
  }));
  await world.start("r", double, 1);
  await world.until(() => it.stats().dispatches === 1);
  const fromMs = world.clock.now();
  await world.until(() => world.clock.now() > fromMs + 20 * LEASE_MS, 50);
  expect(it.stats()).toMatchObject({ states: 0, leasesLost: 0 });
  expect(await leaseOf(world)).toMatchObject({ mark: 0, epoch: 1 });
  letThrough();
  await world.until(() => it.stats().states === 1, 50);
  await world.worker((input) => (input as number) * 2);
  expect(await world.valueOf("r")).toBe(2);
});

test("a checkpoint that fails is made again, and nothing of it is forgotten", async () => {
  await using world = await World.open();
  let failures = 2;
  let tried = 0;
  const it = await coordinatorOn(world, (transport) => ({
    bucket: (name: BucketName) => {
      const bucket = transport.bucket(name);
      if (name !== "runs") return bucket;
      return {
        get: (key) => bucket.get(key),
        newest: (pattern) => bucket.newest(pattern),
        put: (key, value) => bucket.put(key, value),
        delete: (key, revision) => bucket.delete(key, revision),
        entries: (pattern) => bucket.entries(pattern),
        observe: (pattern, onEntry) => bucket.observe(pattern, onEntry),
        putAt: (key, value, revision) => {
          tried++;
          return failures-- > 0 ? Promise.reject(new Error("no answer")) : bucket.putAt(key, value, revision);
        },
      };
    },
  }));
  await world.start("r", double, 1);
  await world.until(() => it.stats().dispatches === 1);
  await world.until(() => tried === 2, 100);
  expect((await leaseOf(world)).mark).toBe(0);
  await world.until(() => it.stats().states === 1, 100);
  await world.until(() => it.stats().checkpoints === 1, 100);
  expect((await leaseOf(world)).mark).toBeGreaterThan(0);
});

test("an attempt that no queue takes fails its node, with the size", async () => {
  await using world = await World.open({ messageBytesMax: 2_000, inlineBytesMax: 1_500 });
  const { it } = await world.coordinator();
  const labels = { long: "x".repeat(800) };
  await world.worker((input) => input);
  await world.start("small", text, "a".repeat(100), { labels });
  expect(await world.valueOf("small")).toBe("a".repeat(100));
  await world.start("r", chain(text, text.ignoreInput("b".repeat(1_300))), "a", { labels });
  await world.until(() => world.outcomes.has("r"));
  expect(world.outcomes.get("r")).toMatchObject({
    state: "failed",
    failure: { code: "MESSAGE_TOO_LARGE", node: "text~2" },
  });
  expect(it.stats().writeRetries).toBe(0);
});

test("an outcome that no message takes is stored without what makes it large", async () => {
  await using world = await World.open({ messageBytesMax: 2_000, inlineBytesMax: 1_500 });
  await world.coordinator();
  await world.worker((input) => {
    if (input === 0) throw new Error("e".repeat(1_700));
    return "v".repeat(1_400);
  });
  const labels = { long: "x".repeat(700) };
  await world.start("r", double, 1, { labels });
  expect(await world.valueOf("r")).toHaveLength(1_400);
  expect(world.outcomes.get("r")?.labels).toBeUndefined();
  await world.start("s", double, 0, { labels });
  await world.until(() => world.outcomes.has("s"));
  expect(world.outcomes.get("s")).toMatchObject({ state: "failed", failure: { code: "TASK_FAILED", node: "double" } });
});

test("a list that is no longer in the blob store fails the map, and holds nothing up", async () => {
  await using world = await World.open();
  const { it } = await world.coordinator();
  const list = task("list", (_input: number): number[] => []);
  await world.start("r", chain(list, map(double)), 0);
  await world.until(() => it.stats().dispatches === 1);
  const result = encodeBlobReference({ key: "absent", bytes: 1_000_000, items: 3 });
  await world.append({ type: "attempt.succeeded", run: "r", node: 0, attempt: 1, result });
  await world.until(() => world.outcomes.has("r"));
  expect(world.outcomes.get("r")).toMatchObject({ state: "failed", failure: { code: "BLOB_NOT_FOUND", node: "map" } });
  await world.worker((input) => input);
  await world.start("s", double, 5);
  expect(await world.valueOf("s")).toBe(5);
});

test("a coordinator is used once", async () => {
  await using world = await World.open();
  const { it } = await world.coordinator();
  await it.start();
  await it.stop();
  await it.stop();
  await expect(it.start()).rejects.toThrow(CoordinatorStoppedError);
  expect(it.owned()).toEqual([]);
});

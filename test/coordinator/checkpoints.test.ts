import { chain, encodeFrame, encodePayload, map, task } from "@arpeggio/core";
import { expect, test } from "vitest";
import {
  coordinatorOn,
  createOn,
  gate,
  leaseOf,
  statesIn,
  stealLease,
  withAttempts,
  withEvents,
  withStates,
} from "./faulty.ts";
import { LEASE_MS, World } from "./world.ts";

const double = task("double", (input: number): number => input * 2);
const slow = task("slow", (input: readonly number[]): readonly number[] => input);
const sum = task("sum", (input: readonly number[]): number => input.length);
const twice = (input: unknown) => (input as number) * 2;

test("neither a state nor the mark is stored before what it led to, and the lease is kept all the while", async () => {
  await using world = await World.open();
  const { opened, open } = gate();
  const it = await coordinatorOn(world, (transport) =>
    withAttempts(transport, { publish: (attempt) => opened.then(() => transport.attempts.publish(attempt)) }),
  );
  const other = await world.coordinator("other");
  await world.start("r", double, 1);
  await world.until(() => it.stats().dispatches === 1);
  const fromMs = world.clock.now();
  await world.until(() => world.clock.now() > fromMs + 20 * LEASE_MS, 50);
  expect(it.stats()).toMatchObject({ states: 0, leasesLost: 0 });
  expect(other.it.owned()).toEqual([]);
  expect(await leaseOf(world)).toMatchObject({ owner: it.name, mark: 0, epoch: 1 });
  open();
  await world.until(() => it.stats().states === 1, 50);
  await world.worker(twice);
  expect(await world.valueOf("r")).toBe(2);
});

test("an owner that finds its lease taken stores no state any more", async () => {
  await using world = await World.open();
  const { opened, open } = gate();
  let isShut = false;
  const it = await coordinatorOn(world, (transport) =>
    withAttempts(transport, {
      publish: async (attempt) => {
        if (isShut) await opened;
        await transport.attempts.publish(attempt);
      },
    }),
  );
  await world.start("a", double, 1);
  await world.until(() => it.stats().dispatches === 1, 0);
  const fromMs = world.clock.now();
  await world.until(() => world.clock.now() >= fromMs + 4_950, 10);
  // The next round takes the state of `a`, and waits for the attempt of `b`.
  isShut = true;
  await world.start("b", double, 1);
  await world.until(() => it.stats().dispatches === 2, 0);
  await world.until(() => world.clock.now() >= fromMs + 5_200, 10);
  await stealLease(world);
  open();
  // Its time stands still: nothing but the order of the writes can tell it.
  await world.until(() => it.stats().leasesLost === 1, 0);
  expect(it.stats().states).toBe(0);
  expect(await statesIn(world)).toEqual([]);
});

test("a state whose storing was reported as failed, and was not, goes with its run", async () => {
  await using world = await World.open();
  let isStored = false;
  const it = await coordinatorOn(world, (transport) =>
    withStates(transport, {
      putAt: async (key, value, revision) => {
        await transport.bucket("runs").putAt(key, value, revision);
        isStored = true;
        throw new Error("no answer");
      },
    }),
  );
  await world.start("r", double, 1);
  await world.until(() => isStored, 50);
  await world.worker(twice);
  expect(await world.valueOf("r")).toBe(2);
  await world.until(() => it.stats().checkpoints > 0, 50);
  expect(await statesIn(world)).toEqual([]);
});

test("a checkpoint that fails is made again, and nothing of it is forgotten", async () => {
  await using world = await World.open();
  let failures = 2;
  let tried = 0;
  const it = await coordinatorOn(world, (transport) =>
    withStates(transport, {
      putAt: (key, value, revision) => {
        tried++;
        if (failures-- > 0) return Promise.reject(new Error("no answer"));
        return transport.bucket("runs").putAt(key, value, revision);
      },
    }),
  );
  await world.start("r", double, 1);
  await world.until(() => it.stats().dispatches === 1);
  await world.until(() => tried === 2, 100);
  expect((await leaseOf(world)).mark).toBe(0);
  await world.until(() => it.stats().states === 1, 100);
  await world.until(() => it.stats().checkpoints === 1, 100);
  expect((await leaseOf(world)).mark).toBeGreaterThan(0);
});

test("a state that could not be removed is removed in a later round", async () => {
  await using world = await World.open();
  let failures = 2;
  const it = await coordinatorOn(world, (transport) =>
    withStates(transport, {
      delete: (key) => (failures-- > 0 ? Promise.reject(new Error("no answer")) : transport.bucket("runs").delete(key)),
    }),
  );
  await world.start("r", double, 1);
  await world.until(() => it.stats().checkpoints === 1, 100);
  expect(await statesIn(world)).toEqual(["0.r"]);
  await world.worker(twice);
  expect(await world.valueOf("r")).toBe(2);
  await world.until(() => it.stats().checkpoints === 2, 100);
  expect(await statesIn(world)).toEqual([]);
});

test("a run that ends while its state is being stored leaves no state behind", async () => {
  await using world = await World.open();
  const { opened, open } = gate();
  let tried = 0;
  const it = await coordinatorOn(world, (transport) =>
    withStates(transport, {
      putAt: async (key, value, revision) => {
        tried++;
        await opened;
        return transport.bucket("runs").putAt(key, value, revision);
      },
    }),
  );
  await world.start("r", double, 1);
  await world.until(() => tried === 1, 100);
  await world.worker(twice);
  expect(await world.valueOf("r")).toBe(2);
  open();
  await it.stop();
  expect(it.stats().states).toBe(1);
  expect(await statesIn(world)).toEqual([]);
});

test("the state that an owner before has stored late gives way to that of the one who holds the lease", async () => {
  await using world = await World.open();
  const it = (await world.coordinator()).it;
  await world.start("r", double, 1);
  await world.until(() => it.stats().dispatches === 1);
  await world.client.bucket("runs").put("0.r", Uint8Array.of(1, 2, 3));
  await world.until(() => it.stats().states === 1, 100);
  const stored = await world.client.bucket("runs").get("0.r");
  expect(stored?.value.length).toBeGreaterThan(3);
  expect(it.stats().leasesLost).toBe(0);
});

test("a state that cannot be read is set aside, and the other runs go on", async () => {
  await using world = await World.open();
  const strange = encodeFrame(9, 67, encodePayload({}));
  await world.client.bucket("runs").put("0.strange", strange);
  const { it } = await world.coordinator();
  await world.worker(twice);
  await world.start("r", double, 1);
  expect(await world.valueOf("r")).toBe(2);
  expect(it.stats()).toMatchObject({ deadLetters: 1 });
  expect(await world.client.bucket("dead-letters").get("states.0.strange")).toBeDefined();
});

test("a run whose state cannot be read, and whose graph is lost as well, fails for who has started it", async () => {
  await using world = await World.open();
  await world.client.bucket("runs").put("0.r", encodeFrame(9, 67, encodePayload({})));
  await world.start("r", double, 1);
  for await (const { key } of world.client.bucket("graphs").entries(">"))
    await world.client.bucket("graphs").delete(key);
  await world.coordinator();
  await world.until(() => world.outcomes.has("r"));
  expect(world.outcomes.get("r")).toMatchObject({ state: "failed", failure: { code: "GRAPH_NOT_FOUND" } });
  expect(await world.client.bucket("results").get("r.unknown")).toBeUndefined();
});

test("a state that is too large for a record lies in the blob store, until it is replaced", async () => {
  await using world = await World.open({ inlineBytesMax: 600 });
  const first = await world.coordinator("first");
  const { opened, open } = gate();
  await world.worker(async (input, { task: name }) => {
    if (name === "slow") await opened;
    return name === "sum" ? (input as number[]).length : name === "slow" ? input : twice(input);
  });
  const blobs = async () => {
    const keys: string[] = [];
    for await (const key of world.client.blobs.list("wide/state")) keys.push(key);
    return keys;
  };
  const input = Array.from({ length: 300 }, (_, i) => i);
  await world.start("wide", chain(map(double), slow, sum), input);
  await world.until(() => first.it.stats().states === 1, 100);
  const before = await blobs();
  expect(before).toHaveLength(1);
  const begun = world.delivered.find((attempt) => attempt.task === "slow");
  await world.append({ type: "attempt.started", run: "wide", node: begun?.node ?? -1, attempt: 1, worker: "w" });
  await world.until(() => first.it.stats().states === 2, 100);
  await world.until(() => first.it.stats().checkpoints > 1);
  const after = await blobs();
  expect(after).toHaveLength(1);
  expect(after).not.toEqual(before);
  await first.kill();
  const second = await world.coordinator("second");
  await world.until(() => second.it.owned().length === 1);
  open();
  expect(await world.valueOf("wide")).toBe(300);
  await second.it.stop();
  expect(await blobs()).toEqual([]);
});

test("an owner that is stopped before it is live leaves everything to the next one", async () => {
  await using world = await World.open();
  await world.start("r", double, 1);
  await world.append({ type: "attempt.succeeded", run: "r", node: 0, attempt: 1, result: encodePayload(2) });
  const { it } = await createOn(world, (transport) =>
    withEvents(transport, {
      read: (partition, from, reader) =>
        transport.events.read(partition, from, {
          onMessage: (message) => reader.onMessage(message),
          onError: (error) => reader.onError(error),
          // It never learns that this was all.
          onCaughtUp: () => {},
        }),
    }),
  );
  const starting = it.start();
  await world.until(() => it.stats().events === 2);
  await it.stop();
  await starting;
  expect(world.outcomes.size).toBe(0);
  await world.coordinator("next");
  expect(await world.valueOf("r")).toBe(2);
});

test("a log that can no longer be read gives the partition up, to be taken again", async () => {
  await using world = await World.open();
  let breakOff: () => void = () => {};
  const it = await coordinatorOn(world, (transport) =>
    withEvents(transport, {
      read: (partition, from, reader) => {
        breakOff = () => reader.onError(new Error("withdrawn"));
        return transport.events.read(partition, from, reader);
      },
    }),
  );
  breakOff();
  await world.until(() => it.stats().leasesLost === 1);
  await world.until(() => it.stats().takeovers === 2);
  await world.worker(twice);
  await world.start("r", double, 1);
  expect(await world.valueOf("r")).toBe(2);
});

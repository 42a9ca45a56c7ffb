import { CoordinatorStoppedError, createCoordinator } from "@arpeggio/coordinator";
import { chain, decodeLease, encodeBlobReference, encodeLease, encodePayload, map, task } from "@arpeggio/core";
import type { BucketName, KeyValue, Transport } from "@arpeggio/core";
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
  return Object.assign(it, { kill: () => transport.close() });
}

/** Replaces how the bucket of states is written. */
function withStateWrites(transport: Transport, putAt: KeyValue["putAt"]): Partial<Transport> {
  return {
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
        putAt,
      };
    },
  };
}

/** A promise and what resolves it. */
function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
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
  const { opened, open } = gate();
  const it = await coordinatorOn(world, (transport) => ({
    attempts: {
      publish: async (attempt) => {
        await opened;
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
  open();
  await world.until(() => it.stats().states === 1, 50);
  await world.worker((input) => (input as number) * 2);
  expect(await world.valueOf("r")).toBe(2);
});

test("an owner that finds its lease taken stores no state any more", async () => {
  await using world = await World.open();
  const { opened, open } = gate();
  const it = await coordinatorOn(world, (transport) => ({
    attempts: {
      publish: async (attempt) => {
        await opened;
        await transport.attempts.publish(attempt);
      },
      discard: (queue, run) => transport.attempts.discard(queue, run),
      consume: (queue, options, onDelivery) => transport.attempts.consume(queue, options, onDelivery),
    },
  }));
  await world.start("r", double, 1);
  const fromMs = world.clock.now();
  await world.until(() => world.clock.now() > fromMs + 10_000, 50);
  // From here on time stands still for it, as in a long pause: the state is serialised and waits for the attempt.
  const bucket = world.client.bucket("partitions");
  const lease = await bucket.get("0");
  if (lease === undefined) throw new Error("no lease");
  const record = decodeLease(lease.value);
  await bucket.putAt("0", encodeLease({ ...record, owner: "thief", epoch: record.epoch + 1 }), lease.revision);
  open();
  await world.until(() => it.stats().leasesLost === 1, 0);
  expect(it.stats().states).toBe(0);
  const states: string[] = [];
  for await (const { key } of world.client.bucket("runs").entries(">")) states.push(key);
  expect(states).toEqual([]);
});

test("a checkpoint that fails is made again, and nothing of it is forgotten", async () => {
  await using world = await World.open();
  let failures = 2;
  let tried = 0;
  const it = await coordinatorOn(world, (transport) =>
    withStateWrites(transport, (key, value, revision) => {
      tried++;
      if (failures-- > 0) return Promise.reject(new Error("no answer"));
      return transport.bucket("runs").putAt(key, value, revision);
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

test("a run that ends while its state is being stored leaves no state behind", async () => {
  await using world = await World.open();
  const { opened, open } = gate();
  let tried = 0;
  const it = await coordinatorOn(world, (transport) =>
    withStateWrites(transport, async (key, value, revision) => {
      tried++;
      await opened;
      return transport.bucket("runs").putAt(key, value, revision);
    }),
  );
  await world.start("r", double, 1);
  await world.until(() => tried === 1, 100);
  await world.worker((input) => input);
  expect(await world.valueOf("r")).toBe(1);
  open();
  await it.stop();
  const left: string[] = [];
  for await (const { key } of world.client.bucket("runs").entries(">")) left.push(key);
  expect(it.stats().states).toBe(1);
  expect(left).toEqual([]);
});

test("an evaluation whose value was not stored is made again by the next owner", async () => {
  await using world = await World.open();
  const { opened, open } = gate();
  const first = await coordinatorOn(world, (transport) => ({
    events: {
      partitions: 1,
      append: async (partition, message) => {
        await opened;
        await transport.events.append(partition, message);
      },
      claim: (partition, key, message) => transport.events.claim(partition, key, message),
      read: (partition, from, reader) => transport.events.read(partition, from, reader),
    },
  }));
  await world.worker((input) => input);
  const echo = task("echo", (input: { n: number }): { n: number } => input);
  await world.start(
    "r",
    echo.select((out) => out.n),
    { n: 7 },
  );
  await world.until(() => first.stats().evaluations === 1);
  await first.kill();
  open();
  const second = await world.coordinator("second");
  expect(await world.valueOf("r")).toBe(7);
  expect(second.it.stats()).toMatchObject({ evaluations: 1, dispatches: 0 });
});

test("a coordinator stops in the time of a lease, even if the broker does not answer any more", async () => {
  await using world = await World.open();
  const it = await coordinatorOn(world, (transport) => ({
    attempts: {
      publish: () => new Promise<void>(() => {}),
      discard: (queue, run) => transport.attempts.discard(queue, run),
      consume: (queue, options, onDelivery) => transport.attempts.consume(queue, options, onDelivery),
    },
  }));
  await world.start("r", double, 1);
  await world.until(() => it.stats().dispatches === 1);
  const stopping = it.stop();
  let hasStopped = false;
  void stopping.then(() => (hasStopped = true));
  const fromMs = world.clock.now();
  await world.until(() => hasStopped);
  expect(world.clock.now() - fromMs).toBeLessThan(LEASE_MS + 100);
  // It has not given its lease back, because not all was stored: the next one folds from the mark.
  expect((await leaseOf(world)).owner).toBe(it.name);
  await world.worker((input) => (input as number) * 2);
  await world.coordinator("next");
  expect(await world.valueOf("r")).toBe(2);
});

test("the outcome of a cancelled run waits until its queued attempts are discarded, but not for their success", async () => {
  await using world = await World.open();
  const { opened, open } = gate();
  let discarded = 0;
  const it = await coordinatorOn(world, (transport) => ({
    attempts: {
      publish: (attempt) => transport.attempts.publish(attempt),
      consume: (queue, options, onDelivery) => transport.attempts.consume(queue, options, onDelivery),
      discard: async () => {
        discarded++;
        await opened;
        throw new Error("no answer");
      },
    },
  }));
  await world.start("r", double, 1);
  await world.until(() => it.stats().dispatches === 1);
  await world.append({ type: "run.cancel.requested", run: "r", reason: "" });
  await world.until(() => discarded === 1);
  await world.until(() => it.stats().outcomes === 1);
  await world.client.bus.flush();
  expect(world.outcomes.size).toBe(0);
  open();
  await world.until(() => world.outcomes.size === 1);
  expect(world.outcomes.get("r")).toMatchObject({ state: "cancelled", failure: { message: "the run was cancelled" } });
});

test("an owner that is stopped before it is live leaves everything to the next one", async () => {
  await using world = await World.open();
  await world.start("r", double, 1);
  await world.append({ type: "attempt.succeeded", run: "r", node: 0, attempt: 1, result: encodePayload(2) });
  const transport = await world.broker.open("halfway");
  const { opened: isRead, open } = gate();
  const halfway = createCoordinator({
    transport: {
      ...transport,
      events: {
        partitions: 1,
        append: (partition, message) => transport.events.append(partition, message),
        claim: (partition, key, message) => transport.events.claim(partition, key, message),
        read: (partition, from, reader) =>
          transport.events.read(partition, from, {
            onMessage: (message) => reader.onMessage(message),
            onError: (error) => reader.onError(error),
            // It never learns that this was all.
            onCaughtUp: open,
          }),
      },
    },
    leaseMs: LEASE_MS,
    log: silent,
  });
  const starting = halfway.start();
  await isRead;
  await world.until(() => halfway.stats().events === 2);
  await halfway.stop();
  await starting;
  expect(world.outcomes.size).toBe(0);
  await world.coordinator("next");
  expect(await world.valueOf("r")).toBe(2);
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

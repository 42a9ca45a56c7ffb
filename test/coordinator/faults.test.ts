import { CoordinatorStoppedError } from "@arpeggio/coordinator";
import { chain, encodeBlobReference, map, task } from "@arpeggio/core";
import { expect, test } from "vitest";
import { coordinatorOn, createOn, gate, leaseOf, withAttempts, withEvents } from "./faulty.ts";
import { LEASE_MS, World } from "./world.ts";

const double = task("double", (input: number): number => input * 2);
const text = task("text", (input: string): string => input);
const twice = (input: unknown) => (input as number) * 2;

test("writes that fail are made again until they succeed", async () => {
  await using world = await World.open();
  let failures = 3;
  const it = await coordinatorOn(world, (transport) =>
    withAttempts(transport, {
      publish: (attempt) =>
        failures-- > 0 ? Promise.reject(new Error("no answer")) : transport.attempts.publish(attempt),
    }),
  );
  await world.worker(twice);
  await world.start("r", chain(double, double), 1);
  expect(await world.valueOf("r")).toBe(4);
  expect(it.stats()).toMatchObject({ writeRetries: 3, dispatches: 2 });
});

test("an evaluation whose value was not stored is made again by the next owner", async () => {
  await using world = await World.open();
  const { opened, open } = gate();
  const first = await createOn(world, (transport) =>
    withEvents(transport, {
      append: (partition, message) => opened.then(() => transport.events.append(partition, message)),
    }),
  );
  await first.it.start();
  await world.worker((input) => input);
  const echo = task("echo", (input: { n: number }): { n: number } => input);
  const picked = echo.select((out) => out.n);
  await world.start("r", picked, { n: 7 });
  await world.until(() => first.it.stats().evaluations === 1);
  await first.kill();
  open();
  const second = await world.coordinator("second");
  expect(await world.valueOf("r")).toBe(7);
  expect(second.it.stats()).toMatchObject({ evaluations: 1, dispatches: 0 });
});

test("a coordinator stops in the time of a lease, even if the broker does not answer any more", async () => {
  await using world = await World.open();
  const it = await coordinatorOn(world, (transport) =>
    withAttempts(transport, { publish: () => new Promise<void>(() => {}) }),
  );
  await world.start("r", double, 1);
  await world.until(() => it.stats().dispatches === 1);
  let hasStopped = false;
  void it.stop().then(() => (hasStopped = true));
  const fromMs = world.clock.now();
  await world.until(() => hasStopped);
  expect(world.clock.now() - fromMs).toBeLessThan(LEASE_MS + 100);
  // It has not given its lease back, because not all was stored: the next one folds from the mark.
  expect((await leaseOf(world)).owner).toBe(it.name);
  await world.worker(twice);
  await world.coordinator("next");
  expect(await world.valueOf("r")).toBe(2);
});

test("the outcome of a cancelled run waits until its queued attempts are discarded, but not for their success", async () => {
  await using world = await World.open();
  const { opened, open } = gate();
  let discarded = 0;
  const it = await coordinatorOn(world, (transport) =>
    withAttempts(transport, {
      discard: async () => {
        discarded++;
        await opened;
        throw new Error("no answer");
      },
    }),
  );
  await world.start("r", double, 1);
  await world.until(() => it.stats().dispatches === 1);
  await world.append({ type: "run.cancel.requested", run: "r", reason: "" });
  await world.until(() => discarded === 1);
  await world.until(() => it.stats().outcomes === 1);
  await world.client.bus.flush();
  expect(world.outcomes.size).toBe(0);
  open();
  await world.until(() => world.outcomes.size === 1);
  expect(world.outcomes.get("r")).toMatchObject({
    state: "cancelled",
    failure: { message: "the run was cancelled" },
  });
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

test("an outcome whose values the blob store does not take is stored later, and no rejection of them is left to nobody", async () => {
  await using world = await World.open({ inlineBytesMax: 60 });
  let failures = 4;
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown) => void uncaught.push(error);
  process.on("unhandledRejection", onUncaught);
  const it = await coordinatorOn(world, ({ blobs }) => ({
    blobs: {
      ...blobs,
      put: async (key, bytes) => {
        if (/output|named/.test(key) && failures-- > 0) throw new Error("no answer");
        return blobs.put(key, bytes);
      },
    },
  }));
  await world.worker((input) => input);
  await world.start("r", chain(text.named("a"), text.named("b")), "x".repeat(40));
  expect(await world.valueOf("r")).toBe("x".repeat(40));
  process.off("unhandledRejection", onUncaught);
  expect(it.stats().writeRetries).toBe(2);
  expect(uncaught).toEqual([]);
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

test("a subscription that cannot be ended does not keep its partition from being handed over", async () => {
  await using world = await World.open({ partitions: 2 });
  const first = await coordinatorOn(world, (transport) =>
    withEvents(transport, {
      read: async (partition, from, reader) => {
        const subscription = await transport.events.read(partition, from, reader);
        return { stop: () => subscription.stop().then(() => Promise.reject(new Error("no answer"))) };
      },
    }),
  );
  const second = await world.coordinator("second");
  await world.until(() => first.owned().length === 1 && second.it.owned().length === 1);
  await world.worker(twice);
  await world.start("a", double, 1);
  await world.start("b", double, 2);
  expect([await world.valueOf("a"), await world.valueOf("b")]).toEqual([2, 4]);
  expect(first.stats()).toMatchObject({ handOvers: 1 });
});

import { chain, map, QueueFullError, StorageFullError, task } from "@arpeggio/core";
import type { Clock, QueuedAttempt } from "@arpeggio/core";
import { expect, test } from "vitest";
import { createOn, gate, stealLease, withAttempts, withBucket, withEvents } from "./faulty.ts";
import { LEASE_MS, World } from "./world.ts";

const double = task("double", (input: number): number => input * 2);
const work = (input: unknown): number => (input as number) * 2;

/** A coordinator of which a test sees what it publishes. */
async function observed(world: World) {
  const published: QueuedAttempt[] = [];
  const { it, kill } = await createOn(world, (transport) =>
    withAttempts(transport, {
      publish: (attempt) => {
        published.push(attempt);
        return transport.attempts.publish(attempt);
      },
    }),
  );
  await it.start();
  const named = (id: string) => {
    const found = published.find((one) => one.id === id);
    if (found?.stillWanted === undefined) throw new Error(`${id} was not published`);
    return found as QueuedAttempt & Required<Pick<QueuedAttempt, "stillWanted">>;
  };
  const answerOf = async (id: string) => {
    let answer: boolean | undefined;
    void Promise.resolve(named(id).stillWanted()).then((isWanted) => (answer = isWanted));
    await world.until(() => answer !== undefined);
    return answer;
  };
  return { it, kill, published, answerOf };
}

test("an attempt is still wanted until its outcome is in the log", async () => {
  await using world = await World.open();
  const { it, published, answerOf } = await observed(world);
  await world.start("r", chain(double, double), 1);
  await world.until(() => published.length === 1);
  expect(await answerOf("r:0:1")).toBe(true);
  await world.worker(work);
  expect(await world.valueOf("r")).toBe(4);
  expect(await answerOf("r:0:1")).toBe(false);
  expect(await answerOf("r:1:1")).toBe(false);
  expect(it.stats()).toMatchObject({ dispatches: 2, withdrawn: 2 });
});

/** A coordinator to which a test gives what stands in the log when it likes, and that may wait for its lease. */
async function heldUp(world: World) {
  const renewals = gate();
  const its = { isHeldUp: false, isCut: false };
  const held: (() => void)[] = [];
  const published: QueuedAttempt[] = [];
  const { it } = await createOn(world, (transport) => ({
    ...withAttempts(transport, {
      publish: (attempt) => {
        published.push(attempt);
        return transport.attempts.publish(attempt);
      },
    }),
    ...withEvents(transport, {
      read: (partition, from, reader) =>
        transport.events.read(partition, from, {
          ...reader,
          onMessage: (message) => {
            const copy = { ...message, bytes: new Uint8Array(message.bytes) };
            if (its.isHeldUp) held.push(() => reader.onMessage(copy));
            else reader.onMessage(message);
          },
          onCaughtUp: () => reader.onCaughtUp(),
          onError: (error) => reader.onError(error),
        }),
    }),
    ...withBucket(transport, "partitions", {
      putAt: async (key, value, revision) => {
        if (its.isCut) await renewals.opened;
        return transport.bucket("partitions").putAt(key, value, revision);
      },
    }),
  }));
  await it.start();
  const readOn = () => {
    its.isHeldUp = false;
    for (const read of held) read();
  };
  return { its, held, published, renewals, readOn };
}

test("what the log has and its reader has not seen yet counts", async () => {
  await using world = await World.open();
  const { its, held, published, readOn } = await heldUp(world);
  await world.start("r", double, 1);
  await world.until(() => published.length === 1);
  its.isHeldUp = true;
  await world.worker(work);
  await world.until(() => held.length === 1);
  let answer: boolean | undefined;
  void Promise.resolve(published[0]?.stillWanted?.()).then((isWanted) => (answer = isWanted));
  // The outcome, and the mark behind it that the question has put into the log.
  await world.until(() => held.length === 2);
  expect(answer).toBeUndefined();
  readOn();
  await world.until(() => answer !== undefined);
  expect(answer).toBe(false);
});

test("the log is read to its end once more where the lease had to be waited for", async () => {
  await using world = await World.open();
  const { its, held, published, renewals, readOn } = await heldUp(world);
  await world.start("r", double, 1);
  await world.until(() => published.length === 1);
  its.isCut = true;
  const fromMs = world.clock.now();
  await world.until(() => world.clock.now() > fromMs + LEASE_MS, 20);
  let answer: boolean | undefined;
  const isOut = published[0]?.stillWanted?.();
  void Promise.resolve(isOut).then((isWanted) => (answer = isWanted));
  const askedMs = world.clock.now();
  await world.until(() => world.clock.now() > askedMs + 400, 20);
  // It has read all that there was, and waits for the lease. In a cluster, a server that forgets what was done may be started now.
  its.isHeldUp = true;
  await world.worker(work);
  await world.until(() => held.length === 1);
  renewals.open();
  await world.until(() => held.length === 2);
  expect(answer).toBeUndefined();
  readOn();
  await world.until(() => answer !== undefined);
  expect(answer).toBe(false);
});

test("an attempt that was out for longer than the queue remembers ids is looked for in the queue", async () => {
  await using world = await World.open();
  const { published, answerOf } = await observed(world);
  await world.start("r", double, 1);
  await world.until(() => published.length === 1);
  const fromMs = world.clock.now();
  await world.until(() => world.clock.now() > fromMs + world.client.limits.dedupeMs, 500);
  expect(await answerOf("r:0:1")).toBe(false);
  await world.client.attempts.discard("default", "r");
  expect(await answerOf("r:0:1")).toBe(true);
});

test.each([
  { first: "nothing is stored", isStored: false },
  { first: "it is stored, but reported as failed", isStored: true },
])("an attempt that a full queue refused is asked for only if it may be stored: $first", async ({ isStored }) => {
  await using world = await World.open();
  const sent: (boolean | undefined)[] = [];
  const { it } = await createOn(world, (transport) =>
    withAttempts(transport, {
      publish: async (attempt) => {
        sent.push(attempt.mayBeStored);
        if (sent.length === 1 && isStored) {
          await transport.attempts.publish(attempt);
          throw new Error("no answer");
        }
        if (sent.length <= 3) throw new QueueFullError("queue 'default'", "the test says so");
        return transport.attempts.publish(attempt);
      },
    }),
  );
  await it.start();
  await world.worker(work);
  await world.start("r", double, 1);
  expect(await world.valueOf("r")).toBe(2);
  await world.until(() => sent.length === 4);
  expect(sent).toEqual(isStored ? [false, true, true, true] : [false, false, false, false]);
  expect(world.delivered).toHaveLength(1);
});

test("an attempt that another owner may have sent is asked for, also when its input found no room at first", async () => {
  await using world = await World.open({ inlineBytesMax: 1_024 });
  const { kill } = await world.coordinator("a");
  await world.start(
    "r",
    task("length", (text: string) => text.length),
    "x".repeat(5_000),
  );
  const stored = async () => {
    const found: string[] = [];
    for await (const { messageId } of world.client.attempts.stored({})) found.push(messageId);
    return found;
  };
  let count = 0;
  await world.until(() => {
    void stored().then((found) => (count = found.length));
    return count === 1;
  });
  await kill();
  const sent: (boolean | undefined)[] = [];
  let refusals = 0;
  const { it } = await createOn(world, (transport) => ({
    ...withAttempts(transport, {
      publish: (attempt) => {
        sent.push(attempt.mayBeStored);
        return transport.attempts.publish(attempt);
      },
    }),
    blobs: {
      ...transport.blobs,
      put: (key, bytes) => {
        if (++refusals <= 2) return Promise.reject(new StorageFullError("blobs", "the test says so"));
        return transport.blobs.put(key, bytes);
      },
    },
  }));
  void it.start();
  await world.until(() => sent.length > 0);
  expect(sent).toEqual([true]);
  expect(refusals).toBe(3);
});

/** An owner whose renewals get no answer from some moment on; its log and its queues go on. */
async function cutOff(world: World, clock: Clock = world.clock, onCut = () => {}) {
  const renewals = gate();
  let isCut = false;
  /** What the queues were allowed to store. */
  const published: string[] = [];
  const { it } = await createOn(world, (transport) => ({
    clock,
    ...withAttempts(transport, {
      publish: (attempt) => {
        const { queue, priority, runId, id, bytes, mayBeStored } = attempt;
        const stillWanted = async () => {
          const isWanted = await attempt.stillWanted?.();
          if (isWanted === true) published.push(id);
          return isWanted === true;
        };
        if (mayBeStored !== true) published.push(id);
        return transport.attempts.publish({
          queue,
          priority,
          runId,
          id,
          bytes,
          mayBeStored: mayBeStored === true,
          stillWanted,
        });
      },
    }),
    bucket: (name) => {
      const bucket = transport.bucket(name);
      if (name !== "partitions") return bucket;
      return {
        ...bucket,
        putAt: async (key, value, revision) => {
          if (isCut) await renewals.opened;
          return bucket.putAt(key, value, revision);
        },
      };
    },
  }));
  await it.start();
  await world.start("before", double, 1);
  await world.until(() => published.length === 1);
  isCut = true;
  onCut();
  const fromMs = world.clock.now();
  await world.until(() => world.clock.now() > fromMs + LEASE_MS, 20);
  const { events } = it.stats();
  await world.start("r", double, 1);
  await world.until(() => it.stats().events > events);
  return { it, published, reopen: () => renewals.open() };
}

test("an owner that has not renewed its lease for long sends nothing until it has", async () => {
  await using world = await World.open();
  const { it, published, reopen } = await cutOff(world);
  const fromMs = world.clock.now();
  await world.until(() => world.clock.now() > fromMs + LEASE_MS);
  expect(published).toEqual(["before:0:1"]);
  await world.start("wide", map(double), [1, 2, 3, 4]);
  const { events } = it.stats();
  await world.until(() => it.stats().events > events);
  expect(published).toEqual(["before:0:1"]);
  reopen();
  await world.until(() => published.length === 6);
  expect(published).toContain("r:0:1");
});

test("an owner whose clock is set back meanwhile sends nothing either", async () => {
  await using world = await World.open();
  let behindMs = 0;
  const clock: Clock = {
    now: () => world.clock.now() - behindMs,
    elapsedMs: () => world.clock.now(),
    after: (delayMs, run) => world.clock.after(delayMs, run),
  };
  const { published, reopen } = await cutOff(world, clock, () => (behindMs = LEASE_MS));
  const fromMs = world.clock.now();
  await world.until(() => world.clock.now() > fromMs + LEASE_MS / 2);
  expect(published).toEqual(["before:0:1"]);
  reopen();
  await world.until(() => published.length === 2);
});

test("an owner that has lost its lease meanwhile sends nothing at all", async () => {
  await using world = await World.open();
  const { it, published, reopen } = await cutOff(world);
  await stealLease(world);
  reopen();
  await world.until(() => it.stats().leasesLost === 1);
  expect(published).toEqual(["before:0:1"]);
});

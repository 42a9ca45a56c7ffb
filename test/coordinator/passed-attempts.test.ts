import { chain, signal, task } from "@arpeggio/core";
import type { PassedOverJudge, StoredAttempt } from "@arpeggio/core";
import { expect, test } from "vitest";
import { createOn, withAttempts } from "./faulty.ts";
import { World } from "./world.ts";

const double = task("double", (input: number): number => input * 2);
const work = (input: unknown): number => (input as number) * 2;

/** A coordinator whose broker asks what is to become of attempts. */
async function judging(world: World) {
  let judge: PassedOverJudge | undefined;
  let isAttended = false;
  const { it } = await createOn(world, (transport) =>
    withAttempts(transport, {
      attend: (given) => {
        judge = given;
        isAttended = true;
        return { stop: () => Promise.resolve(void (isAttended = false)) };
      },
    }),
  );
  await it.start();
  if (judge === undefined) throw new Error("nobody attends to the queues");
  const given = judge;
  /** Lets the world go on until the answer is there. */
  const after = async <T>(answer: Promise<T>): Promise<T> => {
    let isThere = false;
    void answer.finally(() => (isThere = true));
    await world.until(() => isThere);
    return answer;
  };
  return {
    it,
    isFirst: () => given.isFirst,
    isAttended: () => isAttended,
    judge: (attempt: StoredAttempt) => after(given.judge(attempt)),
    requeue: (attempt: StoredAttempt) => after(given.requeue(attempt)),
  };
}

async function storedIn(world: World): Promise<StoredAttempt[]> {
  const found: StoredAttempt[] = [];
  for await (const attempt of world.client.attempts.stored({})) found.push(attempt);
  return found;
}

async function oneStored(world: World): Promise<StoredAttempt> {
  let found: StoredAttempt[] = [];
  await world.until(() => {
    void storedIn(world).then((all) => (found = all));
    return found.length > 0;
  });
  return found[0] as StoredAttempt;
}

test("an attempt that was passed over is queued again once, and the first one is dispensable then", async () => {
  await using world = await World.open();
  const { it, judge, requeue } = await judging(world);
  await world.start("r", double, 1);
  const first = await oneStored(world);
  expect(await judge(first)).toBe("wanted");
  expect(await requeue(first)).toBe(true);
  const ids = (await storedIn(world)).map(({ messageId }) => messageId);
  expect(ids).toHaveLength(2);
  expect(ids).toContain(first.messageId);
  // A coordinator that is killed in between leaves both.
  expect(await judge(first)).toBe("dispensable");
  expect(it.stats()).toMatchObject({ passedOver: 1, repaired: 0 });
});

test("one whose run ends while it is queued again is dispensable, too", async () => {
  await using world = await World.open();
  const { requeue } = await judging(world);
  await world.start("r", double, 1);
  const first = await oneStored(world);
  await world.worker(work);
  expect(await requeue(first)).toBe(true);
  expect(await world.valueOf("r")).toBe(2);
});

test("what was done is dispensable as soon as the log says so, and of what nobody knows nothing is said", async () => {
  await using world = await World.open();
  const { it, judge, requeue } = await judging(world);
  await world.start("r", chain(double, signal("go")), 1);
  const first = await oneStored(world);
  await world.worker(work);
  await world.until(() => world.delivered.length === 1);
  expect(await judge(first)).toBe("dispensable");
  for (const strange of [{ runId: "nobody's" }, { bytes: Buffer.from("no attempt") }]) {
    expect(await judge({ ...first, ...strange })).toBe("unknown");
    expect(await requeue({ ...first, ...strange })).toBe(false);
  }
  expect(it.stats()).toMatchObject({ passedOver: 0 });
});

test("the owner of partition 0 is the one who makes queues anew, and nobody does when all are stopped", async () => {
  await using world = await World.open();
  const { it, isFirst, isAttended, judge } = await judging(world);
  expect(isFirst()).toBe(true);
  expect(isAttended()).toBe(true);
  await world.start("r", double, 1);
  const first = await oneStored(world);
  let isStopped = false;
  const stopped = it.stop().then(() => (isStopped = true));
  await world.until(() => isStopped);
  await stopped;
  expect(isFirst()).toBe(false);
  expect(isAttended()).toBe(false);
  expect(await judge(first)).toBe("unknown");
});

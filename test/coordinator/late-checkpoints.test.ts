import { encodePayload, RevisionMismatchError, task, TransportClosedError } from "@arpeggio/core";
import type { AttemptRecord, Entry, Transport } from "@arpeggio/core";
import { expect, test } from "vitest";
import { createOn, leaseOf, statesIn, withStates } from "./faulty.ts";
import { LEASE_MS, World } from "./world.ts";

const double = task("double", (input: number): number => input * 2);

test("a checkpoint that a paused owner stores after its run has ended does not bring the run back to life", async () => {
  await using world = await World.open();
  let onItsWay: { readonly key: string; readonly value: Uint8Array } | undefined;
  let cut: () => void = () => {};
  const first = await createOn(world, (transport) =>
    withStates(transport, {
      putAt: (key, value) => {
        onItsWay = { key, value };
        return new Promise((_, reject) => (cut = () => reject(new TransportClosedError())));
      },
    }),
  );
  await first.it.start();
  await world.start("r", double, 1);
  await world.until(() => onItsWay !== undefined, 50);
  await first.kill();
  cut();

  const second = await world.coordinator("second");
  await world.until(() => second.it.owned().length === 1, 50);
  await world.worker((input) => (input as number) * 2);
  expect(await world.valueOf("r")).toBe(2);
  await world.until(() => second.it.stats().checkpoints > 0, 50);
  if (onItsWay !== undefined) await world.client.bucket("runs").putAt(onItsWay.key, onItsWay.value, 0);
  expect(await statesIn(world)).toHaveLength(1);
  await second.it.stop();

  const third = await world.coordinator("third");
  expect(third.it.owned()).toEqual([0]);
  expect(third.it.stats()).toMatchObject({ runs: 0, dispatches: 0, outcomes: 0 });
  expect(await statesIn(world)).toEqual([]);
  expect(world.outcomePuts.get("r")).toBe(1);
  expect(await leaseOf(world)).toMatchObject({ epoch: 3 });
});

test("a checkpoint of an owner before is valid where it was there when the partition was taken", async () => {
  await using world = await World.open();
  const first = await world.coordinator("first");
  await world.start("r", double, 1);
  await world.until(() => first.it.stats().states === 1, 50);
  await first.kill();
  for (const name of ["second", "third"]) {
    const next = await world.coordinator(name);
    await world.until(() => next.it.owned().length === 1, 50);
    const fromMs = world.clock.now();
    await world.until(() => world.clock.now() > fromMs + LEASE_MS, 50);
    await next.kill();
  }
  const last = await world.coordinator("last");
  await world.until(() => last.it.owned().length === 1, 50);
  await world.worker((input) => (input as number) * 2);
  expect(await world.valueOf("r")).toBe(2);
});

test("a late checkpoint in the place of one that was valid is valid", async () => {
  await using world = await World.open();
  let stored = 0;
  let onItsWay: { readonly key: string; readonly value: Uint8Array; readonly revision: number } | undefined;
  let cut: () => void = () => {};
  const first = await createOn(world, (transport) =>
    withStates(transport, {
      putAt: (key, value, revision) => {
        if (stored++ === 0) return transport.bucket("runs").putAt(key, value, revision);
        onItsWay = { key, value, revision };
        return new Promise((_, reject) => (cut = () => reject(new TransportClosedError())));
      },
    }),
  );
  await first.it.start();
  const retry = { attempts: 2, backoff: "fixed", delayMs: 120_000, jitter: false } as const;
  await world.start("r", double, 1, { defaults: { retry } });
  await world.until(() => first.it.stats().checkpoints > 0 && stored === 1, 50);
  const failure = { code: "TASK_FAILED", error: { name: "Error", message: "no" }, permanent: false };
  await world.append({ type: "attempt.failed", run: "r", node: 0, attempt: 1, failure });
  await world.until(() => onItsWay !== undefined, 50);
  await first.kill();
  cut();

  const second = await world.coordinator("second");
  await world.until(() => second.it.owned().length === 1, 50);
  const fromMs = world.clock.now();
  await world.until(() => world.clock.now() > fromMs + LEASE_MS, 50);
  if (onItsWay !== undefined) await world.client.bucket("runs").putAt(onItsWay.key, onItsWay.value, onItsWay.revision);
  await second.kill();

  const third = await world.coordinator("third");
  await world.until(() => third.it.owned().length === 1, 50);
  await world.until(() => third.it.stats().runs === 1, 50);
  await world.worker((input) => (input as number) * 2);
  await world.until(() => world.outcomes.has("r"), 100);
  expect(await world.valueOf("r")).toBe(2);
});

test("a state whose removal the server has forgotten does not bring its run back to life", async () => {
  await using world = await World.open();
  const bucket = world.client.bucket("runs");
  const first = await world.coordinator("first");
  await world.start("over", double, 1);
  await world.start("open", double, 2);
  await world.until(() => first.it.stats().states === 2, 50);
  const forgotten = await bucket.get("0.over");
  await world.report(world.client, attemptOf("over"), (input) => (input as number) * 2);
  expect(await world.valueOf("over")).toBe(2);
  await world.until(() => first.it.stats().runs === 1);
  await first.it.stop();
  if (forgotten !== undefined) await bucket.putAt("0.over", forgotten.value, 0);
  expect(await statesIn(world)).toHaveLength(2);

  const second = await world.coordinator("second");
  expect(second.it.stats()).toMatchObject({ runs: 1, redispatches: 0 });
  expect(await statesIn(world)).toEqual(["0.open"]);
  expect(world.outcomePuts.get("over")).toBe(1);
});

/** The bucket of states as a replica shows it that still has what the others have removed. */
function showing(stale: Entry) {
  return (transport: Transport) =>
    withStates(transport, {
      async *entries(pattern) {
        yield stale;
        yield* transport.bucket("runs").entries(pattern);
      },
      delete: async (key, revision) => {
        if (revision === stale.revision) throw new RevisionMismatchError(key, revision);
        return transport.bucket("runs").delete(key, revision);
      },
    });
}

test("a checkpoint that only a replica still shows keeps nobody from taking the partition", async () => {
  await using world = await World.open();
  const first = await world.coordinator("first");
  await world.start("r", double, 1);
  await world.until(() => first.it.stats().states === 1, 50);
  const stored = await world.client.bucket("runs").get("0.r");
  await first.kill();
  const second = await world.coordinator("second");
  await world.until(() => second.it.owned().length === 1, 50);
  await world.worker((input) => (input as number) * 2);
  expect(await world.valueOf("r")).toBe(2);
  await second.it.stop();

  // It looks like one that the first owner has stored too late.
  const late = { key: "0.r", value: stored?.value as Uint8Array, revision: 1_000 };
  const third = await createOn(world, showing(late));
  await third.it.start();
  expect(third.it.owned()).toEqual([0]);
  expect(third.it.stats()).toMatchObject({ runs: 0, outcomes: 0 });
});

test("what only a replica still shows does not keep the janitor from the rest", async () => {
  await using world = await World.open();
  const ghost = { key: "0.ghost", value: Uint8Array.of(0), revision: 1_000 };
  let isShown = false;
  const { it } = await createOn(world, (transport) => {
    const { bucket } = showing(ghost)(transport);
    const shown = (...[name]: Parameters<Transport["bucket"]>) =>
      isShown && bucket !== undefined ? bucket(name) : transport.bucket(name);
    return { bucket: shown };
  });
  await it.start();
  isShown = true;
  await world.client.bucket("runs").put("0.orphan", Uint8Array.of(0));
  await world.until(() => it.stats().orphanStates > 0, 100);
  expect(it.stats()).toMatchObject({ orphanStates: 1 });
  expect(await statesIn(world)).toEqual([]);
});

/** The first attempt of a run of one node. */
function attemptOf(run: string): AttemptRecord {
  const input = { kind: "value", payload: encodePayload(1) } as const;
  return { run, partition: 0, node: 0, nodePath: "double", attempt: 1, task: "double", input };
}

import { createCoordinator } from "@arpeggio/coordinator";
import {
  decodeAttempt,
  decodePayload,
  encodeBlobReference,
  encodeFrame,
  encodePayload,
  joined,
  map,
  recordKinds,
  setAside,
  splitFrames,
  task,
} from "@arpeggio/core";
import type { Delivery, Transport } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { LEASE_MS, World } from "./world.ts";

const double = task("double", (input: number): number => input * 2);
const twice = (input: unknown) => (input as number) * 2;
const JANITOR_MS = 1_000;
/** A run that waits keeps the mark back until its state is stored, and things go two rounds after they lie below it. */
const ROUNDS_MS = 6_000 + 3 * JANITOR_MS;

/** A coordinator that tidies up every second, and what it said. */
async function tidyCoordinator(world: World, seenBy = (transport: Transport): Transport => transport) {
  const transport = seenBy(await world.broker.open("tidy"));
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const log = { debug: () => {}, info: say, warn: say, error: say };
  const it = createCoordinator({ transport, leaseMs: LEASE_MS, janitorMs: JANITOR_MS, log });
  world.coordinators.push(it);
  await it.start();
  return { it, said, transport };
}

async function pass(world: World, ms: number): Promise<void> {
  const untilMs = world.clock.now() + ms;
  await world.until(() => world.clock.now() >= untilMs, 20);
}

/** A coordinator that dies with two runs under way, `r` and `other`, whose states are stored. */
async function leaveTwoStates(world: World): Promise<void> {
  const first = await world.coordinator("first");
  await world.start("r", double, 21);
  await world.start("other", double, 4);
  await world.until(() => first.it.stats().states === 2, 50);
  await pass(world, 500);
  await first.kill();
}

async function blobsIn(world: World): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of world.client.blobs.list("")) keys.push(key);
  return keys.sort();
}

async function storedIn(world: World): Promise<string[]> {
  const runs: string[] = [];
  for await (const { runId } of world.client.attempts.stored({})) runs.push(runId);
  return runs.sort();
}

describe("the janitor removes", () => {
  test("queued attempts of runs that have ended, and no others", async () => {
    await using world = await World.open();
    const { it, said } = await tidyCoordinator(world);
    await world.start(
      "waiting",
      task("elsewhere", { queue: "elsewhere" }, (n: number) => n),
      1,
    );
    await world.worker(twice);
    await world.start("ended", double, 1);
    await world.valueOf("ended");
    // What a server brings back that was killed right after an acknowledgement.
    for (const runId of ["ended", "never-was"])
      await world.client.attempts.publish({
        queue: "nobody",
        priority: 4,
        runId,
        id: `${runId}:9:1`,
        bytes: new Uint8Array(3),
      });
    await pass(world, ROUNDS_MS);
    expect(await storedIn(world)).toEqual(["waiting"]);
    expect(it.stats()).toMatchObject({ orphanAttempts: 2, orphanStates: 0, orphanBlobs: 0, repaired: 0 });
    expect(said.filter((line) => line.includes("were removed from queue 'nobody'"))).toHaveLength(2);
  });

  test("states without a run", async () => {
    await using world = await World.open();
    const { it, said } = await tidyCoordinator(world);
    await world.start("waiting", double, 1);
    await world.client.bucket("runs").put("0.gone", new Uint8Array([1, 2, 3]));
    await pass(world, ROUNDS_MS);
    const keys: string[] = [];
    for await (const { key } of world.client.bucket("runs").entries(">")) keys.push(key);
    expect(keys).toEqual(["0.waiting"]);
    expect(it.stats()).toMatchObject({ orphanStates: 1, repaired: 0 });
    expect(said.join("\n")).toContain("state 0.gone of a run that has ended was removed");
  });

  test("blobs that no run and no outcome needs, and keeps what an outcome refers to, through other blobs as well", async () => {
    await using world = await World.open({ inlineBytesMax: 500 });
    const { it } = await tidyCoordinator(world);
    const large = task("large", (input: string): string => input);
    await world.worker((input) => `${input as string}${"x".repeat(600)}`);
    await world.start("list", map(large), ["a", "b"]);
    await world.valueOf("list");
    await world.start(
      "waiting",
      task("elsewhere", { queue: "elsewhere" }, (s: string) => s),
      "y".repeat(900),
    );
    await world.client.blobs.put("never-was/input", new Uint8Array(700));
    await world.client.blobs.put("list/7/input", new Uint8Array(700));
    await pass(world, 2 * ROUNDS_MS);
    const kept = await blobsIn(world);
    expect(kept.filter((key) => key.startsWith("list/"))).toHaveLength(2);
    expect(kept).not.toContain("list/7/input");
    expect(kept).toContain("waiting/0/input");
    expect(kept.filter((key) => key.startsWith("never-was/"))).toEqual([]);
    expect(it.stats()).toMatchObject({ orphanBlobs: 2, repaired: 0 });
    // Still whole.
    expect(await world.valueOf("list")).toHaveLength(2);
    // When the outcome's retention is over, nothing of the run is left.
    await world.client.bucket("results").delete("list.client");
    await pass(world, 2 * ROUNDS_MS);
    expect((await blobsIn(world)).filter((key) => key.startsWith("list/"))).toEqual([]);
  });

  test("no blob of a run whose outcome nobody can read, and those of others as ever", async () => {
    await using world = await World.open();
    await tidyCoordinator(world);
    await world.client.bucket("results").put("strange.somebody", encodeFrame(9, 64, Uint8Array.of(1)));
    for (const run of ["gone", "strange", "vanished"]) await world.client.blobs.put(`${run}/a`, new Uint8Array(7));
    await pass(world, 2 * ROUNDS_MS);
    expect(await blobsIn(world)).toEqual(["strange/a"]);
  });

  test("blobs behind other blobs stay with the outcome", async () => {
    await using world = await World.open();
    const { it } = await tidyCoordinator(world);
    await world.start("r", double, 1);
    await world.until(() => it.stats().dispatches === 1);
    await world.client.blobs.put("r/inner", encodePayload("inner"));
    await world.client.blobs.put("r/outer", encodeBlobReference({ key: "r/inner", bytes: 6 }));
    await world.client.blobs.put("r/other", encodePayload("other"));
    const result = encodeBlobReference({ key: "r/outer", bytes: 20 });
    await world.append({ type: "attempt.succeeded", run: "r", node: 0, attempt: 1, result });
    expect(await world.valueOf("r")).toBe("inner");
    await pass(world, 2 * ROUNDS_MS);
    expect(await blobsIn(world)).toEqual(["r/inner", "r/outer"]);
  });
});

describe("the reconciler", () => {
  /** Takes the attempt out of its queue without a word: what a broker that loses acknowledged writes looks like. */
  async function loseAttempt(world: World): Promise<Delivery> {
    const transport = await world.broker.open("thief");
    let onDelivery = (_delivery: Delivery): void => {};
    const taken = new Promise<Delivery>((resolve) => (onDelivery = resolve));
    const options = { inHandMax: 1, ackWaitMs: 600_000 };
    const taking = await transport.attempts.consume("default", options, (one) => onDelivery(one));
    let delivery: Delivery | undefined;
    void taken.then((one) => (delivery = one));
    await world.until(() => delivery !== undefined);
    await taking.stop();
    (delivery as Delivery).ack();
    return delivery as Delivery;
  }

  test("queues an attempt again that is in no queue and in no hands, and says so", async () => {
    await using world = await World.open();
    const { it, said } = await tidyCoordinator(world);
    world.repairs = 1;
    await world.start("r", double, 21);
    const lost = await loseAttempt(world);
    await pass(world, ROUNDS_MS);
    expect(it.stats()).toMatchObject({ repaired: 1, dispatches: 2 });
    expect(said.join("\n")).toContain(
      "run r waited for something that was lost, which is made good: double is queued, but attempt 1 is in no queue and in no hands",
    );
    await world.worker(twice);
    expect(await world.valueOf("r")).toBe(42);
    expect(world.delivered).toEqual([{ ...decodeAttempt(lost.bytes), again: true }]);
  });

  test("queues an attempt again that is stored, and that nobody is handed any more", async () => {
    await using world = await World.open();
    const passed: Delivery[] = [];
    const { it } = await tidyCoordinator(world, (transport) => ({
      ...transport,
      attempts: {
        ...transport.attempts,
        async *stored(filter) {
          for (const { messageId, runId, bytes } of passed)
            yield { queue: "default", runId, messageId, bytes, isPassed: true };
          yield* transport.attempts.stored(filter);
        },
      },
    }));
    world.repairs = 1;
    await world.start("r", double, 21);
    passed.push(await loseAttempt(world));
    await pass(world, ROUNDS_MS);
    expect(it.stats()).toMatchObject({ repaired: 1, dispatches: 2 });
    await world.worker(twice);
    expect(await world.valueOf("r")).toBe(42);
  });

  test("leaves alone what waits with good reason: for workers, for timers, in a worker's hands", async () => {
    await using world = await World.open();
    const { it } = await tidyCoordinator(world);
    let finish = (): void => {};
    const held = new Promise<void>((resolve) => (finish = resolve));
    const failing = task("failing", { retry: { attempts: 2, delay: 30_000, backoff: "fixed" } }, (n: number) => n);
    await world.worker(async (input, { task: name, attempt }) => {
      if (name === "failing" && attempt === 1) throw new Error("not yet");
      if (name === "holding") await held;
      return input;
    });
    await world.start(
      "queued",
      task("elsewhere", { queue: "elsewhere" }, (n: number) => n),
      1,
    );
    await world.start("waiting", failing, 2);
    await world.start(
      "held",
      task("holding", (n: number) => n),
      3,
      { timeoutMs: 3_600_000 },
    );
    await pass(world, 10 * JANITOR_MS);
    expect(it.stats()).toMatchObject({ repaired: 0, orphanAttempts: 0, runs: 3 });
    finish();
    expect(await world.valueOf("held")).toBe(3);
    expect(await world.valueOf("waiting")).toBe(2);
  });
});

type State = Readonly<Record<string, unknown>> & { readonly start: object; readonly scopes: readonly object[] };

/** A record with another state in it, or another note of who stored it. */
function changed(record: Uint8Array, change: { state?: (state: State) => unknown; stamp?: unknown }): Uint8Array {
  const [state, stamp] = splitFrames(record).map(({ body }) => decodePayload(body));
  const made = [change.state?.(state as State) ?? state, change.stamp ?? stamp];
  return joined(made.map((one) => encodeFrame(1, recordKinds.checkpoint, encodePayload(one))));
}

test.each<[string, (record: Uint8Array) => Uint8Array]>([
  ["is no frame", () => new Uint8Array([1, 2, 3])],
  ["is no state", (record) => changed(record, { state: () => 7 })],
  ["lacks a field", (record) => changed(record, { state: (state) => ({ ...state, timers: undefined }) })],
  [
    "is that of another run",
    (record) => changed(record, { state: (state) => ({ ...state, start: { ...state.start, run: "s" } }) }),
  ],
  [
    "has more items than anybody can count",
    (record) => changed(record, { state: (state) => ({ ...state, scopes: [{ ...state.scopes[0], width: 2 ** 50 }] }) }),
  ],
  [
    "waits for a node that it does not have",
    (record) => changed(record, { state: (state) => ({ ...state, evaluations: ["over:7"] }) }),
  ],
  ["does not say who stored it", (record) => changed(record, { stamp: 7 })],
])("a run whose state %s is made anew from the log", async (_, changedState) => {
  await using world = await World.open();
  await leaveTwoStates(world);
  const states = world.client.bucket("runs");
  await states.put("0.r", changedState((await states.get("0.r"))?.value ?? new Uint8Array(0)));
  const { it, said } = await tidyCoordinator(world);
  await world.until(() => it.stats().runs === 2);
  expect(it.stats().deadLetters).toBe(1);
  await world.worker(twice);
  expect(await world.valueOf("r")).toBe(42);
  expect(await world.valueOf("other")).toBe(8);
  await world.until(() => said.some((line) => line.includes("dead letter states.0.r")));
});

test("a run whose state waits for what it has lost ends, and the others of its partition go on", async () => {
  await using world = await World.open();
  await leaveTwoStates(world);
  const states = world.client.bucket("runs");
  const lost = { state: (state: State) => ({ ...state, evaluations: ["output:0:0"] }) };
  await states.put("0.r", changed((await states.get("0.r"))?.value ?? new Uint8Array(0), lost));
  const { it, said } = await tidyCoordinator(world);
  await world.until(() => said.includes("what follows in run r could not be done"));
  await world.worker(twice);
  expect(await world.valueOf("other")).toBe(8);
  await world.until(() => world.outcomes.has("r"));
  expect(world.outcomes.get("r")).toMatchObject({ state: "failed", failure: { code: "COORDINATOR_FAULT" } });
  expect(it.stats().runs).toBe(0);
});

test("a run whose state cannot be read and whose beginning is gone fails, and its waiters hear of it", async () => {
  await using world = await World.open();
  await world.client.bucket("runs").put("0.lost", new Uint8Array([1, 2, 3]));
  await setAside(world.client, {
    source: "states",
    place: "unrelated",
    bytes: new Uint8Array(1),
    reason: { code: "X", message: "" },
  });
  await tidyCoordinator(world);
  let found: string | undefined;
  await world.until(() => {
    void world.client
      .bucket("results")
      .newest("lost.*")
      .then((entry) => (found = entry?.key));
    return found !== undefined;
  });
  expect(found).toBe("lost.unknown");
  const keys: string[] = [];
  await pass(world, ROUNDS_MS);
  for await (const { key } of world.client.bucket("runs").entries(">")) keys.push(key);
  expect(keys).toEqual([]);
});

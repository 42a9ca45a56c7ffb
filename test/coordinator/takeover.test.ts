import {
  busSubjects,
  chain,
  chord,
  compile,
  decodeDeadLetter,
  decodePayload,
  encodeEvent,
  encodeFrame,
  encodeGraph,
  encodePayload,
  group,
  map,
  task,
} from "@arpeggio/core";
import { expect, test } from "vitest";
import { coordinatorOn, gate, leaseOf, pausable, statesIn, stealLease } from "./faulty.ts";
import { LEASE_MS, World } from "./world.ts";

const double = task("double", (input: number): number => input * 2);
const slow = task("slow", (input: number): number => input);
const sum = task("sum", (input: readonly number[]): number => input.length);
const work = (input: unknown, { task: name }: { task: string }): unknown => {
  if (name === "double") return (input as number) * 2;
  if (name === "sum") return (input as number[]).reduce((all, one) => all + one, 0);
  return input;
};

/** Work that waits at `slow` until it is let go. */
function gated() {
  const { opened, open } = gate();
  const gatedWork = async (input: unknown, attempt: { task: string }): Promise<unknown> => {
    if (attempt.task === "slow") await opened;
    return work(input, attempt);
  };
  return { open, work: gatedWork };
}

const ids = (world: World) => world.delivered.map(({ run, node, attempt }) => `${run}:${node}:${attempt}`);

test("runs in progress go on with another coordinator, and nothing is dispatched twice", async () => {
  await using world = await World.open();
  const first = await world.coordinator("first");
  const second = await world.coordinator("second");
  const { open, work: waiting } = gated();
  await world.worker(waiting);
  await world.start("a", chain(double, slow, double), 1);
  await world.start("b", chord(group([double, slow, double]), sum), 1);
  await world.until(() => world.delivered.length === 5);
  await first.kill();
  await world.until(() => second.it.owned().length === 1);
  open();
  expect(await world.valueOf("a")).toBe(4);
  expect(await world.valueOf("b")).toBe(5);
  expect(new Set(ids(world)).size).toBe(world.delivered.length);
  expect(second.it.stats()).toMatchObject({ takeovers: 1, replayed: 5, repeatedOutcomes: 0 });
});

test("an event that was stored while nobody owned the partition is folded by the next owner", async () => {
  await using world = await World.open();
  const first = await world.coordinator("first");
  const { open, work: waiting } = gated();
  await world.worker(waiting);
  await world.start("a", chain(slow, double), 4);
  await world.until(() => world.delivered.length === 1);
  await first.kill();
  open();
  await world.start("b", double, 3);
  const second = await world.coordinator("second");
  expect(await world.valueOf("a")).toBe(8);
  expect(await world.valueOf("b")).toBe(6);
  // The first step of `a` was begun before, or it could not have ended.
  expect(second.it.stats()).toMatchObject({ dispatches: 2, redispatches: 2 });
});

test("timers that the owner before had armed fire with the next one", async () => {
  await using world = await World.open();
  const first = await world.coordinator("first");
  await world.worker((input, { attempt }) => {
    if (attempt === 1) throw new Error("not yet");
    return input;
  });
  const retried = double.with({ retry: { attempts: 2, backoff: "fixed", delay: "1m", jitter: false } });
  await world.start("r", retried, 1);
  await world.until(() => first.it.stats().events === 2);
  await first.kill();
  const second = await world.coordinator("second");
  await world.until(() => second.it.owned().length === 1);
  expect(second.it.stats()).toMatchObject({ dispatches: 0, timersFired: 0 });
  expect(await world.valueOf("r")).toBe(1);
  expect(second.it.stats()).toMatchObject({ dispatches: 1, timersFired: 1 });
});

test("a coordinator that stops hands its partitions over at once, without waiting for its leases", async () => {
  await using world = await World.open({ partitions: 4 });
  const first = await world.coordinator("first");
  await world.worker(work);
  await world.start("a", chain(double, double), 1);
  expect(await world.valueOf("a")).toBe(4);
  await first.it.stop();
  const stoppedAtMs = world.clock.now();
  const second = await world.coordinator("second");
  await world.until(() => second.it.owned().length === 4, 1);
  expect(world.clock.now() - stoppedAtMs).toBeLessThan(LEASE_MS);
  await world.start("b", double, 1);
  expect(await world.valueOf("b")).toBe(2);
  // What had ended before was below the mark: it is not folded again, and its outcome not repeated.
  expect(second.it.stats()).toMatchObject({ replayed: 0, repeatedOutcomes: 0 });
});

test("an owner that was taken for dead finds out, stops, and does no harm", async () => {
  await using world = await World.open();
  const zombie = await world.coordinator("zombie");
  const { open, work: waiting } = gated();
  await world.worker(waiting);
  await world.start("a", chain(slow, double), 1);
  await world.until(() => world.delivered.length === 1);
  await stealLease(world);
  await world.until(() => zombie.it.stats().leasesLost === 1);
  expect(zombie.it.owned()).toEqual([]);
  open();
  const next = await world.coordinator("next");
  await world.until(() => next.it.owned().length + zombie.it.owned().length === 1);
  expect(await world.valueOf("a")).toBe(2);
  expect(new Set(ids(world)).size).toBe(world.delivered.length);
});

test("a long run is in a checkpoint, the mark passes it, and its owner's successor goes on from there", async () => {
  await using world = await World.open();
  const first = await world.coordinator("first");
  const { open, work: waiting } = gated();
  await world.worker(waiting);
  await world.start("long", chain(map(double), slow.ignoreInput(7), double), [1, 2, 3]);
  await world.until(() => world.delivered.length === 4);
  expect(first.it.stats().states).toBe(0);
  // It keeps the mark back until it is written; then the mark is at the last of its five events.
  await world.until(() => first.it.stats().states === 1, 100);
  const rounds = first.it.stats().checkpoints;
  await world.until(() => first.it.stats().checkpoints > rounds || first.it.stats().runs === 1);
  expect((await leaseOf(world)).mark).toBeGreaterThanOrEqual(4);
  await first.kill();
  const second = await world.coordinator("second");
  await world.until(() => second.it.owned().length === 1);
  expect(second.it.stats()).toMatchObject({ replayed: 0, redispatches: 0, runs: 1 });
  open();
  expect(await world.valueOf("long")).toBe(14);
  expect(ids(world)).toHaveLength(5);
  // The state has served, and goes.
  await world.until(() => second.it.stats().runs === 0);
  await second.it.stop();
  expect(await statesIn(world)).toEqual([]);
});

test("when all have stopped and one comes back, everything goes on", async () => {
  await using world = await World.open({ partitions: 3 });
  const first = await world.coordinator("first");
  const second = await world.coordinator("second");
  const { open, work: waiting } = gated();
  const worker = await world.worker(waiting);
  const runs = Array.from({ length: 20 }, (_, i) => `run-${i}`);
  for (const [i, run] of runs.entries()) await world.start(run, chain(double, slow, double), i);
  await world.until(() => world.delivered.length === 40);
  await Promise.all([first.it.stop(), second.it.stop()]);
  await worker.stop();
  await world.start("meanwhile", double, 5);
  await world.coordinator("third");
  await world.worker(work);
  open();
  for (const [i, run] of runs.entries()) expect(await world.valueOf(run)).toBe(i * 4);
  expect(await world.valueOf("meanwhile")).toBe(10);
});

test("two coordinators share the partitions, and a third gets its part", async () => {
  await using world = await World.open({ partitions: 6 });
  const first = await world.coordinator("first");
  expect(first.it.owned()).toEqual([0, 1, 2, 3, 4, 5]);
  const second = await world.coordinator("second");
  await world.until(() => first.it.owned().length === 3 && second.it.owned().length === 3);
  const third = await world.coordinator("third");
  const all = [first.it, second.it, third.it];
  await world.until(() => all.every((one) => one.owned().length === 2));
  expect(all.flatMap((one) => one.owned()).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
  await world.worker(work);
  for (let i = 0; i < 12; i++) await world.start(`r${i}`, chain(double, double), i);
  for (let i = 0; i < 12; i++) expect(await world.valueOf(`r${i}`)).toBe(i * 4);
  await third.kill();
  await world.until(() => first.it.owned().length + second.it.owned().length === 6);
});

test("a coordinator that stands still is offered a partition once, and not again and again", async () => {
  await using world = await World.open({ partitions: 4 });
  const { it } = await world.coordinator("first");
  world.client.bus.publish(busSubjects.coordinators, encodePayload(["still", 0]));
  await world.until(() => it.stats().handOvers === 1);
  const fromMs = world.clock.now();
  await world.until(() => world.clock.now() > fromMs + 3 * LEASE_MS);
  expect(it.owned()).toEqual([0, 1, 2, 3]);
  expect(it.stats()).toMatchObject({ handOvers: 1, takeovers: 5 });
});

test("a coordinator that has stood still does not say what it owns before it knows", async () => {
  await using world = await World.open({ partitions: 2 });
  const pause = pausable(world.clock);
  const it = await coordinatorOn(world, () => ({ clock: pause.clock }));
  const said: number[] = [];
  await world.client.bus.subscribe(busSubjects.coordinators, ({ bytes }) => {
    const [, owned] = decodePayload(bytes) as [string, number];
    said.push(owned);
  });
  await world.until(() => said.includes(2));
  pause.begin();
  await stealLease(world);
  const fromMs = world.clock.now();
  await world.until(() => world.clock.now() > fromMs + 2 * LEASE_MS);
  said.length = 0;
  pause.end();
  await world.until(() => said.length > 0);
  expect(said[0]).toBe(1);
  expect(it.stats().leasesLost).toBe(1);
});

test("a frame that cannot be decoded is set aside with its bytes, and its neighbours in the pack are folded", async () => {
  await using world = await World.open();
  const { it } = await world.coordinator();
  await world.worker(work);
  const { graph, hash } = compile(double);
  await world.client.bucket("graphs").put(hash, encodeGraph(graph));
  const start = (run: string, value: number) =>
    encodeEvent({
      type: "run.started",
      run,
      client: "client",
      workflow: "w",
      graph: hash,
      input: encodePayload(value),
    });
  const broken = encodeFrame(9, 200, Uint8Array.of(1, 2, 3));
  await world.client.events.append(0, Buffer.concat([start("a", 1), broken, start("b", 2)]));
  await world.client.events.append(0, Uint8Array.of(255, 255, 0));
  expect(await world.valueOf("a")).toBe(2);
  expect(await world.valueOf("b")).toBe(4);
  await world.until(() => it.stats().deadLetters === 2);
  const letters: Uint8Array[] = [];
  for await (const { value } of world.client.bucket("dead-letters").entries("events.0.>"))
    letters.push(decodeDeadLetter(value).bytes);
  expect(letters.map((bytes) => Buffer.from(bytes))).toEqual([Buffer.from(broken), Buffer.from([255, 255, 0])]);
});

test("of a message with very many frames that do not decode, the rest lies in one letter, and what is sound is folded", async () => {
  await using world = await World.open();
  const { it } = await world.coordinator();
  await world.worker(work);
  const { graph, hash } = compile(double);
  await world.client.bucket("graphs").put(hash, encodeGraph(graph));
  const broken = Array<Uint8Array>(5_000).fill(encodeFrame(1, 200, new Uint8Array(0)));
  const resume = encodeEvent({ type: "run.resume.requested", run: "a" });
  const about = { run: "a", client: "client", workflow: "w", graph: hash } as const;
  const start = encodeEvent({ type: "run.started", ...about, input: encodePayload(2) });
  // One message is folded as it is read; the other names a graph that has to be looked for.
  const messages = [Buffer.concat([...broken, resume]), Buffer.concat([...broken, start, ...broken])];
  for (const message of messages) await world.client.events.append(0, message);
  expect(await world.valueOf("a")).toBe(4);
  await world.until(() => it.stats().deadLetters === 2 * 101);
  const letters: Uint8Array[] = [];
  for await (const { value } of world.client.bucket("dead-letters").entries("events.0.>"))
    letters.push(decodeDeadLetter(value).bytes);
  const largest = letters.toSorted((a, b) => b.length - a.length).slice(0, 3);
  const rests = messages.map((message) => message.subarray(100 * 6)).toReversed();
  expect(largest.map((bytes) => Buffer.from(bytes))).toEqual([...rests, Buffer.from(broken[0] as Uint8Array)]);
});

test("a run of a graph that nobody stored fails, and so does one of a graph that is none", async () => {
  await using world = await World.open();
  await world.coordinator();
  await world.worker(work);
  const start = (run: string, graph: string) =>
    world.append({ type: "run.started", run, client: "client", workflow: "w", graph, input: encodePayload(1) });
  await start("a", "absent");
  await world.client
    .bucket("graphs")
    .put("strange", encodeGraph({ canvas: 1, name: "x", nodes: [{ id: "n", kind: "loop", needs: [] }] }));
  await start("b", "strange");
  await world.start("c", double, 1);
  expect(await world.valueOf("c")).toBe(2);
  await world.until(() => world.outcomes.size === 3);
  expect(world.outcomes.get("a")).toMatchObject({ state: "failed", failure: { code: "GRAPH_NOT_FOUND" } });
  expect(world.outcomes.get("b")).toMatchObject({ state: "failed", failure: { code: "GRAPH_INVALID" } });
});

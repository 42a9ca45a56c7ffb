import {
  busSubjects,
  chain,
  decodeControlReply,
  decodeLive,
  encodeControlRequest,
  group,
  map,
  task,
} from "@arpeggio/core";
import type { ControlReply, LiveEvent, RunListRequest, RunRequest } from "@arpeggio/core";
import { expect, test } from "vitest";
import { coordinatorOn, gate, withBucket } from "./faulty.ts";
import { World } from "./world.ts";

const one = task("one", (input: unknown): unknown => input);
const two = task("two", (input: unknown): unknown => input);

async function ask(world: World, request: RunRequest): Promise<ControlReply> {
  const subject = busSubjects.control(world.partitionOf(request.run));
  return decodeControlReply(await world.client.bus.request(subject, encodeControlRequest(request), 1_000));
}

test("a run's status tells what each node that has not ended waits for", async () => {
  await using world = await World.open({ partitions: 2 });
  const { it } = await world.coordinator();
  const retried = one.with({ retry: { attempts: 2, backoff: "fixed", delay: "1h", jitter: false } }).named("retried");
  await world.start("r", chain(group([retried, map(one), two]), two), [1, 2], { labels: { tenant: "42" } });
  await world.until(() => it.stats().dispatches === 4);
  const error = { name: "Error", message: "boom" };
  const failure = { code: "TASK_FAILED", error, permanent: false };
  await world.append({ type: "attempt.failed", run: "r", node: 0, attempt: 1, failure });
  await world.append({ type: "attempt.started", run: "r", node: 2, attempt: 1, worker: "w" });
  await world.append({ type: "attempt.succeeded", run: "r", node: 4, attempt: 1, result: Uint8Array.of(1) });
  await world.until(() => it.stats().events === 4);
  const reply = await ask(world, { type: "status", run: "r", nodesMax: 100 });
  if (reply.type !== "status") throw new Error(reply.type);
  const { status } = reply;
  expect(status).toMatchObject({
    run: "r",
    state: "running",
    labels: { tenant: "42" },
    counts: { waiting: 1, running: 2, succeeded: 1, blocked: 1, queued: 1 },
  });
  const byNode = Object.fromEntries(status.nodes.map((node) => [node.node, node]));
  expect(byNode).toMatchObject({
    retried: { state: "waiting", waitsFor: { kind: "timer", what: "retry", dueAtMs: expect.any(Number) } },
    map: { state: "running", waitsFor: { kind: "items", ended: 1, total: 2 } },
    two: {
      state: "running",
      task: "two",
      queue: "default",
      waitsFor: { kind: "worker", task: "two", queue: "default" },
    },
    "two~2": { state: "blocked", waitsFor: { kind: "nodes", nodes: ["retried", "map", "two"] } },
    "map[0]/one": { state: "succeeded" },
    "map[1]/one": { state: "queued", waitsFor: { kind: "worker", task: "one" } },
  });
  const short = await ask(world, { type: "status", run: "r", nodesMax: 2 });
  expect(short.type === "status" && short.status.nodes.map(({ state }) => state)).toEqual(["waiting", "running"]);
  const node = async (path: string) => {
    const found = await ask(world, { type: "node", run: "r", node: path });
    return found.type === "node" ? found.node : undefined;
  };
  const times = { releasedAtMs: expect.any(Number), endedAtMs: expect.any(Number) };
  expect(await node("map[0]/one")).toEqual({
    status: { node: "map[0]/one", task: "one", queue: "default", state: "succeeded", attempt: 1, ...times },
    mayCome: false,
    known: [],
  });
  expect(await node("retried")).toMatchObject({ status: { state: "waiting" }, mayCome: false });
  expect(await node("map[2]/one")).toMatchObject({ mayCome: false, known: expect.arrayContaining(["two~2"]) });
  expect(await node("mop[2]/one")).toMatchObject({ mayCome: false });
  const list = async (more: Omit<RunListRequest, "type" | "limit">, limit = 10) => {
    const subject = busSubjects.control(world.partitionOf("r"));
    const request = encodeControlRequest({ type: "list", limit, ...more });
    return decodeControlReply(await world.client.bus.request(subject, request, 1_000));
  };
  const summary = { run: "r", workflow: status.workflow, startedAtMs: status.startedAtMs, labels: { tenant: "42" } };
  expect(await list({ label: ["tenant", "42"] })).toEqual({ type: "list", runs: [summary], isWhole: true });
  expect(await list({ after: [status.startedAtMs, "q"] })).toMatchObject({ runs: [summary] });
  expect(await list({ after: [status.startedAtMs + 1, "z"] })).toMatchObject({ runs: [summary] });
  expect(await list({}, 0)).toEqual({ type: "list", runs: [], isWhole: false });
  for (const other of [
    { label: ["tenant", "43"] as const },
    { workflow: "another" },
    { sinceMs: status.startedAtMs + 1 },
    { isPaused: true },
    { after: [status.startedAtMs, "r"] as const },
    { after: [status.startedAtMs - 1, "a"] as const },
  ])
    expect(await list(other)).toEqual({ type: "list", runs: [], isWhole: true });
});

test("a run that the owner does not have is unknown to it", async () => {
  await using world = await World.open();
  await world.coordinator();
  expect(await ask(world, { type: "status", run: "nobody", nodesMax: 1 })).toEqual({ type: "unknown", run: "nobody" });
});

test("who follows a run hears of every change, in order, to the end", async () => {
  await using world = await World.open();
  const { it } = await world.coordinator();
  const heard: LiveEvent[] = [];
  await world.client.bus.subscribe(busSubjects.live("r"), ({ bytes }) => heard.push(decodeLive(bytes)));
  await world.start("r", chain(one, two), 1);
  await world.until(() => it.stats().dispatches === 1);
  const reply = await ask(world, { type: "watch", run: "r", nodesMax: 10, forMs: 60_000 });
  expect(reply).toMatchObject({ type: "status", status: { liveSequence: 0 } });
  await world.worker((input) => input);
  await world.until(() => heard.some(({ type }) => type === "run"));
  expect(heard).toEqual([
    { type: "node", sequence: 1, node: "one", task: "one", state: "succeeded", attempt: 1 },
    { type: "node", sequence: 2, node: "two", task: "two", state: "queued", attempt: 1 },
    { type: "node", sequence: 3, node: "two", task: "two", state: "succeeded", attempt: 1 },
    { type: "run", sequence: 4, state: "succeeded" },
  ]);
});

test("who follows a run misses a number where an event changes more nodes than are worth telling", async () => {
  await using world = await World.open();
  const { it } = await world.coordinator();
  const heard: LiveEvent[] = [];
  await world.client.bus.subscribe(busSubjects.live("r"), ({ bytes }) => heard.push(decodeLive(bytes)));
  const items = Array.from({ length: 1_100 }, (_, i) => i);
  await world.start("r", map(one).with({ timeout: "1h" }), items);
  await world.until(() => it.stats().dispatches === items.length);
  await ask(world, { type: "watch", run: "r", nodesMax: 0, forMs: 60_000 });
  await world.append({ type: "run.cancel.requested", run: "r", reason: "enough" });
  await world.until(() => heard.some(({ type }) => type === "run"));
  expect(heard).toMatchObject([{ type: "run", sequence: 2, state: "cancelled" }]);
});

test("requests are not kept while a thousand answers are being looked for", async () => {
  await using world = await World.open();
  const { opened, open } = gate();
  const isAsked = gate();
  let looks = 0;
  const owner = await coordinatorOn(world, (transport) =>
    withBucket(transport, "dead-letters", {
      async *entries(pattern) {
        if (++looks === 1_000) isAsked.open();
        await opened;
        yield* transport.bucket("dead-letters").entries(pattern);
      },
    }),
  );
  await world.start("r", one, 1);
  await world.until(() => owner.stats().dispatches === 1);
  const many = Array.from({ length: 1_000 }, () => ask(world, { type: "status", run: "r", nodesMax: 1 }));
  await isAsked.opened;
  const further = ask(world, { type: "status", run: "r", nodesMax: 0 }).catch((error: unknown) => error);
  await world.client.bus.flush();
  open();
  expect((await Promise.all(many)).every(({ type }) => type === "status")).toBe(true);
  world.clock.advance(1_000);
  expect(await further).toMatchObject({ code: "NO_ANSWER" });
  expect(await ask(world, { type: "status", run: "r", nodesMax: 0 })).toMatchObject({ type: "status" });
});

test("following ends by itself", async () => {
  await using world = await World.open();
  const { it } = await world.coordinator();
  const heard: LiveEvent[] = [];
  await world.client.bus.subscribe(busSubjects.live("r"), ({ bytes }) => heard.push(decodeLive(bytes)));
  await world.start("r", chain(one, two, one), 1);
  await world.until(() => it.stats().dispatches === 1);
  await ask(world, { type: "watch", run: "r", nodesMax: 10, forMs: 1_000 });
  world.clock.advance(2_000);
  await world.append({ type: "attempt.succeeded", run: "r", node: 0, attempt: 1, result: Uint8Array.of(1) });
  await world.until(() => it.stats().dispatches === 2);
  const count = heard.length;
  await world.append({ type: "attempt.succeeded", run: "r", node: 1, attempt: 1, result: Uint8Array.of(1) });
  await world.until(() => it.stats().dispatches === 3);
  await world.client.bus.flush();
  expect(heard).toHaveLength(count);
});

test("a run that has ended is not unknown to its owner before its outcome is stored", async () => {
  await using world = await World.open();
  const { opened, open } = gate();
  const owner = await coordinatorOn(world, (transport) =>
    withBucket(transport, "results", {
      put: async (key, value) => {
        await opened;
        return transport.bucket("results").put(key, value);
      },
    }),
  );
  await world.start("r", one, 1);
  await world.append({ type: "attempt.succeeded", run: "r", node: 0, attempt: 1, result: Uint8Array.of(1) });
  await world.until(() => owner.stats().outcomes === 1 && owner.stats().runs === 0);
  let reply: ControlReply | undefined;
  const asked = ask(world, { type: "status", run: "r", nodesMax: 0 }).then((given) => (reply = given));
  // Of another one it is certain that there is none.
  expect(await ask(world, { type: "status", run: "never-was", nodesMax: 0 })).toMatchObject({ type: "unknown" });
  expect(reply).toBeUndefined();
  open();
  await asked;
  expect(reply).toEqual({ type: "unknown", run: "r" });
  expect(await world.valueOf("r")).toBe(1);
});

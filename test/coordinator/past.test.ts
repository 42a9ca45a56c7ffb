import {
  busSubjects,
  chain,
  decodeControlReply,
  decodeOutcome,
  decodePayload,
  decodeRemains,
  encodeControlRequest,
  encodeFrame,
  encodeOutcome,
  encodePayload,
  map,
  recordKinds,
  splitFrames,
  task,
  WIRE_VERSION,
} from "@arpeggio/core";
import type { ControlReply, LogReader, NodeAnswer, NodeStatusRecord, OutcomeRecord, RunRequest } from "@arpeggio/core";
import { expect, test } from "vitest";
import { coordinatorOn, gate, withBucket, withEvents } from "./faulty.ts";
import { World } from "./world.ts";

const double = task("double", (input: number): number => input * 2);
const slow = task("slow", (input: number): number => input);
const list = task("list", (input: number): readonly string[] => Array.from({ length: input }, () => "item"));
const upper = task("upper", (input: string): string => input.toUpperCase());
const wide = task("wide", (all: unknown): string => String(all));
const short = task("short", (text: string): number => text.length);
const work = (input: unknown, { task: name }: { readonly task: string }): unknown => {
  if (name === "double") return (input as number) * 2;
  if (name === "list") return Array.from({ length: input as number }, (_, i) => `item ${i}`);
  if (name === "wide") return "x".repeat(600);
  if (name === "short") return 1;
  return typeof input === "string" ? input.toUpperCase() : input;
};

async function ask(world: World, request: RunRequest, partition = world.partitionOf(request.run)) {
  const bytes = encodeControlRequest(request);
  return decodeControlReply(await world.client.bus.request(busSubjects.control(partition), bytes, 5_000));
}

const statusOf = (run: string) => ({ type: "status", run, nodesMax: 1_000, past: true }) as const;

function nodesIn(reply: ControlReply): readonly NodeStatusRecord[] {
  if (reply.type !== "status") throw new Error(JSON.stringify(reply));
  return reply.status.nodes;
}

async function nodeOf(world: World, run: string, node: string): Promise<NodeAnswer> {
  const reply = await ask(world, { type: "node", run, node, past: true });
  if (reply.type !== "node") throw new Error(JSON.stringify(reply));
  return reply.node;
}

async function outcomeOf(world: World, run: string): Promise<OutcomeRecord> {
  const entry = await world.client.bucket("results").get(`${run}.client`);
  return decodeOutcome(entry?.value ?? new Uint8Array(0));
}

/** A run that goes over from one coordinator to the next by its stored state, which `change` may change. */
async function handedOver(world: World, change: (state: object) => object): Promise<void> {
  const first = await world.coordinator("first");
  const { opened, open } = gate();
  await world.worker(async (input, attempt) => {
    if (attempt.task === "slow") await opened;
    return work(input, attempt);
  });
  await world.start("r", chain(double, slow, double), 1);
  await world.until(() => first.it.stats().states === 1, 100);
  await first.kill();
  const states = world.client.bucket("runs");
  const { value } = (await states.get("0.r")) ?? { value: new Uint8Array(0) };
  const body = splitFrames(value)[0]?.body ?? new Uint8Array(0);
  const changed = encodePayload(change(decodePayload(body) as object));
  await states.put("0.r", encodeFrame(WIRE_VERSION, recordKinds.checkpoint, changed));
  const second = await world.coordinator("second");
  await world.until(() => second.it.owned().length === 1);
  open();
  expect(await world.valueOf("r")).toBe(4);
}

test("a run that went over to another coordinator is told from its beginning", async () => {
  await using world = await World.open();
  await handedOver(world, (state) => state);
  const nodes = nodesIn(await ask(world, statusOf("r")));
  expect(nodes.map(({ node, state }) => `${node} ${state}`)).toEqual([
    "double succeeded",
    "slow succeeded",
    "double~2 succeeded",
  ]);
  const { startedAtMs, endedAtMs } = await outcomeOf(world, "r");
  expect(nodes[0]?.releasedAtMs).toBe(startedAtMs);
  expect(nodes[2]?.endedAtMs).toBe(endedAtMs);
  expect(decodePayload((await nodeOf(world, "r", "slow")).value ?? new Uint8Array(0))).toBe(2);
});

test("a run whose state an earlier release has stored is told by its outcome alone", async () => {
  await using world = await World.open();
  await handedOver(world, (state) => ({ ...state, startSequence: undefined }));
  expect(await outcomeOf(world, "r")).not.toHaveProperty("firstSequence");
  expect(await ask(world, statusOf("r"))).toMatchObject({
    type: "gone",
    run: "r",
    why: expect.stringContaining("release"),
  });
});

test("what the log has let go is gone", async () => {
  await using world = await World.open({ logBytesMax: 1 });
  const { it } = await world.coordinator();
  await world.worker(work);
  await world.start("r", chain(double, double), 1);
  expect(await world.valueOf("r")).toBe(4);
  expect(nodesIn(await ask(world, statusOf("r")))).toHaveLength(2);
  const result = encodePayload("x".repeat(100_000));
  for (let i = 0; i < 10; i++)
    await world.append({ type: "attempt.succeeded", run: "noise", node: 0, attempt: 1, result });
  const { checkpoints } = it.stats();
  await world.until(() => it.stats().checkpoints > checkpoints, 100);
  // Longer than what was asked for before is kept.
  world.clock.advance(20_000);
  const gone = { type: "gone", run: "r", why: "the event log does not have its events any more" };
  expect(await ask(world, statusOf("r"))).toEqual(gone);
  expect(await ask(world, { type: "node", run: "r", node: "double", past: true })).toEqual(gone);
  expect(await ask(world, { type: "remains", run: "r" })).toEqual(gone);
});

test("an outcome that names other places than its run's has no past", async () => {
  await using world = await World.open();
  await world.coordinator();
  await world.worker(work);
  await world.start("r", double, 1);
  await world.valueOf("r");
  const outcome = await outcomeOf(world, "r");
  const forged = async (more: Partial<OutcomeRecord>): Promise<ControlReply> => {
    const bytes = encodeOutcome({ ...outcome, run: "forged", ...more });
    await world.client.bucket("results").put("forged.client", bytes);
    world.clock.advance(20_000);
    return ask(world, statusOf("forged"));
  };
  expect(await forged({})).toMatchObject({ type: "gone" });
  expect(await forged({ firstSequence: 2, lastSequence: 1 })).toMatchObject({ type: "gone" });
  expect(await forged({ firstSequence: 1_000, lastSequence: 2_000 })).toMatchObject({ type: "gone" });
  expect(await forged({ run: "r", counts: { succeeded: 2 } })).toMatchObject({ type: "gone" });
});

test("what is no run of the partition is unknown", async () => {
  await using world = await World.open({ partitions: 2 });
  await world.coordinator();
  await world.worker(work);
  await world.start("r", double, 1);
  await world.valueOf("r");
  const own = world.partitionOf("r");
  for (const run of ["*", "r.client", ">", "", "never-was"])
    expect(await ask(world, statusOf(run), own)).toEqual({ type: "unknown", run });
  expect(await ask(world, statusOf("r"), 1 - own)).toEqual({ type: "unknown", run: "r" });
});

test("lists that were mapped over stay with the outcome, and other large values go", async () => {
  await using world = await World.open({ inlineBytesMax: 500 });
  const { it } = await world.coordinator();
  await world.worker(work);
  await world.start("r", chain(list, map(upper), wide, upper, short), 100);
  expect(await world.valueOf("r")).toBe(1);
  expect((await outcomeOf(world, "r")).blobs).toHaveLength(1);
  await world.until(() => it.stats().orphanBlobs > 1, 50);
  const nodes = nodesIn(await ask(world, statusOf("r")));
  expect(nodes).toHaveLength(105);
  expect(nodes.every(({ state }) => state === "succeeded")).toBe(true);
  expect(decodePayload((await nodeOf(world, "r", "map[99]/upper")).value ?? new Uint8Array(0))).toBe("ITEM 99");
  const reply = await ask(world, { type: "remains", run: "r", within: "map[1]/upper" });
  const blob = reply.type === "remains" ? reply.blob : "";
  const { succeeded } = decodeRemains(await world.client.blobs.get(blob));
  const values = new Map(succeeded.map(({ node, value }) => [node, value]));
  expect(values.get("map[7]")).toEqual(encodePayload("ITEM 7"));
  expect([...values.keys()].filter((path) => path.startsWith("map[") && path.endsWith("/upper"))).toEqual([
    "map[1]/upper",
  ]);
  expect(values.get("list")).toBeDefined();
  expect(values.has("wide")).toBe(true);
  expect(values.get("wide")).toBeUndefined();
  // Without the list, nobody knows any more what the map was over.
  for (const key of (await outcomeOf(world, "r")).blobs ?? []) await world.client.blobs.delete(key);
  world.clock.advance(20_000);
  expect(await ask(world, statusOf("r"))).toMatchObject({ type: "gone" });
});

test("who asks is told when it takes longer, and the log is read once for all who ask", async () => {
  await using world = await World.open();
  let readings = 0;
  const held: (() => void)[] = [];
  const it = await coordinatorOn(world, (transport) =>
    withEvents(transport, {
      read: (partition, from, reader) => {
        readings++;
        if (readings === 1) return transport.events.read(partition, from, reader);
        const late: LogReader = { ...reader, onMessage: (message) => void held.push(() => reader.onMessage(message)) };
        return transport.events.read(partition, from, { ...late, onCaughtUp: () => {} });
      },
    }),
  );
  await world.worker(work);
  await world.start("r", chain(double, double), 1);
  await world.start("other", double, 1);
  await world.valueOf("r");
  const asked = [ask(world, statusOf("r")), ask(world, statusOf("r"))];
  await world.until(() => held.length > 0, 0);
  world.clock.advance(1_000);
  for (const reply of await Promise.all(asked)) expect(reply).toEqual({ type: "reading", run: "r" });
  for (const bring of held) bring();
  expect(nodesIn(await ask(world, statusOf("r")))).toHaveLength(2);
  expect(readings).toBe(2);
  // One that is never read to its end is given up.
  held.length = 0;
  expect(await world.valueOf("other")).toBe(2);
  const late = ask(world, statusOf("other"));
  await world.until(() => held.length > 0, 0);
  world.clock.advance(1_000);
  expect(await late).toEqual({ type: "reading", run: "other" });
  world.clock.advance(30_000);
  expect(await ask(world, statusOf("other"))).toMatchObject({ type: "gone", why: expect.stringContaining("30 s") });
  expect(it.stats().runs).toBe(0);
});

test("a coordinator that has not read the end of a run tells nothing of its past", async () => {
  await using world = await World.open();
  await world.coordinator();
  await world.start("r", chain(double, double), 1);
  expect(nodesIn(await ask(world, { type: "status", run: "r", nodesMax: 10 }))).toMatchObject([
    { state: "queued" },
    { state: "blocked" },
  ]);
  // Who asks like this knows the outcome: another coordinator has stored it, and has the run by now.
  const node = { type: "node", run: "r", node: "double", past: true } as const;
  for (const request of [statusOf("r"), node, { ...node, node: "double/x" }, { type: "remains", run: "r" } as const]) {
    const replies: ControlReply[] = [];
    void ask(world, request).then((reply) => replies.push(reply));
    await world.until(() => replies.length > 0, 50);
    expect(replies).toEqual([{ type: "reading", run: "r" }]);
  }
});

test("a run with much to tell waits in the log for its graph", async () => {
  await using world = await World.open({ inlineBytesMax: 300_000, logBytesMax: 64 * 1024 * 1024 });
  const first = await world.coordinator("first");
  await world.worker(() => "x".repeat(200_000));
  const steps = Array.from({ length: 60 }, () => upper);
  await world.start("r", chain(upper, ...steps), "x");
  await world.valueOf("r");
  await first.it.stop();
  const { opened, open } = gate();
  await coordinatorOn(world, (transport) =>
    withBucket(transport, "graphs", {
      get: async (key) => {
        await opened;
        return transport.bucket("graphs").get(key);
      },
    }),
  );
  const asked = ask(world, statusOf("r"));
  const until = world.clock.now() + 2_000;
  await world.until(() => world.clock.now() > until, 50);
  expect(await asked).toEqual({ type: "reading", run: "r" });
  open();
  expect(nodesIn(await ask(world, statusOf("r")))).toHaveLength(61);
});

import { describe, test } from "vitest";
import { waitUntil } from "../outages/waiting.ts";
import { forgetNumbers, undoingMessages } from "../support/attempts-on-disk.ts";
import { natsServers, type NatsServerProgram } from "../support/nats-server.ts";
import { ForgetfulWorld } from "./forgetful-world.ts";
import { connectTool } from "./tool.ts";

/** Newer ones do by themselves what the transport does here. */
const isOld = ({ version }: NatsServerProgram) => version.startsWith("2.9.");
const CONSUMER = "q_q_normal";
const wanted = () => "wanted" as const;

describe.each(natsServers())("the queues of nats-server $version", { timeout: 60_000 }, (binary) => {
  test.concurrent("are read anew when their stream was emptied and counts anew", async ({ expect }) => {
    await using world = await ForgetfulWorld.open(binary);
    const { requeued } = world.attend(wanted);
    await world.publish("a", "b", "c");
    await world.settle("a", "b", "c");
    await forgetNumbers(world.server, CONSUMER, 3);
    await world.publish("d");
    await waitUntil(() => world.delivered.includes("d"));
    await world.publish("e", "f", "g");
    await waitUntil(() => world.delivered.length === 7);
    expect(world.delivered).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
    expect(requeued).toEqual([]);
    const said = (words: string) => world.warnings.filter((text) => text.includes(words)).length;
    await waitUntil(() => said("is read anew") === (isOld(binary) ? 1 : 0));
    expect(said("waits for a coordinator")).toBe(isOld(binary) ? 1 : 0);
  });

  test.concurrent("deliver what has old numbers when the stream has grown beyond them unseen", async ({ expect }) => {
    await using world = await ForgetfulWorld.open(binary);
    await world.publish("a", "b", "c");
    await world.settle("a", "b", "c");
    await world.worker.close();
    await forgetNumbers(world.server, CONSUMER, 3);
    await world.publish("d", "e", "f", "g", "h");
    await world.consumeAgain();
    const early = isOld(binary) ? ["g", "h"] : ["d", "e", "f", "g", "h"];
    await waitUntil(() => early.every((run) => world.delivered.includes(run)));
    await world.settle(...early);
    expect(world.delivered).toHaveLength(3 + early.length);

    const { requeued } = world.attend(wanted);
    await waitUntil(() => world.delivered.length === 8);
    expect(requeued).toEqual(isOld(binary) ? ["d", "e", "f"] : []);
    await world.settle("d", "e", "f");
    await world.publish("i");
    await world.settle("i");
    expect(world.delivered).toHaveLength(9);
    expect(await world.stored()).toEqual([]);
  });
});

test.concurrent.for(natsServers().filter(isOld))(
  "nats-server $version: what was done and is there again is removed, and not delivered",
  { timeout: 60_000 },
  async (binary, { expect }) => {
    await using world = await ForgetfulWorld.open(binary);
    await world.publish("a", "b", "kept");
    const places = [
      { acknowledged: 0, delivered: 3 },
      { acknowledged: 2, delivered: 3 },
    ] as const;
    await undoingMessages(world.server, CONSUMER, places, () => world.settle("a", "b"));
    expect(await world.stored()).toEqual(["a", "b", "kept"]);
    const { judged } = world.attend((run) => (run === "a" ? "dispensable" : "unknown"));
    await waitUntil(async () => (await world.stored()).join() === "b,kept");
    await world.publish("c");
    await world.settle("c");
    expect(world.delivered).toEqual(["a", "b", "kept", "c"]);
    // What a worker may have in hand is nobody's business.
    expect(judged).not.toContain("kept");
  },
);

test.concurrent.for(natsServers().filter(isOld))(
  "nats-server $version: nor when the stream has lost its end, too",
  { timeout: 60_000 },
  async (binary, { expect }) => {
    await using world = await ForgetfulWorld.open(binary);
    await world.publish("a", "b", "c");
    const places = [
      { acknowledged: 0, delivered: 3 },
      { acknowledged: 2, delivered: 5 },
    ] as const;
    await undoingMessages(world.server, CONSUMER, places, async () => {
      await world.settle("a", "b");
      await world.publish("d", "e");
      await world.settle("d", "e");
    });
    await world.publish("f");
    world.attend((run) => (["a", "b"].includes(run) ? "dispensable" : "wanted"));
    // The one that was in hand comes again, as its worker's server was killed.
    await waitUntil(() => world.delivered.filter((run) => run === "c").length === 2);
    await world.settle("f");
    expect(world.delivered.toSorted()).toEqual(["a", "b", "c", "c", "d", "e", "f"]);
    expect(await world.stored()).toEqual(["c"]);
  },
);

test.concurrent.for(natsServers().filter(isOld))(
  "nats-server $version: a queue that has lost a consumer gets it back",
  { timeout: 60_000 },
  async (binary, { expect, onTestFinished }) => {
    await using world = await ForgetfulWorld.open(binary);
    await world.worker.close();
    const tool = await connectTool(world.server.url);
    onTestFinished(() => tool.close());
    await tool.call("CONSUMER.DELETE.ARP_TASKS.q_q_low");
    world.attend(wanted);
    await waitUntil(async () => !("error" in (await tool.call("CONSUMER.INFO.ARP_TASKS.q_q_low"))), 40_000);
    const { config } = (await tool.call("CONSUMER.INFO.ARP_TASKS.q_q_low")) as { config: Record<string, unknown> };
    expect(config).toMatchObject({ filter_subject: "arp.task.q.low.>", durable_name: "q_q_low", ack_wait: 30e9 });
  },
);

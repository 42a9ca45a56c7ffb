import type { Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { describe, expect, test } from "vitest";
import { natsServers, startNatsServer } from "../support/nats-server.ts";

const everybody = ["$JS.API.STREAM.INFO.*", "arp.bus.>"];
const reading = ["$JS.API.DIRECT.GET.*", "$JS.API.CONSUMER.CREATE.>", "$JS.API.CONSUMER.DELETE.>", "$JS.FC.>"];
const blobs = ["$O.arp_blobs.>", "$JS.API.STREAM.PURGE.OBJ_arp_blobs"];
const client = [...everybody, ...reading, ...blobs, "arp.ev.>", "$KV.arp_graphs.>"];
const worker = [
  ...client,
  "_INBOX.>",
  "$KV.arp_workers.>",
  "$KV.arp_dead_letters.>",
  "$JS.API.STREAM.MSG.DELETE.KV_arp_workers",
  "$JS.API.CONSUMER.INFO.ARP_TASKS.*",
  "$JS.API.CONSUMER.DURABLE.CREATE.ARP_TASKS.*",
  "$JS.API.CONSUMER.MSG.NEXT.ARP_TASKS.*",
  "$JS.ACK.>",
];
const coordinator = [
  ...client,
  "_INBOX.>",
  "arp.task.>",
  "$KV.arp_runs.>",
  "$KV.arp_partitions.>",
  "$KV.arp_results.>",
  "$KV.arp_dead_letters.>",
  "$JS.API.STREAM.MSG.DELETE.KV_arp_runs",
  "$JS.API.STREAM.PURGE.ARP_TASKS",
];

const user = (name: string, publish: readonly string[], subscribe: readonly string[]) =>
  `{ user: "${name}", password: "p", permissions: {
    publish: ${JSON.stringify(publish)}, subscribe: ${JSON.stringify(["_INBOX.>", "arp.bus.>", ...subscribe])} } }`;

const config = `authorization { users: [
  ${user("first", [...everybody, "$JS.API.STREAM.CREATE.*"], [])}
  ${user("client", client, ["$KV.arp_results.>"])}
  ${user("worker", worker, [])}
  ${user("coordinator", coordinator, [])}
] }`;

const x = Buffer.from("x");

async function readAll(transport: Transport): Promise<number> {
  let count = 0;
  let reachEnd = () => {};
  const end = new Promise<void>((resolve) => (reachEnd = resolve));
  const reader = { onMessage: () => count++, onCaughtUp: () => reachEnd(), onError: () => expect.unreachable() };
  const reading = await transport.events.read(0, 0, reader);
  await end;
  await reading.stop();
  return count;
}

/** The lists above are those of docs/operate/nats.md; each role does what it does in a run. */
describe.each(natsServers())("roles with no more permissions than they need, on nats-server $version", (binary) => {
  test("do their work", async () => {
    await using server = await startNatsServer({ binary, config });
    const warnings: string[] = [];
    const open = (name: string) =>
      nats({ servers: server.url, user: name, pass: "p", onWarning: (text) => warnings.push(text) }).open(name);
    await (await open("first")).close();
    const [asClient, asWorker, asCoordinator] = [await open("client"), await open("worker"), await open("coordinator")];

    const outcome = new Promise<string>((resolve, reject) => {
      asClient
        .bucket("results")
        .observe("*.me", ({ key }) => resolve(key))
        .catch(reject);
    });
    await asClient.bucket("graphs").put("g1", x);
    const large = Buffer.alloc(300_000, 1);
    await asClient.blobs.put("input", large);
    await asClient.events.append(0, x, { id: "start" });
    expect(await asClient.events.claim(0, "run1", x)).toEqual({ claimed: true });
    expect((await asClient.events.claim(0, "run1", x)).claimed).toBe(false);

    expect(await readAll(asCoordinator)).toBe(2);
    const lease = await asCoordinator.bucket("partitions").putAt("0", x, 0);
    await asCoordinator.bucket("partitions").putAt("0", x, lease);
    await asCoordinator.bus.subscribe("ctl.coordinator.0", (message) => message.respond(x));
    const attempt = { queue: "q", priority: 5, runId: "run1", id: "run1:0:1", bytes: x };
    await asCoordinator.attempts.publish(attempt);

    await asWorker.bucket("workers").put("w1", x);
    await new Promise<void>((resolve, reject) => {
      const take = async () => {
        expect(await asWorker.blobs.get("input")).toHaveLength(300_000);
        await asWorker.blobs.put("output", large);
        await asWorker.events.append(0, x);
      };
      asWorker.attempts
        .consume("q", { inHandMax: 1, ackWaitMs: 5_000 }, (delivery) => {
          delivery.extend();
          take().then(() => (delivery.ack(), resolve()), reject);
        })
        .catch(reject);
    });
    await asWorker.bucket("workers").delete("w1");

    const checkpoint = await asCoordinator.bucket("runs").putAt("run1", x, 0);
    await asCoordinator.bucket("runs").delete("run1", checkpoint);
    await asCoordinator.attempts.discard("q", "run1");
    await asCoordinator.bucket("dead-letters").put("d1", x);
    await asCoordinator.bucket("results").put("run1.me", x);
    expect(await outcome).toBe("run1.me");
    expect(await asClient.bus.request("ctl.coordinator.0", x, 5_000)).toHaveLength(1);
    for await (const { key } of asClient.bucket("workers").entries(">")) expect.unreachable(key);
    await asClient.blobs.delete("input");

    for (const transport of [asClient, asWorker, asCoordinator]) await transport.close();
    expect(warnings).toEqual([]);
  });
});

import { permissionsFor } from "@arpeggio/transport-nats";
import { describe, expect, test } from "vitest";
import { natsServers, startNatsServer } from "../support/nats-server.ts";
import { usersConfig, users, type User } from "./nats-users.ts";
import { RawConnection } from "./raw-connection.ts";

const everything = [...users];
const clients: readonly User[] = ["clientA", "clientB", "operator"];
const workers: readonly User[] = ["workerCpu", "workerIo"];

/** Everything that changes something or gives something away, and who may do it. */
const publishing: readonly (readonly [what: string, subject: string, who: readonly User[]])[] = [
  ["look at a stream's settings", "$JS.API.STREAM.INFO.ARP_EVENTS", everything],
  ["start or cancel runs", "arp.ev.0.client", clients],
  ["start a run of a chosen id", "arp.ev.3.client.run-1", clients],
  ["report what became of attempts", "arp.ev.0.worker", [...workers, "operator"]],
  ["report what the coordinator finds out", "arp.ev.0.coordinator", ["coordinator", "operator"]],
  ["say something as nobody", "arp.ev.0.unsaid", []],
  ["dispatch attempts", "arp.task.cpu.high.9.run1", ["coordinator", "operator"]],
  ["take attempts of cpu", "$JS.API.CONSUMER.MSG.NEXT.ARP_TASKS.q_cpu_high", ["workerCpu"]],
  ["take attempts of io", "$JS.API.CONSUMER.MSG.NEXT.ARP_TASKS.q_io_low", ["workerIo"]],
  ["settle attempts of cpu", "$JS.ACK.ARP_TASKS.q_cpu_high.1.1.1.1.0", ["workerCpu"]],
  ["settle attempts of io", "$JS.ACK.ARP_TASKS.q_io_high.1.1.1.1.0", ["workerIo"]],
  ["settle attempts of io in the newer form", "$JS.ACK._.hash.ARP_TASKS.q_io_high.1.1.1.1.0", ["workerIo"]],
  ["create a queue", "$JS.API.CONSUMER.DURABLE.CREATE.ARP_TASKS.q_io_high", ["provisioner", "coordinator"]],
  ["create a queue on the log", "$JS.API.CONSUMER.DURABLE.CREATE.ARP_EVENTS.q_io_high", []],
  ["list the queues", "$JS.API.CONSUMER.LIST.ARP_TASKS", ["coordinator", "observer"]],
  ["look at a queue", "$JS.API.CONSUMER.INFO.ARP_TASKS.q_x_high", ["provisioner", "coordinator", "observer"]],
  ["read a queue past its consumers", "$JS.API.CONSUMER.CREATE.ARP_TASKS.x.arp.task.io.>", []],
  ["delete a queue", "$JS.API.CONSUMER.DELETE.ARP_TASKS.q_cpu_high", ["coordinator"]],
  ["discard attempts", "$JS.API.STREAM.PURGE.ARP_TASKS", ["coordinator"]],
  ["read attempts", "$JS.API.DIRECT.GET.ARP_TASKS", ["coordinator"]],
  ["read the log in order", "$JS.API.CONSUMER.CREATE.ARP_EVENTS.x.arp.ev.0.>", ["coordinator"]],
  ["purge the log", "$JS.API.STREAM.PURGE.ARP_EVENTS", []],
  ["write checkpoints", "$KV.arp_runs.0.run1", ["coordinator"]],
  ["read checkpoints", "$JS.API.DIRECT.GET.KV_arp_runs", ["coordinator", "observer"]],
  ["write leases", "$KV.arp_partitions.0", ["coordinator"]],
  ["write results", "$KV.arp_results.run1.me", ["coordinator"]],
  ["read results", "$JS.API.DIRECT.GET.KV_arp_results", [...clients, "coordinator", "observer"]],
  ["store graphs", "$KV.arp_graphs.hash", [...clients, ...workers]],
  ["announce a worker", "$KV.arp_workers.w1", workers],
  ["set attempts aside", "$KV.arp_dead_letters.attempts.run.1-1", [...workers, "coordinator", "operator"]],
  ["set results aside", "$KV.arp_dead_letters.results.hash", [...clients, "coordinator"]],
  ["set events aside", "$KV.arp_dead_letters.events.0.1.0", ["coordinator", "operator"]],
  ["read dead letters", "$JS.API.DIRECT.GET.KV_arp_dead_letters", [...workers, "coordinator", "operator", "observer"]],
  ["store blobs", "$O.arp_blobs.C.nuid", [...clients, ...workers, "coordinator"]],
  ["purge blobs", "$JS.API.STREAM.PURGE.OBJ_arp_blobs", ["coordinator"]],
  ["have blobs delivered anywhere", "$JS.API.CONSUMER.CREATE.OBJ_arp_blobs.x.$O.arp_blobs.C.y", []],
  ["have blobs delivered anywhere, by the old API", "$JS.API.CONSUMER.CREATE.OBJ_arp_blobs", []],
  ["remove a message", "$JS.API.STREAM.MSG.DELETE.KV_arp_results", []],
  ["ask about runs", "arp.bus.ctl.coordinator.0", [...clients, "observer"]],
  ["tell workers to stop", "arp.bus.ctl.abort", ["coordinator"]],
  ["be a coordinator among coordinators", "arp.bus.ctl.coordinators", ["coordinator"]],
  ["tell clients to wait", "arp.bus.ctl.pressure", ["coordinator"]],
  ["tell of progress", "arp.bus.live.run1", [...workers, "coordinator"]],
  ["answer client a", "_INBOX_arp.client.a.xyz", ["coordinator"]],
  ["answer a worker", "_INBOX_arp.worker.xyz", []],
  ["create a stream", "$JS.API.STREAM.CREATE.ARP_EVENTS", ["provisioner"]],
  ["create another stream", "$JS.API.STREAM.CREATE.OTHER", []],
  ["change a stream", "$JS.API.STREAM.UPDATE.ARP_EVENTS", []],
  ["delete a stream", "$JS.API.STREAM.DELETE.ARP_EVENTS", []],
  ["list all streams", "$JS.API.STREAM.LIST", []],
  ["use another prefix", "other.ev.0.client", []],
  ["use the old inbox", "_INBOX.xyz", []],
];

const subscribing: readonly (readonly [what: string, subject: string, who: readonly User[]])[] = [
  ["everything", ">", []],
  ["all of the prefix", "arp.>", []],
  ["the log as it is written", "arp.ev.>", []],
  ["attempts as they are dispatched", "arp.task.>", []],
  ["requests to JetStream", "$JS.API.>", []],
  ["all inboxes", "_INBOX.>", []],
  ["replies to client a", "_INBOX_arp.client.a.>", ["clientA"]],
  ["replies to client b", "_INBOX_arp.client.b.>", ["clientB"]],
  ["replies to all clients", "_INBOX_arp.client.>", []],
  ["replies to workers", "_INBOX_arp.worker.>", workers],
  ["replies to coordinators", "_INBOX_arp.coordinator.>", ["coordinator"]],
  ["results as they come", "$KV.arp_results.*.*", [...clients, "observer"]],
  ["leases", "$KV.arp_partitions.*", ["coordinator", "observer"]],
  ["checkpoints", "$KV.arp_runs.>", []],
  ["blobs", "$O.arp_blobs.>", []],
  ["whether to wait", "arp.bus.ctl.pressure", [...clients, "observer"]],
  ["progress", "arp.bus.live.*", [...clients, "observer"]],
  ["what workers are told", "arp.bus.ctl.abort", workers],
  ["questions about runs", "arp.bus.ctl.coordinator.0", ["coordinator"]],
];

/** The server needs no streams for this: it checks permissions before anything else. */
describe.each(natsServers())("the permissions of each role, on nats-server $version", (binary) => {
  test("let it do what is its own, and nothing else", async () => {
    await using server = await startNatsServer({ binary, config: usersConfig });
    for (const user of users) {
      await using raw = await RawConnection.open(server.port, user, "p");
      for (const [what, subject, who] of publishing) {
        expect({ user, what, may: await raw.may("publish", subject) }).toEqual({ user, what, may: who.includes(user) });
      }
      for (const [what, subject, who] of subscribing) {
        const may = await raw.may("subscribe", subject);
        expect({ user, reads: what, may }).toEqual({ user, reads: what, may: who.includes(user) });
      }
    }
  });
});

describe("permissionsFor", () => {
  test("a process of several roles has all their permissions, and one inbox", () => {
    const both = permissionsFor({ role: ["worker", "client"], queues: ["q"], prefix: "shop", clientId: "me" });
    expect(both.inboxPrefix).toBe("_INBOX_shop.client.me");
    expect(both.subscribe.allow).toContain("shop.bus.ctl.abort");
    expect(both.publish.allow).toEqual(expect.arrayContaining(["shop.ev.*.client", "shop.ev.*.worker"]));
    expect(new Set(both.publish.allow).size).toBe(both.publish.allow.length);
  });

  test.each([
    [{ role: "admin" }, "OPTION_INVALID"],
    [{ role: [] }, "OPTION_INVALID"],
    [{ role: "worker" }, "OPTION_INVALID"],
    [{ role: "worker", queues: ["*"] }, "NAME_INVALID"],
    [{ role: "worker", queues: ["a.b"] }, "NAME_INVALID"],
    [{ role: "worker", queues: "cpu" }, "OPTION_INVALID"],
    [{ role: "client", prefix: ">" }, "OPTION_INVALID"],
    [{ role: "client", clientId: "*" }, "NAME_INVALID"],
  ])("%j is refused", (options, code) => {
    expect(() => permissionsFor(options as never)).toThrow(expect.objectContaining({ code }));
  });
});

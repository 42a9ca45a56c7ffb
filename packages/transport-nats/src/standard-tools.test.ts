import type { Transport } from "@arpeggio/core";
import { jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { Objm } from "@nats-io/obj";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { natsServers, startNatsServer, type NatsServer } from "../../../test/support/nats-server.ts";
import { nats } from "./nats.ts";

const bytesOf = (text: string) => Buffer.from(text);

/** What operators see with the tools they have, and what happens when they use them to change something. */
describe.each(natsServers())("the clients' own APIs on nats-server $version", (binary) => {
  let server: NatsServer;
  let transport: Transport;
  let operator: NatsConnection;
  beforeAll(async () => {
    server = await startNatsServer({ binary });
    transport = await nats({ servers: server.url }).open("tools");
    operator = await connect({ servers: server.url });
  });
  afterAll(async () => {
    await operator.close();
    await transport.close();
    await server[Symbol.asyncDispose]();
  });

  test("a bucket is a key-value bucket", async () => {
    const ours = transport.bucket("results");
    const theirs = await new Kvm(operator).open("arp_results");
    const revision = await ours.put("run1.me", bytesOf("one"));
    expect(await theirs.get("run1.me")).toMatchObject({ key: "run1.me", revision, operation: "PUT" });
    expect((await theirs.get("run1.me"))?.string()).toBe("one");
    const status = await theirs.status();
    expect(status).toMatchObject({ bucket: "arp_results", history: 1, ttl: 604_800_000 });

    await theirs.put("run2.me", "two");
    expect(await ours.get("run2.me")).toMatchObject({ value: bytesOf("two") });
    const keys: string[] = [];
    for await (const { key } of ours.entries("*.me")) keys.push(key);
    expect(keys).toEqual(["run1.me", "run2.me"]);
  });

  test("a key that an operator deleted is absent, and can be created again", async () => {
    const ours = transport.bucket("runs");
    const theirs = await new Kvm(operator).open("arp_runs");
    for (const remove of ["delete", "purge"] as const) {
      const old = await ours.put("older", bytesOf("stays"));
      await ours.put("run1", bytesOf("goes"));
      await theirs[remove]("run1");
      expect(await ours.get("run1")).toBeUndefined();
      expect(await ours.newest(">")).toMatchObject({ key: "older", revision: old });
      const keys: string[] = [];
      for await (const { key } of ours.entries(">")) keys.push(key);
      expect(keys).toEqual(["older"]);
      const revision = await ours.putAt("run1", bytesOf("back"), 0);
      expect(await ours.get("run1")).toMatchObject({ revision, value: bytesOf("back") });
      await expect(ours.putAt("run1", bytesOf("no"), 0)).rejects.toMatchObject({ code: "REVISION_MISMATCH" });
    }
  });

  test("what the engine deletes leaves nothing behind, not even a marker", async () => {
    const ours = transport.bucket("workers");
    const manager = await jetstreamManager(operator);
    const revision = await ours.put("worker1", bytesOf("here"));
    await ours.put("worker2", bytesOf("here"));
    await expect(ours.delete("worker1", revision + 7)).rejects.toMatchObject({ code: "REVISION_MISMATCH" });
    await ours.delete("worker1", revision);
    await ours.delete("worker2");
    await ours.delete("never.there");
    await expect.poll(async () => (await manager.streams.info("KV_arp_workers")).state.messages).toBe(0);
  });

  test("a blob is an object", async () => {
    const theirs = await new Objm(operator).open("arp_blobs");
    const bytes = Buffer.alloc(700_000, "a picture ");
    // Letters beyond ASCII are left out: this client encodes them in a way of its own, unlike the `nats` tool.
    const key = "run1/a ?>.*~/result";
    await transport.blobs.put(key, bytes);
    expect(Buffer.compare((await theirs.getBlob(key)) ?? bytesOf(""), bytes)).toBe(0);
    expect(await theirs.info(key)).toMatchObject({ name: key, size: 700_000, deleted: false });
    await transport.blobs.put("empty", new Uint8Array(0));
    expect(await theirs.getBlob("empty")).toHaveLength(0);

    await theirs.putBlob({ name: "theirs" }, bytes);
    expect(Buffer.compare(await transport.blobs.get("theirs"), bytes)).toBe(0);
    await theirs.delete("theirs");
    await expect(transport.blobs.get("theirs")).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
    const keys: string[] = [];
    for await (const name of transport.blobs.list("")) keys.push(name);
    expect(keys.sort()).toEqual(["empty", key]);
  });

  test("putting a blob again stores nothing, and a broken one is told apart from a missing one", async () => {
    const manager = await jetstreamManager(operator);
    const bytes = Buffer.alloc(300_000, 7);
    await transport.blobs.put("twice", bytes);
    const before = (await manager.streams.info("OBJ_arp_blobs")).state.last_seq;
    await transport.blobs.put("twice", bytes);
    expect((await manager.streams.info("OBJ_arp_blobs")).state.last_seq).toBe(before);

    await manager.streams.deleteMessage("OBJ_arp_blobs", before - 2);
    await expect(transport.blobs.get("twice")).rejects.toMatchObject({
      code: "BLOB_CORRUPT",
      message: expect.stringMatching(/of its 300000 bytes/) as string,
    });
    await manager.streams.purge("OBJ_arp_blobs", { filter: "$O.arp_blobs.C.>" });
    await expect(transport.blobs.get("twice")).rejects.toMatchObject({ code: "BLOB_CORRUPT" });
    await transport.blobs.delete("twice");
    await expect(transport.blobs.get("twice")).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
    await transport.blobs.delete("twice");
  });

  test("blob keys that cannot be subjects are refused", async () => {
    for (const key of ["", "x".repeat(1_001)]) {
      await expect(transport.blobs.put(key, bytesOf("x"))).rejects.toMatchObject({ code: "BLOB_KEY_INVALID" });
    }
    await transport.blobs.put("x".repeat(1_000), bytesOf("x"));
  });

  test("a reader that has stopped leaves no consumer behind", async () => {
    const manager = await jetstreamManager(operator);
    const reader = { onMessage: () => {}, onCaughtUp: () => {}, onError: () => {} };
    const readings = await Promise.all([0, 1, 2, 3].map((partition) => transport.events.read(partition, 0, reader)));
    const count = async () => (await manager.streams.info("ARP_EVENTS")).state.consumer_count;
    expect(await count()).toBe(4);
    await Promise.all(readings.map((reading) => reading.stop()));
    await expect.poll(count).toBe(0);
  });
});

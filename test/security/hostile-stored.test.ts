import { encodeEvent, encodeGraph, encodePayload, graphHash, partitionOf } from "@arpeggio/core";
import type { RunEvent, RunStarted, Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { compile, contract, createApp, jsonSchema, map, signal, task, type App } from "arpeggio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { natsServers, startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { RawConnection } from "./raw-connection.ts";

const numbers = task("numbers", (n: number) => Array.from({ length: n }, (_, i) => i));
const Count = jsonSchema<number>({ type: "number" });
/** No worker knows it, so its run goes on until somebody ends it. */
const absent = contract("absent", { input: Count, output: Count });
const large = task("large", (n: number) => ["x".repeat(300_000), n]);
const length = task("length", (text: unknown) => String(text).length);

/** What whoever may write to the log and the stores could leave there. */
describe.each(natsServers())("what is stored in bad faith, on nats-server $version", (binary) => {
  let server: NatsServer;
  let app: App;
  let transport: Transport;
  beforeAll(async () => {
    server = await startNatsServer({
      binary,
      config: "no_auth_user: u\nauthorization { users: [{ user: u, password: p }] }",
    });
    const onWarning = () => {};
    const provider = nats({ servers: server.url, user: "u", pass: "p", partitions: 1, onWarning });
    const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    app = await createApp({ transport: provider, tasks: [numbers, large, length], log: quiet });
    transport = await provider.open("attacker");
  });
  afterAll(async () => {
    await transport.close();
    await app.close();
    await server[Symbol.asyncDispose]();
  });

  const write = (event: RunEvent, origin: "client" | "worker") =>
    transport.events.append(partitionOf(event.run, 1), encodeEvent(event), { origin });

  test("starts with hostile names hold nothing up", async () => {
    const { hash } = compile(numbers);
    const good: RunStarted = {
      type: "run.started",
      run: "r",
      client: "c",
      workflow: "w",
      graph: hash,
      input: encodePayload(1),
    };
    for (const name of ["", "*", ">", "a.b", "a b", "x\r\ny", "x".repeat(10_000)]) {
      const changes = [{ run: name }, { client: name }, { graph: name }, { defaults: { queue: name } }];
      for (const [i, change] of changes.entries())
        await write({ ...good, run: `hostile-${i}`, ...change }, "client").catch(() => {});
    }
    expect(await (await app.run(numbers, 2)).result()).toEqual([0, 1]);
  });

  test("a step whose name no field may have ends its run, and no coordinator", async () => {
    const { graph } = compile(numbers.named("named"));
    const hostile = {
      ...graph,
      nodes: graph.nodes.map((node) => ({ ...node, id: "__proto__" })),
      output: { ref: "__proto__" },
    };
    const hash = graphHash(hostile);
    await transport.bucket("graphs").put(hash, encodeGraph(hostile));
    const run = app.attach("named-proto");
    const start = { run: run.id, client: "c", workflow: "w", graph: hash, input: encodePayload(1) };
    await write({ type: "run.started", ...start }, "client");
    await expect(run.result()).rejects.toMatchObject({ code: "RUN_FAILED", failure: { code: "GRAPH_INVALID" } });
    expect(await (await app.run(numbers, 2)).result()).toEqual([0, 1]);
  });

  test("a graph that was replaced after its run began is not believed", async () => {
    const canvas = signal("go", Count).named("replaced");
    const { hash, graph } = compile(canvas);
    const run = await app.run(canvas, 1);
    await expect.poll(async () => (await run.status()).counts["running"]).toBe(1);
    const nodes = graph.nodes.map((node) => ({ ...node, schema: { type: "string", pattern: "^(a+)+$" } }));
    await transport.bucket("graphs").put(hash, encodeGraph({ ...graph, nodes }));
    await expect(run.signal("go", 7)).rejects.toMatchObject({ code: "GRAPH_INVALID" });
    await transport.bucket("graphs").put(hash, encodeGraph(graph));
    await run.signal("go", 7);
    expect(await run.result()).toBe(7);
  });

  test("events of another role are not heard", async () => {
    const forged = await app.run(absent, 1, { id: "forged" });
    const result = encodePayload("forged");
    // A client that reports a result, and a worker that cancels.
    await write({ type: "attempt.succeeded", run: "forged", node: 0, attempt: 1, result }, "client");
    await write({ type: "run.cancel.requested", run: "forged", reason: "forged" }, "worker");
    // Behind both in the log, so they have been read when this one has its effect.
    await write({ type: "run.cancel.requested", run: "forged", reason: "honest" }, "client");
    await expect(forged.result()).rejects.toMatchObject({
      code: "RUN_CANCELLED",
      message: expect.stringContaining("honest") as string,
    });
  });

  test("a blob whose description is forged is refused, and cannot take others with it", async () => {
    await using raw = await RawConnection.open(server.port, "u", "p");
    await transport.blobs.put("bystander", Buffer.alloc(500_000, 1));
    for (const [i, nuid] of [">", "*", "a.b", "", "x y"].entries()) {
      const info = { name: `evil-${i}`, bucket: "arp_blobs", nuid, size: 1, chunks: 2, digest: "SHA-256=x" };
      await raw.request(`$O.arp_blobs.M.${Buffer.from(info.name).toString("base64")}`, JSON.stringify(info));
      await expect(transport.blobs.get(info.name)).rejects.toMatchObject({ code: "BLOB_CORRUPT" });
      // It can be replaced and deleted, but takes nothing else with it.
      if (i % 2 === 0) await transport.blobs.put(info.name, Buffer.from("x"));
      await transport.blobs.delete(info.name);
      await expect(transport.blobs.get(info.name)).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
    }
    await raw.request(`$O.arp_blobs.M.${Buffer.from("evil-text").toString("base64")}`, "{");
    await expect(transport.blobs.get("evil-text")).rejects.toMatchObject({ code: "BLOB_CORRUPT" });
    expect(await transport.blobs.get("bystander")).toHaveLength(500_000);
    expect(await (await app.run(map(length), ["a", "bc"])).result()).toEqual([1, 2]);
    expect(await (await app.run(large, 1)).result()).toHaveLength(2);
  });
});

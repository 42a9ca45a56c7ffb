import { nats } from "@arpeggio/transport-nats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { natsServers, newestNatsServer, startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { connectTool, type Tool } from "./tool.ts";

describe.each(natsServers())("opening on nats-server $version", (binary) => {
  let server: NatsServer;
  let tool: Tool;
  beforeAll(async () => {
    server = await startNatsServer({ binary });
    tool = await connectTool(server.url);
  });
  afterAll(async () => {
    await tool.close();
    await server[Symbol.asyncDispose]();
  });

  test("two processes that create everything at once both succeed and agree", async () => {
    const options = [2, 8, 5, 3].map((partitions) => ({ servers: server.url, prefix: "twice", partitions }));
    const warnings: string[] = [];
    const onWarning = (text: string) => warnings.push(text);
    const transports = await Promise.all(options.map((o) => nats({ ...o, onWarning }).open("one")));
    const counts = new Set(transports.map((transport) => transport.events.partitions));
    expect(counts.size).toBe(1);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toMatch(/TWICE_EVENTS was created with \d partitions and keeps them/);
    await Promise.all(transports.map((transport) => transport.close()));
  });

  test("a process that names nothing takes what is there, without a warning", async () => {
    const servers = server.url;
    const first = await nats({ servers, prefix: "named", partitions: 7, retention: { resultsMs: 600_000 } }).open("a");
    const onWarning = (text: string) => expect.unreachable(text);
    const second = await nats({ servers, prefix: "named", onWarning }).open("b");
    expect(second.events.partitions).toBe(7);
    await first.close();
    await second.close();
  });

  test("another retention than what is there is an error, and nothing is changed", async () => {
    const servers = server.url;
    await (await nats({ servers, prefix: "kept" }).open("a")).close();
    const other = nats({ servers, prefix: "kept", retention: { resultsMs: 600_000 } }).open("b");
    await expect(other).rejects.toMatchObject({
      code: "TOPOLOGY_MISMATCH",
      asset: "KV_kept_results",
      field: "max_age",
      message: expect.stringMatching(/604800000000000 on the server, 600000000000 is wanted/) as string,
      hint: expect.stringContaining("retention.resultsMs") as string,
    });
    const { config } = (await tool.call("STREAM.INFO.KV_kept_results")) as { config: { max_age: number } };
    expect(config.max_age).toBe(604_800_000_000_000);
  });

  test("a stream of somebody else's under our name is an error", async () => {
    await tool.call("STREAM.CREATE.ALIEN_TASKS", {
      name: "ALIEN_TASKS",
      subjects: ["alien.task.>"],
      retention: "interest",
      storage: "file",
      allow_direct: true,
    });
    await expect(nats({ servers: server.url, prefix: "alien" }).open("a")).rejects.toMatchObject({
      code: "TOPOLOGY_MISMATCH",
      asset: "ALIEN_TASKS",
      field: "retention",
      hint: expect.stringContaining("another prefix") as string,
    });
  });

  test("an event log without its partition count is an error", async () => {
    await tool.call("STREAM.CREATE.BARE_EVENTS", {
      name: "BARE_EVENTS",
      subjects: ["bare.ev.>"],
      storage: "file",
      allow_direct: true,
    });
    await expect(nats({ servers: server.url, prefix: "bare" }).open("a")).rejects.toMatchObject({
      code: "TOPOLOGY_MISMATCH",
      field: "description",
    });
  });

  test("a message that was read is not missed where it has been removed", async () => {
    const transport = await nats({ servers: server.url, prefix: "aged" }).open("a");
    await transport.events.append(0, Buffer.from("one"));
    const reader = { onMessage: () => {}, onCaughtUp: () => {}, onError: () => {} };
    const seen = { sequence: 1, timestampMs: 1 };
    await expect(transport.events.read(0, 2, reader, seen)).rejects.toMatchObject({ code: "LOG_TRUNCATED" });
    await tool.call("STREAM.PURGE.AGED_EVENTS", {});
    await (await transport.events.read(0, 2, reader, seen)).stop();
    await transport.close();
  });

  test("a message above the server's limit is an error", async () => {
    const transport = await nats({ servers: server.url, prefix: "large" }).open("a");
    const bytes = Buffer.alloc(transport.limits.messageBytesMax + 1);
    const attempt = { queue: "q", priority: 5, runId: "r", id: "r:0:1", bytes };
    const tooLarge = { code: "MESSAGE_TOO_LARGE" };
    await expect(transport.events.append(0, bytes)).rejects.toMatchObject(tooLarge);
    await expect(transport.events.claim(0, "k", bytes)).rejects.toMatchObject(tooLarge);
    await expect(transport.attempts.publish(attempt)).rejects.toMatchObject(tooLarge);
    await expect(transport.bucket("runs").put("k", bytes)).rejects.toMatchObject(tooLarge);
    await expect(transport.bucket("runs").putAt("k", bytes, 0)).rejects.toMatchObject(tooLarge);
    expect(() => transport.bus.publish("s", bytes)).toThrow(expect.objectContaining(tooLarge));
    // Exactly at the limit there is still room for every header.
    const largest = bytes.subarray(1);
    await transport.attempts.publish({ ...attempt, id: "x".repeat(200), bytes: largest });
    await transport.bucket("runs").putAt("k", largest, 0);
    await transport.close();
  });

  test("what a closed transport is asked for is an error, and what was published before is stored", async () => {
    const provider = nats({ servers: server.url, prefix: "closed" });
    const transport = await provider.open("a");
    const appended = transport.events.append(0, Buffer.from("one"));
    await transport.close();
    await appended;
    const closed = { code: "TRANSPORT_CLOSED" };
    await expect(transport.events.append(0, Buffer.from("two"))).rejects.toMatchObject(closed);
    await expect(transport.bucket("runs").get("k")).rejects.toMatchObject(closed);
    await expect(transport.bus.subscribe("s", () => {})).rejects.toMatchObject(closed);
    await expect(transport.bus.request("s", Buffer.from(""), 100)).rejects.toMatchObject(closed);
    await transport.close();
  });
});

describe("a server that cannot be used", () => {
  test("nothing listens there", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    await expect(nats({ servers: address }).open("a")).rejects.toMatchObject({
      code: "SERVER_UNREACHABLE",
      message: expect.stringContaining(address) as string,
      hint: expect.stringContaining("nats-server") as string,
    });
  });

  test.each(natsServers())("nats-server $version wants a password", async (binary) => {
    await using server = await startNatsServer({ binary, config: `authorization { user: "u", password: "p" }` });
    const failure = { code: "AUTHENTICATION_FAILED" };
    await expect(nats({ servers: server.url }).open("a")).rejects.toMatchObject(failure);
    await expect(nats({ servers: server.url, user: "u", pass: "x" }).open("a")).rejects.toMatchObject(failure);
    await (await nats({ servers: server.url, user: "u", pass: "p" }).open("a")).close();
  });

  test.each(natsServers())("nats-server $version has no JetStream for the account", async (binary) => {
    const config = `accounts { A: { users: [{ user: "u", password: "p" }] } }`;
    await using server = await startNatsServer({ binary, config });
    await expect(nats({ servers: server.url, user: "u", pass: "p" }).open("a")).rejects.toMatchObject({
      code: "JETSTREAM_DISABLED",
    });
  });

  test.each(natsServers())("nats-server $version runs without JetStream", async (binary) => {
    await using server = await startNatsServer({ binary, config: "jetstream: disabled" });
    const opened = nats({ servers: server.url, connectTimeoutMs: 300 }).open("a");
    await expect(opened).rejects.toMatchObject({
      code: "JETSTREAM_DISABLED",
      hint: expect.stringContaining("-js") as string,
    });
  });

  test.each(natsServers())("nats-server $version does not let the user create streams", async (binary) => {
    const denied = `authorization { users: [
      { user: "all", password: "p" },
      { user: "few", password: "p", permissions: { publish: { deny: ["$JS.API.STREAM.CREATE.>", "few.ev.>"] } } },
      { user: "none", password: "p", permissions: { publish: ["x"], subscribe: ["_INBOX.>"] } }
    ] }`;
    await using server = await startNatsServer({ binary, config: denied });
    const open = (user: string) => nats({ servers: server.url, prefix: "few", user, pass: "p" }).open("a");
    await expect(open("few")).rejects.toMatchObject({
      code: "PERMISSION_MISSING",
      action: "publish",
      subject: expect.stringContaining("$JS.API.STREAM.CREATE.FEW_EVENTS") as string,
      hint: expect.stringContaining("may create streams") as string,
    });
    await expect(open("none")).rejects.toMatchObject({ code: "PERMISSION_MISSING", action: "publish" });
    await (await open("all")).close();
    // Now everything is there, and creating is not needed any more; writing still is.
    const transport = await open("few");
    await expect(transport.events.append(0, Buffer.from("x"))).rejects.toMatchObject({
      code: "PERMISSION_MISSING",
      subject: "few.ev.0.unsaid",
    });
    await transport.close();
  });

  test("the user may not receive answers", async () => {
    const config = `authorization { users: [
      { user: "u", password: "p", permissions: { subscribe: ["_MINE.>"] } }
    ] }`;
    await using server = await startNatsServer({ binary: newestNatsServer(), config });
    const access = { servers: server.url, user: "u", pass: "p" };
    await expect(nats(access).open("a")).rejects.toMatchObject({ code: "PERMISSION_MISSING", action: "subscribe" });
    await (await nats({ ...access, inboxPrefix: "_MINE" }).open("a")).close();
  });
});

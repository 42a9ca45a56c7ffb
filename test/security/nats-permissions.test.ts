import { provisionNats } from "@arpeggio/transport-nats";
import { encodeEvent, partitionOf } from "@arpeggio/core";
import type { Transport } from "@arpeggio/core";
import { chain, createApp, group, map, PermanentTaskError, signal, task } from "arpeggio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { natsServers, startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { as, usersConfig, type User } from "./nats-users.ts";

const x = Buffer.from("x");
const LARGE = 700_000;

const grow = task("grow", { queue: "cpu" }, ({ times }: { times: number }) => "x".repeat(times * LARGE));
const measure = task("measure", { queue: "io" }, (text: string) => text.length);
const numbers = task("numbers", { queue: "io" }, (n: number) => Array.from({ length: n }, (_, i) => i));
const twice = task("twice", { queue: "cpu" }, (n: number) => 2 * n);
const sum = task("sum", { queue: "cpu" }, (all: readonly number[]) => all.reduce((a, b) => a + b, 0));
let failures = 0;
const shaky = task("shaky", { queue: "cpu", retry: { attempts: 2, delay: 5 } }, (n: number) => {
  failures += 1;
  if (failures % 2 === 1) throw new Error("not yet");
  return n;
});
const waiting = task("waiting", { queue: "io" }, async (_: number, { signal }) => {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return 0;
});

const turned = task("turned", { queue: "io" }, (text: string, ctx) => ctx.replaceWith(measure, text));
const broken = task("broken", { queue: "io" }, (n: number): number => {
  throw new PermanentTaskError(`never ${n}`);
});

const blobs = chain(grow, measure);
const numbersAll = chain(numbers, map(twice), sum);
const both = group({ one: twice, two: shaky });
/** Its graph is larger than a message. */
const named = group(Array.from({ length: 6_000 }, (_, i) => twice.named(`n${i}`.padEnd(200, "x"))));

describe.each(natsServers())("users with the permissions of one role, on nats-server $version", (binary) => {
  let server: NatsServer;
  const warnings: string[] = [];
  const provider = (user: User) => as(user, server.url, (text) => warnings.push(`${user}: ${text}`));
  const open = (user: User): Promise<Transport> => provider(user).open(user);

  beforeAll(async () => {
    server = await startNatsServer({ binary, config: usersConfig });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("cannot begin before everything is created, and are told who can", async () => {
    for (const user of ["clientA", "workerCpu", "coordinator", "observer"] as const) {
      await expect(open(user)).rejects.toMatchObject({
        code: "PERMISSION_MISSING",
        action: "publish",
        subject: "$JS.API.STREAM.CREATE.ARP_EVENTS",
        hint: expect.stringContaining("arpeggio nats init") as string,
      });
    }
    const access = { user: "provisioner", pass: "p", inboxPrefix: "_INBOX_arp.provisioner" };
    const options = { servers: server.url, ...access };
    expect((await provisionNats({ ...options, queues: ["cpu"] })).streams).toHaveLength(9);
    const workerIo = open("workerIo").then(async (transport) => {
      await using _closing = { [Symbol.asyncDispose]: () => transport.close() };
      await transport.attempts.consume("io", { inHandMax: 1, ackWaitMs: 30_000 }, () => {});
    });
    await expect(workerIo).rejects.toMatchObject({
      code: "PERMISSION_MISSING",
      subject: expect.stringMatching(/^\$JS\.API\.CONSUMER\.DURABLE\.CREATE\.ARP_TASKS\.q_io_/) as string,
      hint: expect.stringContaining("--queues") as string,
    });
    // Again, with one more: what is there stays.
    const provisioned = await provisionNats({ ...options, queues: ["cpu", "io"] });
    expect(provisioned.consumers).toEqual([
      ..."high normal low".split(" ").map((band) => `q_cpu_${band}`),
      "q_io_high",
      "q_io_normal",
      "q_io_low",
    ]);
    warnings.length = 0;
  });

  test("do everything that runs need", { timeout: 60_000 }, async () => {
    await using coordinator = await createApp({ transport: provider("coordinator"), roles: ["coordinator"] });
    const cpu = { roles: ["worker"], tasks: [grow, twice, sum, shaky] } as const;
    await using worker1 = await createApp({ transport: provider("workerCpu"), ...cpu });
    const io = { roles: ["worker"], tasks: [measure, numbers, waiting, turned, broken] } as const;
    await using worker2 = await createApp({ transport: provider("workerIo"), ...io });
    await using client = await createApp({ transport: provider("clientA"), roles: ["client"] });
    await using other = await createApp({ transport: provider("clientB"), roles: ["client"] });
    await using observer = await createApp({ transport: provider("observer"), roles: ["client"] });
    expect([coordinator, worker1, worker2]).toHaveLength(3);

    expect(await (await client.run(blobs, { times: 2 }, { id: "chosen" })).result()).toBe(2 * LARGE);
    // The same id again: a claim that somebody else has.
    expect(await (await other.run(blobs, { times: 2 }, { id: "chosen" })).result()).toBe(2 * LARGE);
    expect(await (await client.run(grow, { times: 3 })).result()).toHaveLength(3 * LARGE);
    expect(await (await client.run(numbersAll, 100)).result()).toBe(9_900);
    expect(await (await client.run(both, 1)).result()).toEqual({ one: 2, two: 1 });
    expect(await (await client.run(named, 1)).result()).toHaveLength(6_000);

    const endless = await client.run(waiting, 1);
    const updates: string[] = [];
    for await (const update of endless.events()) {
      updates.push(update.type);
      if (JSON.stringify(update).includes("running")) break;
    }
    expect(await observer.attach(endless.id).status()).toMatchObject({ state: "running" });
    await endless.cancel("enough");
    await expect(endless.result()).rejects.toMatchObject({ code: "RUN_CANCELLED" });
    expect(await observer.attach("chosen").result()).toBe(2 * LARGE);
    const ended = await observer.attach("chosen").status();
    expect(ended.nodes.map(({ node, state }) => `${node} ${state}`)).toEqual(["grow succeeded", "measure succeeded"]);
    expect(await observer.planRedrive("chosen", { from: "measure" })).toMatchObject({ rerun: ["measure"] });

    expect(await (await client.run(turned, "abc")).result()).toBe(3);
    const signalled = await client.run(chain(twice, signal("go")), 1);
    await signalled.pause();
    expect((await observer.runs.list({ state: "paused" })).runs).toMatchObject([{ id: signalled.id }]);
    await signalled.resume();
    await other.attach(signalled.id).signal("go", { text: "x".repeat(LARGE) });
    expect(await signalled.result()).toEqual({ text: "x".repeat(LARGE) });
    const failed = await client.run(chain(twice, broken), 2);
    await expect(failed.result()).rejects.toMatchObject({ code: "RUN_FAILED" });
    expect(await observer.planRedrive(failed.id)).toMatchObject({ kept: ["twice"], rerun: ["broken"] });
    await expect((await other.redrive(failed.id)).result()).rejects.toMatchObject({ code: "RUN_FAILED" });
    expect((await observer.runs.list({ state: "failed" })).runs).toHaveLength(2);
    // The consumers of old servers are put right after a cancel; see docs/operate/nats.md.
    expect(warnings.filter((warning) => !warning.includes("messages that are gone"))).toEqual([]);
  });

  test("are refused what is another role's, with the subject", async () => {
    const transports = await Promise.all((["clientA", "workerCpu", "observer"] as const).map(open));
    const [client, worker, observer] = transports as [Transport, Transport, Transport];
    const refusals: readonly (readonly [subject: string, act: () => Promise<unknown>])[] = [
      ["arp.ev.0.client", () => worker.events.append(0, x, { origin: "client" })],
      ["arp.ev.0.client.mine", () => worker.events.claim(0, "mine", x)],
      ["$KV.arp_runs.0.run1", () => worker.bucket("runs").put("0.run1", x)],
      ["$KV.arp_partitions.0", () => worker.bucket("partitions").putAt("0", x, 0)],
      ["$KV.arp_results.run1.me", () => worker.bucket("results").put("run1.me", x)],
      [
        "$JS.API.CONSUMER.INFO.ARP_TASKS.q_io_",
        () => worker.attempts.consume("io", { inHandMax: 1, ackWaitMs: 1 }, () => {}),
      ],
      [
        "$JS.API.CONSUMER.CREATE.ARP_EVENTS.",
        () => worker.events.read(0, 0, { onMessage: () => {}, onCaughtUp: () => {}, onError: () => {} }),
      ],
      ["arp.ev.0.worker", () => client.events.append(0, x, { origin: "worker" })],
      ["arp.ev.0.coordinator", () => client.events.append(0, x, { origin: "coordinator" })],
      ["$KV.arp_results.run1.me", () => client.bucket("results").put("run1.me", x)],
      ["$KV.arp_runs.0.run1", () => client.bucket("runs").put("0.run1", x)],
      [
        "arp.task.cpu.high.9.run1",
        () => client.attempts.publish({ queue: "cpu", priority: 9, runId: "run1", id: "i", bytes: x }),
      ],
      ["$JS.API.STREAM.PURGE.ARP_TASKS", () => client.attempts.discard("cpu", "run1")],
      ["arp.ev.0.client", () => observer.events.append(0, x, { origin: "client" })],
      ["$KV.arp_workers.w1", () => observer.bucket("workers").delete("w1")],
      ["$O.arp_blobs.", () => observer.blobs.put("b", x)],
      ["arp.bus.ctl.abort", () => observer.bus.subscribe("ctl.abort", () => {})],
    ];
    for (const [subject, act] of refusals) {
      const error: unknown = await act().then(
        () => "it was allowed",
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({
        code: "PERMISSION_MISSING",
        message: expect.stringContaining(`'${subject}`) as string,
      });
    }
    // Nobody waits for an answer of the bus, so the refusal comes as a warning.
    observer.bus.publish("ctl.abort", x);
    await observer.bus.flush();
    await expect
      .poll(() => warnings.join("\n"))
      .toContain("observer: the server does not allow this user to publish to 'arp.bus.ctl.abort'");
    for (const transport of transports) await transport.close();
  });

  test("cannot be heard in the name of another role", async () => {
    warnings.length = 0;
    const transport = await open("workerIo");
    const partition = partitionOf("forged", transport.events.partitions);
    const start = { type: "run.started", run: "forged", client: "me", workflow: "w", graph: "g", input: x } as const;
    await transport.events.append(partition, encodeEvent(start), { origin: "worker" });
    await transport.close();
    const lines: string[] = [];
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: (line: string) => void lines.push(line) };
    await using coordinator = await createApp({ transport: provider("coordinator"), roles: ["coordinator"], log });
    expect(coordinator).toBeDefined();
    await expect.poll(() => lines.join("\n"), { timeout: 10_000 }).toContain("a worker may not write run.started");
  });
});

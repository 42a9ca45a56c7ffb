import { setImmediate } from "node:timers/promises";
import { createClient, DeadLetterNotFoundError, DeadLetterNotRequeuableError } from "@arpeggio/client";
import type { Client, DeadLetter } from "@arpeggio/client";
import { createCoordinator } from "@arpeggio/coordinator";
import type { Coordinator } from "@arpeggio/coordinator";
import {
  busSubjects,
  chain,
  compile,
  encodeEvent,
  encodeFrame,
  encodeGraph,
  encodePayload,
  partitionOf,
  RecordUndecodableError,
  setAside,
  task,
} from "@arpeggio/core";
import type { Delivery, LogMessage, Subscription, Transport } from "@arpeggio/core";
import { createWorker } from "@arpeggio/worker";
import type { Worker } from "@arpeggio/worker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const double = task("double", (n: number): number => n * 2);
const LEASE_MS = 400;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const garbage = (text: string) => Buffer.from(`this is no record: ${text}`);

/** What opens a connection to a broker of the suite's own. */
export type Opening = () => Promise<{ open(name: string): Promise<Transport>; close(): Promise<void> }>;

/** Records that nobody can use are set aside with their bytes wherever they are found, and everything else goes on. */
export function deadLettersSuite(opening: Opening): void {
  let broker: Awaited<ReturnType<Opening>>;
  let transport: Transport;
  let client: Client;
  let worker: Worker;
  let coordinator: Coordinator;
  const startCoordinator = async () => {
    const own = await broker.open("coordinator");
    coordinator = createCoordinator({ transport: own, leaseMs: LEASE_MS, log: silent });
    await coordinator.start();
  };
  beforeAll(async () => {
    broker = await opening();
    transport = await broker.open("tool");
    worker = createWorker({ transport: await broker.open("worker"), tasks: [double], log: silent });
    await worker.start();
    await startCoordinator();
    client = await createClient({ transport: await broker.open("client") });
  });
  afterAll(async () => {
    await worker.stop();
    await coordinator.stop();
    await client.close();
    await broker.close();
  });

  /** The role that stored this message of the log; undefined where the transport does not tell. */
  async function originOfStored(bytes: Uint8Array, run: string): Promise<string | undefined> {
    let origin: string | undefined = "nobody";
    const onMessage = (message: LogMessage) => {
      if (Buffer.compare(message.bytes, bytes) === 0) origin = message.origin;
    };
    const { events } = transport;
    let reading: Promise<Subscription> | undefined;
    await new Promise<void>((resolve, reject) => {
      reading = events.read(partitionOf(run, events.partitions), 0, {
        onMessage,
        onCaughtUp: resolve,
        onError: reject,
      });
    });
    await (await reading)?.stop();
    return origin;
  }

  /** The letter that holds these bytes; waits for it, as setting aside is nobody's to wait for. */
  async function letterWith(bytes: Uint8Array): Promise<DeadLetter> {
    for (;;) {
      // On the embedded transport nothing else would let the others have their turn.
      await setImmediate();
      for (const letter of await client.deadLetters.list({ limit: 1_000 })) {
        const found = await client.deadLetters.show(letter.id);
        if (Buffer.compare(found.bytes, bytes) === 0) return letter;
      }
    }
  }

  const works = async () => expect(await (await client.run(chain(double, double), 1)).result()).toBe(4);

  describe("what does not decode is set aside, and the rest goes on:", () => {
    test("an event, beside others in one message", async () => {
      const id = "beside-garbage";
      const { graph, hash } = compile(double);
      await transport.bucket("graphs").put(hash, encodeGraph(graph));
      const event = { type: "run.started", run: id, client: "none", workflow: "w", graph: hash } as const;
      const start = encodeEvent({ ...event, input: encodePayload(4) });
      const broken = encodeFrame(1, 1, garbage("event"));
      const partition = partitionOf(id, transport.events.partitions);
      await transport.events.append(partition, Buffer.concat([broken, start, broken.subarray(0, 9)]));
      expect(await client.attach(id).result()).toBe(8);
      const letter = await letterWith(broken);
      expect(letter).toMatchObject({ source: "events", code: "RECORD_UNDECODABLE", sizeBytes: broken.length });
      expect(letter.id).toMatch(new RegExp(String.raw`^events\.${partition}\.\d+\.0$`));
      expect((await letterWith(broken.subarray(0, 9))).source).toBe("events");
      await expect(client.deadLetters.requeue(letter.id)).rejects.toThrow(/this release cannot decode it either/);
    });

    test("an attempt", async () => {
      const bytes = garbage("attempt");
      await transport.attempts.publish({ queue: "default", priority: 6, runId: "r", id: "r:0:1", bytes });
      await works();
      const letter = await letterWith(bytes);
      expect(letter).toMatchObject({ source: "attempts", code: "RECORD_UNDECODABLE", queue: "default" });
      expect(letter.id).toMatch(/^attempts\.r\.[0-9a-f]{24}$/);
      await expect(client.deadLetters.requeue(letter.id)).rejects.toThrow(DeadLetterNotRequeuableError);
    });

    test("an outcome", async () => {
      const bytes = garbage("outcome");
      await transport.bucket("results").put("odd-outcome.somebody", bytes);
      const run = client.attach("odd-outcome");
      await expect(run.result()).rejects.toThrow(RecordUndecodableError);
      await expect(run.status()).rejects.toThrow(RecordUndecodableError);
      expect(await letterWith(bytes)).toMatchObject({ id: "results.odd-outcome", source: "results" });
      await works();
    });

    test("a control request, and an abort notice", async () => {
      const [request, notice] = [garbage("request"), garbage("notice")];
      transport.bus.publish(busSubjects.control(0), request);
      transport.bus.publish(busSubjects.abort, notice);
      expect(await letterWith(request)).toMatchObject({ source: "control", code: "RECORD_UNDECODABLE" });
      expect(await letterWith(notice)).toMatchObject({ source: "control", code: "RECORD_UNDECODABLE" });
      await works();
    });

    test("the answer to a control request", async () => {
      const run = "odd-answer";
      const bytes = garbage("answer");
      await coordinator.stop();
      const subject = busSubjects.control(partitionOf(run, transport.events.partitions));
      const answering = await transport.bus.subscribe(subject, (message) => message.respond(bytes));
      await transport.bus.flush();
      await expect(client.attach(run).status()).rejects.toThrow(RecordUndecodableError);
      await answering.stop();
      expect(await letterWith(bytes)).toMatchObject({ source: "control" });
      await startCoordinator();
      await works();
    });

    test("a graph", async () => {
      const hash = "f".repeat(32);
      const bytes = garbage("graph");
      await transport.bucket("graphs").put(hash, bytes);
      const event = { type: "run.started", run: "odd-graph", client: "none", workflow: "w", graph: hash } as const;
      const partition = partitionOf("odd-graph", transport.events.partitions);
      await transport.events.append(partition, encodeEvent({ ...event, input: encodePayload(4) }));
      await expect(client.attach("odd-graph").result()).rejects.toMatchObject({
        failure: { code: "RECORD_UNDECODABLE" },
      });
      expect(await letterWith(bytes)).toMatchObject({ id: `graphs.${hash}`, source: "graphs" });
    });

    test("a lease: its partition is taken over, and its runs go on", async () => {
      const waiting = await client.run(
        task("elsewhere", { queue: "elsewhere" }, (n: number) => n + 1),
        1,
      );
      while ((await waiting.status()).counts.queued !== 1) await setImmediate();
      await coordinator.stop();
      const bytes = garbage("lease");
      for (let i = 0; i < transport.events.partitions; i++) await transport.bucket("partitions").put(String(i), bytes);
      await startCoordinator();
      await works();
      expect(await letterWith(bytes)).toMatchObject({ source: "leases", code: "RECORD_UNDECODABLE" });
      const late = createWorker({
        transport: await broker.open("late"),
        tasks: [task("elsewhere", { queue: "elsewhere" }, (n: number) => n + 1)],
        log: silent,
      });
      await late.start();
      expect(await waiting.result()).toBe(2);
      await late.stop();
    });
  });

  describe("a dead letter", () => {
    /** A run whose only attempt somebody has taken and set aside. */
    async function strandedRun(queue: string) {
      const run = await client.run(
        task("double", { queue }, (n: number) => n * 2),
        21,
      );
      let onDelivery = (_delivery: Delivery): void => {};
      const taken = new Promise<Delivery>((resolve) => (onDelivery = resolve));
      const options = { inHandMax: 1, ackWaitMs: 60_000 };
      const taking = await transport.attempts.consume(queue, options, (one) => onDelivery(one));
      const delivery = await taken;
      await taking.stop();
      const reason = { code: "RECORD_UNDECODABLE", message: "as if by an older release" };
      const { bytes, priority, runId } = delivery;
      const place = `${runId}.${queue}`;
      const id = await setAside(transport, { source: "attempts", place, reason, bytes, queue, priority });
      delivery.ack();
      return { run, id };
    }

    test("of an attempt is queued again while its node waits for it, and refused when the run has ended", async () => {
      const queue = "stranded";
      const { run, id } = await strandedRun(queue);
      expect((await client.deadLetters.show(id)).record).toMatchObject({ run: run.id, attempt: 1, task: "double" });
      const copy = await transport.bucket("dead-letters").get(id);
      const waitsFor = expect.stringContaining(`'arpeggio dead-letters requeue ${id}'`) as string;
      expect((await run.status()).nodes).toMatchObject([{ node: "double", waitsFor }]);
      expect(await run.node("double").status()).toMatchObject({ waitsFor });
      expect(await client.deadLetters.requeue(id)).toEqual({ kind: "attempt", run: run.id });
      await expect(client.deadLetters.show(id)).rejects.toThrow(DeadLetterNotFoundError);
      const other = createWorker({
        transport: await broker.open("other"),
        tasks: [double],
        queues: [queue],
        log: silent,
      });
      await other.start();
      expect(await run.result()).toBe(42);
      await transport.bucket("dead-letters").put(id, copy?.value as Uint8Array);
      await expect(client.deadLetters.requeue(id)).rejects.toThrow(`run ${run.id} has ended (succeeded)`);
      await client.deadLetters.drop(id);
      await expect(client.deadLetters.drop(id)).rejects.toThrow(DeadLetterNotFoundError);
      await other.stop();
    });

    test("of an attempt that nobody can read is told of each node that waits in its queue", async () => {
      const queue = "unread";
      const run = await client.run(
        task("double", { queue }, (n: number) => n * 2),
        21,
      );
      const reason = { code: "RECORD_UNDECODABLE", message: "a made-up one" };
      const letter = (code: string, place: string) =>
        setAside(transport, { source: "attempts", place, reason: { ...reason, code }, bytes: garbage(queue), queue });
      // One that is tried under guard is none.
      await letter("TASK_POISON_SUSPECTED", `${run.id}.0-1`);
      const told = async () => (await run.status()).nodes[0]?.waitsFor;
      while ((await run.status()).counts.queued !== 1) await setImmediate();
      expect(await told()).not.toContain("requeue");
      expect(await told()).toBeDefined();
      const id = await letter("RECORD_UNDECODABLE", `${run.id}.f00`);
      expect(await told()).toContain(`requeue ${id}`);
      await run.cancel();
    });

    test("of an event is appended again", async () => {
      const { run } = await strandedRun("stranded-event");
      const result = encodePayload("from the dead");
      const bytes = encodeEvent({ type: "attempt.succeeded", run: run.id, node: 0, attempt: 1, result });
      const reason = { code: "RECORD_UNDECODABLE", message: "as if by an older release" };
      const id = await setAside(transport, { source: "events", place: "0.1.0", reason, bytes });
      expect(await client.deadLetters.requeue(id)).toEqual({ kind: "event", run: run.id });
      expect(await run.result()).toBe("from the dead");
    });

    test("of an event that a client writes is appended as a client's", async () => {
      const { run } = await strandedRun("stranded-request");
      const bytes = encodeEvent({ type: "run.pause.requested", run: run.id, reason: "from the dead" });
      const reason = { code: "RECORD_UNDECODABLE", message: "as if by an older release" };
      const id = await setAside(transport, { source: "events", place: "0.2.0", reason, bytes });
      expect(await client.deadLetters.requeue(id)).toEqual({ kind: "event", run: run.id });
      expect(await originOfStored(bytes, run.id)).toBeOneOf(["client", undefined]);
      await run.cancel();
    });

    test("is found by source and code, the newest first", async () => {
      const reason = { code: "MADE_UP", message: "for this test" };
      for (const place of ["one", "two", "three"])
        await setAside(transport, { source: "states", place, reason, bytes: garbage(place) });
      const found = await client.deadLetters.list({ code: "MADE_UP", source: "states" });
      expect(found.map(({ id }) => id).sort()).toEqual(["states.one", "states.three", "states.two"]);
      expect(found.map(({ atMs }) => atMs)).toEqual(found.map(({ atMs }) => atMs).sort((a, b) => b - a));
      expect(await client.deadLetters.list({ code: "MADE_UP", limit: 2 })).toHaveLength(2);
      expect(await client.deadLetters.list({ code: "MADE_UP", source: "events" })).toEqual([]);
      await expect(client.deadLetters.requeue("states.one")).rejects.toThrow(/only attempts and events can be/);
      await expect(client.deadLetters.list({ limit: 0 })).rejects.toMatchObject({ code: "OPTION_INVALID" });
      await expect(client.deadLetters.show("no such.id *")).rejects.toMatchObject({ code: "DEAD_LETTER_NOT_FOUND" });
    });
  });

  test("in all of this, nothing had to be repaired", () => {
    expect(coordinator.stats().repaired).toBe(0);
  });
}

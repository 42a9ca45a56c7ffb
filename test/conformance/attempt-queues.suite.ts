import { MessageTooLargeError, randomToken, type Delivery, type Transport } from "@arpeggio/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { brokerForSuite, type StartBroker } from "./broker.ts";
import { ACK_WAIT_MS, consuming, nameOf, newQueue, publish } from "./consuming.ts";
import { Gathered, patternedBytes } from "./gathered.ts";

export function attemptQueuesSuite(start: StartBroker): void {
  const broker = brokerForSuite(start);
  describe("delivering", () => {
    test("hands an attempt over as it was published", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      const { of } = await consuming(transport, queue);
      await publish(transport, { queue, name: "a", priority: 7 });
      await publish(transport, { queue, name: "b" });
      const [a, b] = [await of("a"), await of("b")];
      expect(a).toMatchObject({ deliveryCount: 1, priority: 7 });
      expect(b).toMatchObject({ deliveryCount: 1, priority: 4 });
      expect(a.messageId).toMatch(/./);
      expect(a.messageId).not.toBe(b.messageId);
      for (const each of [a, b]) each.ack();
    });

    test("reaches what was published before anybody consumed", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      await publish(transport, { queue, name: "early" });
      const { of, names } = await consuming(transport, queue);
      (await of("early")).ack();
      expect(names()).toEqual(["early"]);
    });

    test("keeps the order of publishing within a priority", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      const names = Array.from({ length: 200 }, (_, i) => `m${i}`);
      await Promise.all(names.map((name) => publish(transport, { queue, name })));
      const consumer = await consuming(transport, queue, { onDelivery: (each) => each.ack() });
      await consumer.deliveries.atLeast(200);
      expect(consumer.names()).toEqual(names);
    });

    test("carries any bytes, as many as the limit says, and refuses more", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      const { deliveries } = await consuming(transport, queue);
      const attempt = { queue, priority: 4, runId: randomToken(), id: randomToken() };
      const large = patternedBytes(transport.limits.messageBytesMax + 1);
      await expect(transport.attempts.publish({ ...attempt, bytes: large })).rejects.toThrow(MessageTooLargeError);
      const fitting = large.subarray(0, transport.limits.inlineBytesMax);
      await transport.attempts.publish({ ...attempt, bytes: fitting });
      const [only] = await deliveries.atLeast(1);
      expect(Buffer.compare((only as Delivery).bytes, fitting)).toBe(0);
      only?.ack();
    });

    test("shares a queue among its consumers, each attempt to one of them", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      const all = new Gathered<string>();
      const onDelivery = (each: Delivery) => {
        all.add(nameOf(each));
        each.ack();
      };
      for (let i = 0; i < 3; i++) await consuming(await broker.open(), queue, { inHandMax: 10, onDelivery });
      const names = Array.from({ length: 300 }, (_, i) => `m${i}`);
      await Promise.all(names.map((name) => publish(transport, { queue, name })));
      await all.atLeast(300);
      expect([...all.items].sort()).toEqual([...names].sort());
    });

    test("keeps queues apart", async () => {
      const transport = await broker.open();
      const [left, right] = [newQueue(), newQueue()];
      const [ofLeft, ofRight] = [await consuming(transport, left), await consuming(transport, right)];
      await publish(transport, { queue: left, name: "l" });
      await publish(transport, { queue: right, name: "r" });
      (await ofLeft.of("l")).ack();
      (await ofRight.of("r")).ack();
      expect([...ofLeft.names(), ...ofRight.names()]).toEqual(["l", "r"]);
    });
  });

  test("an attempt that is published again with its id is not stored again, whoever publishes it", async () => {
    const [transport, other] = [await broker.open(), await broker.open()];
    const queue = newQueue();
    const repeated = { queue, name: "once", id: `${randomToken()}:0:1` };
    await Promise.all([publish(transport, repeated), publish(transport, repeated)]);
    await publish(other, repeated);
    const { of, names } = await consuming(transport, queue, { onDelivery: (each) => each.ack() });
    await of("once");
    await publish(transport, repeated);
    await publish(transport, { queue, name: "after" });
    await of("after");
    expect(names()).toEqual(["once", "after"]);
  });

  test("an attempt that may be stored already is asked for before it is sent, and only such a one", async () => {
    const transport = await broker.open();
    const queue = newQueue();
    const asked: string[] = [];
    const send = (name: string, isWanted: boolean, mayBeStored?: boolean) =>
      transport.attempts.publish({
        queue,
        priority: 4,
        runId: randomToken(),
        id: randomToken(),
        bytes: Buffer.from(name),
        ...(mayBeStored === undefined ? {} : { mayBeStored }),
        stillWanted: async () => {
          asked.push(name);
          return Promise.resolve(isWanted);
        },
      });
    await Promise.all([
      send("new", false),
      send("surely new", false, false),
      send("done", false, true),
      send("lost", true, true),
    ]);
    const stored: string[] = [];
    for await (const { bytes } of transport.attempts.stored({ queue })) stored.push(Buffer.from(bytes).toString());
    expect(stored.toSorted()).toEqual(["lost", "new", "surely new"]);
    expect(asked.toSorted()).toEqual(["done", "lost"]);
    const refused = new Error("nobody knows");
    const unsure = {
      queue,
      priority: 4,
      runId: randomToken(),
      id: randomToken(),
      bytes: Buffer.from("x"),
      mayBeStored: true,
    };
    const publishing = transport.attempts.publish({ ...unsure, stillWanted: () => Promise.reject(refused) });
    await expect(publishing).rejects.toBe(refused);
  });

  test("of those at hand, the highest priority comes first", async () => {
    const transport = await broker.open();
    const queue = newQueue();
    const published = [1, 5, 9, 1, 5, 9, 5, 1, 9];
    for (const [i, priority] of published.entries()) await publish(transport, { queue, name: `${i}`, priority });
    const { deliveries } = await consuming(transport, queue, { inHandMax: 1, onDelivery: (each) => each.ack() });
    const came = await deliveries.atLeast(published.length);
    expect(came.map(({ priority }) => priority)).toEqual([9, 9, 9, 5, 5, 5, 1, 1, 1]);
    expect(came.map(nameOf)).toEqual(["2", "5", "8", "1", "4", "6", "0", "3", "7"]);
  });

  describe("in hand", () => {
    test("are never more than the consumer may hold", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      let held = 0;
      let heldMax = 0;
      const consumer = await consuming(transport, queue, {
        inHandMax: 5,
        onDelivery: (each) => {
          heldMax = Math.max(heldMax, ++held);
          setImmediate(() => {
            held--;
            each.ack();
          });
        },
      });
      await Promise.all(Array.from({ length: 200 }, (_, i) => publish(transport, { queue, name: `m${i}` })));
      await consumer.deliveries.atLeast(200);
      expect(heldMax).toBeLessThanOrEqual(5);
      expect(new Set(consumer.names()).size).toBe(200);
    });

    test("leave the rest to others, and make room when they are acknowledged or released", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      const first = await consuming(transport, queue, { inHandMax: 2 });
      // Held for the whole test: a heartbeat keeps it from coming again.
      const beat = setInterval(() => first.deliveries.items.forEach((each) => each.extend()), ACK_WAIT_MS / 5);
      onTestFinished(() => clearInterval(beat));
      for (const name of ["a", "b"]) await publish(transport, { queue, name });
      const [a, b] = await first.deliveries.atLeast(2);
      await publish(transport, { queue, name: "c" });
      const second = await consuming(await broker.open(), queue);
      (await second.of("c")).ack();
      await second.stop();
      await publish(transport, { queue, name: "d" });
      await publish(transport, { queue, name: "e" });
      expect(first.deliveries.items).toHaveLength(2);
      a?.ack();
      await first.deliveries.atLeast(3);
      b?.ack();
      await first.deliveries.atLeast(4);
      expect([...first.names()].sort()).toEqual(["a", "b", "d", "e"]);
      for (const each of first.deliveries.items) each.ack();
    });
  });

  describe("discarding a run", () => {
    test("removes those of its attempts that nobody holds, in that queue", async () => {
      const transport = await broker.open();
      const [queue, elsewhere] = [newQueue(), newQueue()];
      const [gone, kept] = [randomToken(), randomToken()];
      for (let i = 0; i < 20; i++) {
        await publish(transport, { queue, name: `gone-${i}`, runId: gone, priority: i % 10 });
        await publish(transport, { queue, name: `kept-${i}`, runId: kept, priority: i % 10 });
      }
      await publish(transport, { queue: elsewhere, name: "elsewhere", runId: gone });
      await transport.attempts.discard(queue, gone);
      const consumer = await consuming(transport, queue, { onDelivery: (each) => each.ack() });
      await consumer.deliveries.atLeast(20);
      expect(new Set(consumer.names())).toEqual(new Set(Array.from({ length: 20 }, (_, i) => `kept-${i}`)));
      (await (await consuming(transport, elsewhere)).of("elsewhere")).ack();
    });

    test("that has none, in a queue that is not there yet, is harmless", async () => {
      const transport = await broker.open();
      await expect(transport.attempts.discard(newQueue(), randomToken())).resolves.toBeUndefined();
    });
  });

  describe("looking at what is stored", () => {
    const found = async (filter: Parameters<Transport["attempts"]["stored"]>[0]) => {
      const transport = await broker.open();
      const names: string[] = [];
      for await (const { queue, runId, bytes } of transport.attempts.stored(filter)) {
        expect([queue, runId]).toEqual([filter.queue ?? queue, filter.runId ?? runId]);
        names.push(new TextDecoder().decode(bytes));
      }
      return names.sort();
    };

    test("finds held ones and waiting ones until they are acknowledged, by queue and by run", async () => {
      const transport = await broker.open();
      const [queue, elsewhere, empty] = [newQueue(), newQueue(), newQueue()];
      const [one, two] = [randomToken(), randomToken()];
      await publish(transport, { queue, name: "a", runId: one, priority: 9 });
      await publish(transport, { queue, name: "b", runId: one, priority: 0 });
      await publish(transport, { queue, name: "c", runId: two });
      await publish(transport, { queue: elsewhere, name: "d", runId: two });
      const consumer = await consuming(transport, queue, { inHandMax: 1 });
      const held = await consumer.of("a");
      expect(await found({ queue, runId: one })).toEqual(["a", "b"]);
      expect(await found({ queue })).toEqual(["a", "b", "c"]);
      expect(await found({ runId: two })).toEqual(["c", "d"]);
      expect(await found({})).toEqual(expect.arrayContaining(["a", "b", "c", "d"]));
      expect(await found({ queue: empty })).toEqual([]);
      held.ack();
      // The next one comes when the first is gone.
      await consumer.of("c");
      expect(await found({ queue, runId: one })).toEqual(["b"]);
    });
  });
}

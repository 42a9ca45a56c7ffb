import { MessageTooLargeError, randomToken, type Delivery, type Transport } from "@arpeggio/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { brokerForSuite, type StartBroker } from "./broker.ts";
import { bytesOf, Gathered, patternedBytes, textOf } from "./gathered.ts";

/** Long enough that a busy machine does not miss it by accident, short enough to wait for. */
const ACK_WAIT_MS = 1_000;

const nameOf = (delivery: Delivery) => textOf(delivery.bytes);

interface Publishing {
  readonly queue: string;
  readonly name: string;
  readonly priority?: number;
  readonly runId?: string;
  readonly id?: string;
}

/** An attempt whose bytes are its name. */
function publish(transport: Transport, { queue, name, priority = 4, runId = `run-${name}`, id }: Publishing) {
  return transport.attempts.publish({
    queue,
    priority,
    runId,
    id: id ?? `${runId}:0:1:${randomToken()}`,
    bytes: bytesOf(name),
  });
}

/** Consumes and keeps the deliveries; `onDelivery` sees each first. */
async function consuming(
  transport: Transport,
  queue: string,
  options: { readonly inHandMax?: number; readonly onDelivery?: (delivery: Delivery) => void } = {},
) {
  const { inHandMax = 100, onDelivery } = options;
  const deliveries = new Gathered<Delivery>();
  const consumer = await transport.attempts.consume(queue, { inHandMax, ackWaitMs: ACK_WAIT_MS }, (delivery) => {
    onDelivery?.(delivery);
    deliveries.add(delivery);
  });
  const of = (name: string, count = 1) =>
    deliveries.first((each) => nameOf(each) === name && each.deliveryCount >= count);
  return { deliveries, of, names: () => deliveries.items.map(nameOf), stop: () => consumer.stop() };
}

export function attemptQueuesSuite(start: StartBroker): void {
  const broker = brokerForSuite(start);
  const newQueue = () => `queue-${randomToken()}`;

  /**
   * Lets so much time pass, on the broker's own clock, that everything unacknowledged has come again twice: an attempt
   * that nobody acknowledges, in the same queue, is what tells.
   */
  async function afterTwoAckWaits(transport: Transport, queue: string, clock: Awaited<ReturnType<typeof consuming>>) {
    const name = `clock-${randomToken()}`;
    await publish(transport, { queue, name });
    const third = await clock.of(name, 3);
    third.ack();
  }

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

  describe("acknowledging", () => {
    test("removes an attempt for good", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      const consumer = await consuming(transport, queue);
      await publish(transport, { queue, name: "done" });
      (await consumer.of("done")).ack();
      await afterTwoAckWaits(transport, queue, consumer);
      expect(consumer.names().filter((name) => name === "done")).toHaveLength(1);
    });

    test("works after the consumer has stopped, which itself takes nothing more", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      const first = await consuming(transport, queue);
      await publish(transport, { queue, name: "held" });
      const held = await first.of("held");
      await first.stop();
      await first.stop();
      const second = await consuming(transport, queue);
      await publish(transport, { queue, name: "next" });
      (await second.of("next")).ack();
      held.ack();
      await afterTwoAckWaits(transport, queue, second);
      expect(first.names()).toEqual(["held"]);
      expect(second.names()).not.toContain("held");
    });

    test("twice, or after releasing, is harmless", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      const consumer = await consuming(transport, queue);
      await publish(transport, { queue, name: "a" });
      const a = await consumer.of("a");
      a.release(0);
      const again = await consumer.of("a", 2);
      again.ack();
      again.ack();
      again.release(0);
      again.extend();
      await publish(transport, { queue, name: "b" });
      (await consumer.of("b")).ack();
      expect(consumer.names()).toEqual(["a", "a", "b"]);
    });
  });

  describe("without a sign of life", () => {
    test("an attempt is delivered again after the ack wait, to another consumer too", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      const silent = await consuming(transport, queue);
      await publish(transport, { queue, name: "a" });
      const first = await silent.of("a");
      await silent.stop();
      const other = await consuming(await broker.open(), queue);
      const second = await other.of("a");
      expect(second).toMatchObject({ messageId: first.messageId, deliveryCount: 2, priority: first.priority });
      expect(nameOf(second)).toBe("a");
      const third = await other.of("a", 3);
      expect(third.messageId).toBe(first.messageId);
      third.ack();
    });

    test("of a whole connection, what it held is delivered to others", async () => {
      const [transport, dying] = [await broker.open(), await broker.open()];
      const queue = newQueue();
      const lost = await consuming(dying, queue);
      await publish(transport, { queue, name: "a" });
      const first = await lost.of("a");
      await dying.close();
      const other = await consuming(transport, queue);
      const second = await other.of("a");
      expect(second).toMatchObject({ messageId: first.messageId, deliveryCount: 2 });
      second.ack();
    });

    test("it takes its turn only once at a time: a heartbeat keeps it in hand", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      const consumer = await consuming(transport, queue);
      await publish(transport, { queue, name: "long" });
      const long = await consumer.of("long");
      const beat = setInterval(() => long.extend(), ACK_WAIT_MS / 5);
      onTestFinished(() => clearInterval(beat));
      await afterTwoAckWaits(transport, queue, consumer);
      expect(consumer.names().filter((name) => name === "long")).toHaveLength(1);
      clearInterval(beat);
      const again = await consumer.of("long", 2);
      expect(again.messageId).toBe(long.messageId);
      again.ack();
    });
  });

  describe("releasing", () => {
    test("without a delay gives an attempt back at once", async () => {
      const [transport, other] = [await broker.open(), await broker.open()];
      const queue = newQueue();
      const first = await consuming(transport, queue);
      await publish(transport, { queue, name: "a" });
      const delivery = await first.of("a");
      await first.stop();
      const second = await consuming(other, queue);
      delivery.release(0);
      const again = await second.of("a");
      expect(again).toMatchObject({ messageId: delivery.messageId, deliveryCount: 2 });
      again.ack();
    });

    test("with a delay gives it back after that, and others come before", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      const consumer = await consuming(transport, queue);
      for (const name of ["late", "soon"]) await publish(transport, { queue, name });
      const [late, soon] = [await consumer.of("late"), await consumer.of("soon")];
      const releasedAtMs = performance.now();
      // Longer than the ack wait, which has no say any more.
      late.release(2 * ACK_WAIT_MS);
      soon.release(ACK_WAIT_MS / 2);
      await publish(transport, { queue, name: "next" });
      (await consumer.of("next")).ack();
      (await consumer.of("soon", 2)).ack();
      const again = await consumer.of("late", 2);
      again.ack();
      expect(again.messageId).toBe(late.messageId);
      expect(consumer.names().slice(2)).toEqual(["next", "soon", "late"]);
      // The server's clock and ours need not agree to the millisecond.
      expect(performance.now() - releasedAtMs).toBeGreaterThan(2 * ACK_WAIT_MS - 100);
    });

    test("leaves room for others meanwhile", async () => {
      const transport = await broker.open();
      const queue = newQueue();
      const consumer = await consuming(transport, queue, { inHandMax: 1 });
      await publish(transport, { queue, name: "a" });
      (await consumer.of("a")).release(60_000);
      await publish(transport, { queue, name: "b" });
      (await consumer.of("b")).ack();
      expect(consumer.names()).toEqual(["a", "b"]);
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
}

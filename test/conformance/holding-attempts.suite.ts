import { describe, expect, onTestFinished, test } from "vitest";
import { brokerForSuite, type StartBroker } from "./broker.ts";
import { ACK_WAIT_MS, afterTwoAckWaits, consuming, nameOf, newQueue, publish } from "./consuming.ts";

/** What becomes of an attempt in somebody's hands. */
export function holdingAttemptsSuite(start: StartBroker): void {
  const broker = brokerForSuite(start);

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
}

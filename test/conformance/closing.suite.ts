import { randomToken, type BusMessage, type LogReader } from "@arpeggio/core";
import { expect, test } from "vitest";
import { brokerForSuite, type StartBroker } from "./broker.ts";
import { bytesOf, Gathered, textOf } from "./gathered.ts";

const closed = { code: "TRANSPORT_CLOSED" };

export function closingSuite(start: StartBroker): void {
  const broker = brokerForSuite(start);

  test("a transport says what it is and what it takes", async () => {
    const { name, limits, clock, events } = await broker.open();
    expect(name).toMatch(/^[a-z]+$/);
    expect(limits.messageBytesMax).toBeGreaterThanOrEqual(64_000);
    expect(limits.inlineBytesMax).toBeLessThanOrEqual(limits.messageBytesMax);
    expect(events.partitions).toBeGreaterThanOrEqual(1);
    expect(clock.now()).toBeGreaterThan(0);
  });

  test("closing ends everything that was opened through it, and nothing else", async () => {
    const [transport, other] = [await broker.open(), await broker.open()];
    const name = randomToken();
    const [toClosed, toOther] = [new Gathered<string>(), new Gathered<string>()];
    for (const [each, heard] of [
      [transport, toClosed],
      [other, toOther],
    ] as const) {
      const reader: LogReader = {
        onMessage: ({ bytes }) => textOf(bytes) === name && heard.add("log"),
        onCaughtUp: () => {},
        onError: () => {},
      };
      await each.events.read(0, 0, reader);
      await each.bus.subscribe(name, ({ bytes }: BusMessage) => heard.add(`bus ${textOf(bytes)}`));
      await each.bucket("results").observe(`${name}.*`, ({ value }) => heard.add(`bucket ${textOf(value)}`));
      await each.attempts.consume(
        `${name}-${each === other ? "other" : "closed"}`,
        { inHandMax: 9, ackWaitMs: 5_000 },
        (d) => {
          d.ack();
          heard.add("attempt");
        },
      );
    }
    await transport.close();
    await transport.close();
    await other.events.append(0, bytesOf(name));
    await other.bucket("results").put(`${name}.a`, bytesOf("x"));
    other.bus.publish(name, bytesOf("x"));
    for (const suffix of ["closed", "other"]) {
      const attempt = { queue: `${name}-${suffix}`, priority: 4, runId: name, id: `${name}:${suffix}` };
      await other.attempts.publish({ ...attempt, bytes: bytesOf("x") });
    }
    const heard = await toOther.atLeast(4);
    expect([...heard].sort()).toEqual(["attempt", "bucket x", "bus x", "log"]);
    expect(toClosed.items).toEqual([]);
  });

  test("what is asked of a closed transport is refused", async () => {
    const transport = await broker.open();
    const { events, attempts, blobs, bus } = transport;
    const bucket = transport.bucket("runs");
    const delivered = new Gathered<{ ack(): void; extend(): void; release(delayMs: number): void }>();
    const queue = randomToken();
    await attempts.consume(queue, { inHandMax: 9, ackWaitMs: 60_000 }, delivered.add);
    await attempts.publish({ queue, priority: 4, runId: "r", id: queue, bytes: bytesOf("x") });
    const [delivery] = await delivered.atLeast(1);
    await transport.close();
    const reader: LogReader = { onMessage: () => {}, onCaughtUp: () => {}, onError: () => {} };
    const attempt = { queue, priority: 4, runId: "r", id: `${queue}-2`, bytes: bytesOf("x") };
    await expect(events.append(0, bytesOf("x"))).rejects.toMatchObject(closed);
    await expect(events.claim(0, "k", bytesOf("x"))).rejects.toMatchObject(closed);
    await expect(events.read(0, 0, reader)).rejects.toMatchObject(closed);
    await expect(attempts.publish(attempt)).rejects.toMatchObject(closed);
    await expect(attempts.consume(queue, { inHandMax: 1, ackWaitMs: 1_000 }, () => {})).rejects.toMatchObject(closed);
    await expect(bucket.get("k")).rejects.toMatchObject(closed);
    await expect(bucket.put("k", bytesOf("x"))).rejects.toMatchObject(closed);
    await expect(bucket.putAt("k", bytesOf("x"), 0)).rejects.toMatchObject(closed);
    await expect(bucket.observe("k", () => {})).rejects.toMatchObject(closed);
    await expect(blobs.put("k", bytesOf("x"))).rejects.toMatchObject(closed);
    await expect(blobs.get("k")).rejects.toMatchObject(closed);
    await expect(bus.subscribe("k", () => {})).rejects.toMatchObject(closed);
    await expect(bus.request("k", bytesOf("x"), 1_000)).rejects.toMatchObject(closed);
    expect(() => bus.publish("k", bytesOf("x"))).toThrow(expect.objectContaining(closed));
    // What is still in somebody's hands may be let go of, to no effect.
    delivery?.extend();
    delivery?.release(0);
    delivery?.ack();
  });

  test("who waits for an answer is told when the transport is closed", async () => {
    const transport = await broker.open();
    const name = randomToken();
    const asked = new Gathered<string>();
    await transport.bus.subscribe(name, () => asked.add("asked"));
    const answer = transport.bus.request(name, bytesOf("?"), 60_000).catch((error: unknown) => error);
    await asked.atLeast(1);
    await transport.close();
    expect(await answer).toMatchObject(closed);
  });
}

import type { Delivery, Transport } from "@arpeggio/core";
import { nats } from "@arpeggio/transport-nats";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { natsServers, startNatsServer, type NatsServer } from "../support/nats-server.ts";
import { connectTool, type Tool } from "./tool.ts";

const bytesOf = (text: string) => Buffer.from(text);
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** Deliveries in the order of arrival, to be waited for one by one. */
function inbox() {
  const arrived: Delivery[] = [];
  const wanted: ((delivery: Delivery) => void)[] = [];
  return {
    arrived,
    take: (delivery: Delivery) => {
      const want = wanted.shift();
      if (want) want(delivery);
      else arrived.push(delivery);
    },
    next: () =>
      new Promise<Delivery>((resolve) => {
        const delivery = arrived.shift();
        if (delivery) resolve(delivery);
        else wanted.push(resolve);
      }),
  };
}

describe.each(natsServers())("queues on nats-server $version", { timeout: 30_000 }, (binary) => {
  let server: NatsServer;
  let transport: Transport;
  let tool: Tool;
  let prefix = 0;
  beforeAll(async () => {
    server = await startNatsServer({ binary });
    tool = await connectTool(server.url);
  });
  afterAll(async () => {
    await tool.close();
    await server[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    transport = await nats({ servers: server.url, prefix: `q${++prefix}` }).open("queues");
  });
  afterEach(() => transport.close());

  const stream = () => `Q${prefix}_TASKS`;
  const publish = (queue: string, text: string, priority = 5) =>
    transport.attempts.publish({ queue, priority, runId: text, id: `${text}:0:1`, bytes: bytesOf(text) });
  const waitIn = async (consumer: string) =>
    ((await tool.call(`CONSUMER.INFO.${stream()}.${consumer}`)) as { config: { ack_wait: number } }).config.ack_wait;

  test("a queue that nobody reads yet keeps what it gets", async () => {
    await publish("later", "a");
    const { take, next } = inbox();
    const consumer = await transport.attempts.consume("later", { inHandMax: 5, ackWaitMs: 5_000 }, take);
    expect(textOf((await next()).bytes)).toBe("a");
    await consumer.stop();
  });

  test("an acknowledgement goes with the next message, by itself after a moment, or at the end", async () => {
    const inHand = () => tool.call(`CONSUMER.INFO.${stream()}.q_short_normal`);
    const { take, next } = inbox();
    const consumer = await transport.attempts.consume("short", { inHandMax: 5, ackWaitMs: 20_000 }, take);
    for (const text of ["a", "b", "c", "d"]) await publish("short", text);
    const [a, b, c, d] = [await next(), await next(), await next(), await next()];

    a.ack();
    await expect.poll(inHand).toMatchObject({ num_ack_pending: 3 });

    // From here on no moment ever passes.
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    b.ack();
    await transport.events.append(0, bytesOf("an event"));
    await expect.poll(inHand).toMatchObject({ num_ack_pending: 2 });
    c.ack();
    await consumer.stop();
    await expect.poll(inHand).toMatchObject({ num_ack_pending: 1 });
    d.ack();
    await transport.close();
    await expect.poll(inHand).toMatchObject({ num_ack_pending: 0 });
  });

  test("a full queue is worked off by priority, one at a time", async () => {
    for (const priority of [3, 0, 9, 5, 1, 7]) await publish("mixed", `p${priority}`, priority);
    const { take, next, arrived } = inbox();
    const consumer = await transport.attempts.consume("mixed", { inHandMax: 1, ackWaitMs: 5_000 }, take);
    const order: string[] = [];
    for (let i = 0; i < 6; i++) {
      const delivery = await next();
      expect(arrived).toEqual([]);
      order.push(textOf(delivery.bytes));
      delivery.ack();
    }
    // Bands go before each other; within a band the order is that of arrival.
    expect(order).toEqual(["p9", "p7", "p3", "p5", "p0", "p1"]);
    await consumer.stop();
  });

  test("one consumer never holds more than it may, and takes all of it while there is enough", async () => {
    const total = 400;
    const { take, next } = inbox();
    const waiting = Array.from({ length: total }, (_, i) => publish("wide", `w${i}`, i % 10));
    await Promise.all(waiting);
    let inHand = 0;
    let most = 0;
    const consumer = await transport.attempts.consume("wide", { inHandMax: 16, ackWaitMs: 5_000 }, (delivery) => {
      inHand++;
      most = Math.max(most, inHand);
      setImmediate(() => {
        inHand--;
        delivery.ack();
        take(delivery);
      });
    });
    const seen = new Set<string>();
    while (seen.size < total) seen.add(textOf((await next()).bytes));
    expect(most).toBe(16);
    await consumer.stop();
  });

  test("a consumer that was deleted on the server is made again, and delivers", async () => {
    const { take, next } = inbox();
    const consumer = await transport.attempts.consume("gone", { inHandMax: 5, ackWaitMs: 5_000 }, take);
    await publish("gone", "before");
    (await next()).ack();
    await expect.poll(() => tool.call(`STREAM.INFO.${stream()}`)).toMatchObject({ state: { messages: 0 } });
    for (const band of ["high", "normal", "low"]) await tool.call(`CONSUMER.DELETE.${stream()}.q_gone_${band}`);
    await publish("gone", "after");
    expect(textOf((await next()).bytes)).toBe("after");
    await consumer.stop();
  });

  test("a worker with a longer ack wait raises it for the queue, a shorter one leaves it", async () => {
    const consume = (ackWaitMs: number) =>
      transport.attempts.consume("waits", { inHandMax: 1, ackWaitMs }, () => expect.unreachable());
    const consumers = [await consume(2_000)];
    expect(await waitIn("q_waits_high")).toBe(2_000e6);
    consumers.push(await consume(5_000));
    expect(await waitIn("q_waits_high")).toBe(5_000e6);
    consumers.push(await consume(3_000));
    expect(await waitIn("q_waits_high")).toBe(5_000e6);
    await Promise.all(consumers.map((consumer) => consumer.stop()));
  });

  test("two workers that meet a new queue at once both read it", async () => {
    const second = await nats({ servers: server.url, prefix: `q${prefix}` }).open("second");
    const { take, next } = inbox();
    const options = { inHandMax: 1, ackWaitMs: 5_000 };
    const consumers = await Promise.all(
      [transport, second, transport, second].map(({ attempts }) => attempts.consume("new", options, take)),
    );
    for (let i = 0; i < 4; i++) await publish("new", `n${i}`);
    // Nobody acknowledges, so each of the four gets one.
    const taken = new Set<string>();
    for (let i = 0; i < 4; i++) taken.add(textOf((await next()).bytes));
    expect(taken.size).toBe(4);
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await second.close();
  });

  test("stopping leaves nothing behind that another worker would have to wait for", async () => {
    for (let i = 0; i < 50; i++) await publish("stopped", `s${i}`);
    const first = inbox();
    const consumer = await transport.attempts.consume("stopped", { inHandMax: 10, ackWaitMs: 600_000 }, first.take);
    const held = await Promise.all(Array.from({ length: 10 }, first.next));
    await consumer.stop();
    for (const delivery of held) delivery.release(0);
    const second = inbox();
    const other = await transport.attempts.consume("stopped", { inHandMax: 50, ackWaitMs: 600_000 }, second.take);
    const texts = await Promise.all(Array.from({ length: 50 }, async () => textOf((await second.next()).bytes)));
    expect(new Set(texts).size).toBe(50);
    await other.stop();
  });

  test("a deleted stream does not end the process: the operator is warned", async () => {
    let warn: (message: string) => void = () => {};
    const warned = new Promise<string>((resolve) => (warn = resolve));
    const provider = nats({ servers: server.url, prefix: `q${prefix}`, onWarning: (message) => warn(message) });
    const other = await provider.open("warned");
    await other.attempts.consume("lost", { inHandMax: 1, ackWaitMs: 5_000 }, () => {});
    await tool.call(`STREAM.DELETE.${stream()}`);
    expect(await warned).toMatch(/queue 'lost' cannot be read: .*stream not found/);
    await other.close();
  });
});

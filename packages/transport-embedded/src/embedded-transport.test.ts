import { OptionInvalidError, randomToken, type Delivery, type StoreListener, type Transport } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { createEmbeddedTransport, embedded, manualClock, type EmbeddedOptions } from "./index.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** All that has been caused so far has reached whom it concerns: the bus goes the same way as everything else. */
const settled = (transport: Transport) => transport.bus.flush();

async function opened(options: EmbeddedOptions = {}) {
  const world = createEmbeddedTransport(options);
  return { world, transport: await world.open("test") };
}

describe("one world", () => {
  test("is what all openings of one provider see; another provider has its own", async () => {
    const provider = embedded();
    const [one, other] = [await provider.open("a"), await provider.open("b")];
    await one.bucket("runs").put("k", bytesOf("x"));
    expect(await other.bucket("runs").get("k")).toMatchObject({ key: "k" });
    const stranger = await embedded().open("c");
    expect(await stranger.bucket("runs").get("k")).toBeUndefined();
  });
  test("outlives its views, and closing it closes them all", async () => {
    const { world, transport } = await opened();
    await transport.bucket("runs").put("k", bytesOf("x"));
    await transport.close();
    const [one, other] = [await world.open("a"), await world.provider().open("b")];
    expect(await one.bucket("runs").get("k")).toMatchObject({ key: "k" });
    await world.close();
    for (const each of [one, other]) await expect(each.bucket("runs").get("k")).rejects.toThrow("closed");
  });
});

test.each<[string, EmbeddedOptions]>([
  ["partitions", { partitions: 0 }],
  ["partitions", { partitions: 1.5 }],
  ["messageBytesMax", { messageBytesMax: 10 }],
  ["queueMessagesMax", { queueMessagesMax: 0 }],
  ["inlineBytesMax", { messageBytesMax: 2_048, inlineBytesMax: 4_096 }],
  ["patitions", { patitions: 3 } as EmbeddedOptions],
])("option %s is refused as %j", (option, options) => {
  expect(() => embedded(options)).toThrow(OptionInvalidError);
  expect(() => embedded(options)).toThrow(`'${option}'`);
});

test("full queues know what they have: only what is new is refused", async () => {
  const { transport } = await opened({ queueMessagesMax: 2 });
  const publish = (id: string) =>
    transport.attempts.publish({ queue: "q", priority: 4, runId: "r", id, bytes: bytesOf(id) });
  for (const id of ["a", "b", "a"]) await publish(id);
  await expect(publish("c")).rejects.toMatchObject({ code: "QUEUE_FULL" });
  await transport.attempts.discard("q", "r");
  await publish("c");
  const stored: string[] = [];
  for await (const { bytes } of transport.attempts.stored({ queue: "q" })) stored.push(textOf(bytes));
  expect(stored).toEqual(["c"]);
});

describe("nothing is handed over before its sender has gone on", () => {
  test("log, queue, bucket and bus deliver in a later turn", async () => {
    const { transport } = await opened();
    const heard: string[] = [];
    const reader = { onMessage: () => heard.push("log"), onCaughtUp: () => {}, onError: () => {} };
    await transport.events.read(0, 0, reader);
    await transport.attempts.consume("q", { inHandMax: 9, ackWaitMs: 1_000 }, () => heard.push("attempt"));
    await transport.bucket("runs").observe(">", () => heard.push("bucket"));
    await transport.bus.subscribe(">", () => heard.push("bus"));
    await settled(transport);
    await transport.events.append(0, bytesOf("x"));
    expect(heard).toEqual([]);
    await settled(transport);
    expect(heard).toEqual(["log"]);
    await Promise.all([
      transport.attempts.publish({ queue: "q", priority: 4, runId: "r", id: "1", bytes: bytesOf("x") }),
      transport.bucket("runs").put("k", bytesOf("x")),
    ]);
    transport.bus.publish("s", bytesOf("x"));
    expect(heard).toEqual(["log"]);
    await settled(transport);
    expect(heard).toEqual(["log", "attempt", "bucket", "bus"]);
  });

  test("timers, input and readers get their turn while somebody appends again and again", async () => {
    const { transport } = await opened();
    const heard = new Set<string>();
    const reader = { onMessage: () => heard.add("log"), onCaughtUp: () => {}, onError: () => {} };
    await transport.events.read(0, 0, reader);
    setTimeout(() => heard.add("timer"), 0);
    // Bounded, because a loop that leaves no time to others could not be ended from outside.
    for (let i = 0; i < 1_000_000 && heard.size < 2; i++) await transport.events.append(0, bytesOf("x"));
    expect([...heard].sort()).toEqual(["log", "timer"]);
  });
  test("timers and input get their turn while messages cause messages without end", async () => {
    const { transport } = await opened();
    let isOver = false;
    await transport.bus.subscribe("ping", () => {
      if (!isOver) transport.bus.publish("ping", bytesOf("x"));
    });
    transport.bus.publish("ping", bytesOf("x"));
    await new Promise((resolve) => setTimeout(resolve, 1));
    isOver = true;
    expect(isOver).toBe(true);
  });
});

describe("time is the clock's", () => {
  async function queueOnManualClock() {
    const clock = manualClock(1_000);
    const { transport } = await opened({ clock });
    const deliveries: Delivery[] = [];
    const consumer = await transport.attempts.consume("q", { inHandMax: 9, ackWaitMs: 100 }, (delivery) =>
      deliveries.push(delivery),
    );
    await transport.attempts.publish({ queue: "q", priority: 4, runId: "r", id: "1", bytes: bytesOf("x") });
    await settled(transport);
    const advance = async (ms: number) => {
      clock.advance(ms);
      await settled(transport);
      return deliveries.map(({ deliveryCount }) => deliveryCount);
    };
    return { transport, consumer, deliveries, advance };
  }

  test("an abandoned delivery comes again exactly when its ack wait is over", async () => {
    const { advance, deliveries } = await queueOnManualClock();
    expect(await advance(99)).toEqual([1]);
    expect(await advance(1)).toEqual([1, 2]);
    deliveries[1]?.extend();
    expect(await advance(99)).toEqual([1, 2]);
    deliveries[1]?.extend();
    expect(await advance(99)).toEqual([1, 2]);
    expect(await advance(1)).toEqual([1, 2, 3]);
    deliveries[0]?.ack();
    expect(await advance(1_000)).toEqual([1, 2, 3]);
  });

  test("a released one comes again exactly after its delay", async () => {
    const { advance, deliveries } = await queueOnManualClock();
    deliveries[0]?.release(500);
    expect(await advance(499)).toEqual([1]);
    expect(await advance(1)).toEqual([1, 2]);
  });

  test("many released ones come in the order of their delays", async () => {
    const { transport, advance, deliveries } = await queueOnManualClock();
    deliveries[0]?.ack();
    for (let i = 2; i < 9; i++) {
      await transport.attempts.publish({ queue: "q", priority: 4, runId: "r", id: `${i}`, bytes: bytesOf(`${i}`) });
    }
    await settled(transport);
    for (const [i, delivery] of deliveries.slice(1).entries()) delivery.release(70 - i * 10);
    await advance(70);
    expect(deliveries.slice(8).map(({ bytes }) => textOf(bytes))).toEqual(["8", "7", "6", "5", "4", "3", "2"]);
  });

  test("an abandoned one of a closed view comes to others after its ack wait", async () => {
    const clock = manualClock();
    const { world, transport } = await opened({ clock });
    await transport.attempts.consume("q", { inHandMax: 9, ackWaitMs: 100 }, () => {});
    await transport.attempts.publish({ queue: "q", priority: 4, runId: "r", id: "1", bytes: bytesOf("x") });
    await settled(transport);
    await transport.close();
    const other = await world.open("other");
    const counts: number[] = [];
    await other.attempts.consume("q", { inHandMax: 9, ackWaitMs: 100 }, (each) => counts.push(each.deliveryCount));
    clock.advance(99);
    await settled(other);
    expect(counts).toEqual([]);
    clock.advance(1);
    await settled(other);
    expect(counts).toEqual([2]);
  });

  test("the log's time never goes back, whatever the clock does", async () => {
    let nowMs = 100;
    const clock = { now: () => nowMs, after: () => ({ cancel: () => {} }) };
    const { transport } = await opened({ clock });
    const times: number[] = [];
    for (nowMs of [100, 50, 120]) await transport.events.append(0, bytesOf("x"));
    const reader = { onMessage: (m: { timestampMs: number }) => times.push(m.timestampMs) };
    await transport.events.read(0, 0, { ...reader, onCaughtUp: () => {}, onError: () => {} });
    await settled(transport);
    expect(times).toEqual([100, 100, 120]);
  });

  test("a request is given up after its time", async () => {
    const clock = manualClock();
    const { transport } = await opened({ clock });
    await transport.bus.subscribe("s", () => {});
    const answer = transport.bus.request("s", bytesOf("?"), 500).catch((error: unknown) => error);
    clock.advance(500);
    expect(await answer).toMatchObject({ code: "NO_ANSWER" });
  });
});

describe("discarding", () => {
  test("leaves alone what is held, and takes what waits for its delay", async () => {
    const clock = manualClock();
    const { transport } = await opened({ clock });
    const came: string[] = [];
    const held = new Map<string, Delivery>();
    await transport.attempts.consume("q", { inHandMax: 2, ackWaitMs: 100_000 }, (delivery) => {
      came.push(textOf(delivery.bytes));
      held.set(textOf(delivery.bytes), delivery);
    });
    for (const name of ["held", "late", "waiting"]) {
      const attempt = { queue: "q", priority: 4, runId: "r", id: randomToken(), bytes: bytesOf(name) };
      await transport.attempts.publish(attempt);
      await settled(transport);
    }
    expect(came).toEqual(["held", "late"]);
    held.get("late")?.release(50);
    await transport.attempts.discard("q", "r");
    clock.advance(100);
    await settled(transport);
    held.get("held")?.release(0);
    await settled(transport);
    expect(came).toEqual(["held", "late", "held"]);
  });
});

test("what a callback throws stops neither the others nor what comes after", async () => {
  const { transport } = await opened();
  const thrown: unknown[] = [];
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => thrown.push(error));
  try {
    const heard: string[] = [];
    await transport.bus.subscribe("s", () => {
      throw new Error("of a listener");
    });
    await transport.bus.subscribe("s", ({ bytes }) => heard.push(textOf(bytes)));
    await transport.events.read(0, 0, {
      onMessage: ({ bytes }) => {
        heard.push(`log ${textOf(bytes)}`);
        throw new Error("of a reader");
      },
      onCaughtUp: () => {},
      onError: () => {},
    });
    for (const text of ["1", "2"]) {
      transport.bus.publish("s", bytesOf(text));
      await transport.events.append(0, bytesOf(text));
    }
    await settled(transport);
    await settled(transport);
    expect([...heard].sort()).toEqual(["1", "2", "log 1", "log 2"]);
    expect(thrown.map((error) => (error as Error).message).sort()).toEqual([
      "of a listener",
      "of a listener",
      "of a reader",
      "of a reader",
    ]);
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const each of others) process.on("uncaughtException", each);
  }
});

describe("a listener instead of a promise", () => {
  function told(begin: (listener: StoreListener) => void): string[] {
    const said: string[] = [];
    begin({ onStored: () => said.push("stored"), onFailed: (error) => said.push(error.name) });
    return said;
  }

  test("is told once, well or badly, by the time that the call returns", async () => {
    const { transport } = await opened({ messageBytesMax: 1_024, inlineBytesMax: 512 });
    const { attempts } = transport;
    const results = transport.bucket("results");
    const attempt = { queue: "q", priority: 4, runId: "r", id: "1", bytes: bytesOf("x") };
    expect(told((listener) => attempts.store?.(attempt, listener))).toEqual(["stored"]);
    expect(told((listener) => attempts.store?.(attempt, listener))).toEqual(["stored"]);
    expect(told((listener) => results.store?.("r.c", bytesOf("x"), listener))).toEqual(["stored"]);
    const large = new Uint8Array(1_025);
    const tooLarge = ["MessageTooLargeError"];
    expect(told((listener) => attempts.store?.({ ...attempt, id: "2", bytes: large }, listener))).toEqual(tooLarge);
    expect(told((listener) => results.store?.("r.c", large, listener))).toEqual(tooLarge);
    expect(told((listener) => results.store?.("r c", bytesOf("x"), listener))).toEqual(["NameInvalidError"]);
    const stored: string[] = [];
    for await (const { runId } of attempts.stored({})) stored.push(runId);
    expect(stored).toEqual(["r"]);
    expect(textOf((await results.get("r.c"))?.value ?? bytesOf(""))).toBe("x");
    await transport.close();
    expect(told((listener) => attempts.store?.(attempt, listener))).toEqual(["TransportClosedError"]);
    expect(told((listener) => results.store?.("r.c", bytesOf("x"), listener))).toEqual(["TransportClosedError"]);
  });
});

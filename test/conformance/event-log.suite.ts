import { MessageTooLargeError, randomToken, type LogMessage, type Transport } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { brokerForSuite, type StartBroker } from "./broker.ts";
import { bytesOf, Gathered, patternedBytes, textOf } from "./gathered.ts";

interface Heard {
  readonly sequence: number;
  readonly timestampMs: number;
  readonly text: string;
}

/** Reads a partition and keeps copies of what comes. */
async function reading(transport: Transport, partition: number, from: number) {
  const heard = new Gathered<Heard>();
  const caughtUp = new Gathered<number>();
  const errors: Error[] = [];
  const subscription = await transport.events.read(partition, from, {
    onMessage: ({ sequence, timestampMs, bytes }: LogMessage) =>
      heard.add({ sequence, timestampMs, text: textOf(bytes) }),
    onCaughtUp: () => caughtUp.add(heard.items.length),
    onError: (error) => errors.push(error),
  });
  return { heard, caughtUp, errors, stop: () => subscription.stop(), texts: () => heard.items.map(({ text }) => text) };
}

/** For readings that are refused. */
const deaf = { onMessage: () => {}, onCaughtUp: () => {}, onError: () => {} };

/** Everything that is stored in the partition now. */
async function stored(transport: Transport, partition: number, from = 0): Promise<readonly Heard[]> {
  const { heard, caughtUp, stop } = await reading(transport, partition, from);
  await caughtUp.atLeast(1);
  await stop();
  return heard.items;
}

/** Where messages of a test begin, in a partition that others use too. */
async function endOf(transport: Transport, partition: number): Promise<number> {
  return ((await stored(transport, partition)).at(-1)?.sequence ?? 0) + 1;
}

export function eventLogSuite(start: StartBroker): void {
  const broker = brokerForSuite(start);

  /** A connection, a place in the log to begin at, and a way to append texts. */
  async function opened(partition = 0) {
    const transport = await broker.open();
    const from = await endOf(transport, partition);
    const append = (text: string, id?: string) =>
      transport.events.append(partition, bytesOf(text), id === undefined ? undefined : { id });
    return { transport, log: transport.events, from, append };
  }

  describe("order", () => {
    test("messages come in the order of appending, each once, with sequences that grow", async () => {
      const { transport, from, append } = await opened();
      const texts = Array.from({ length: 1_000 }, (_, i) => `m${i}`);
      await Promise.all(texts.map((text) => append(text)));
      const messages = await stored(transport, 0, from);
      expect(messages.map(({ text }) => text)).toEqual(texts);
      for (const [i, { sequence, timestampMs }] of messages.entries()) {
        const before = messages[i - 1];
        expect(Number.isSafeInteger(sequence)).toBe(true);
        expect(sequence).toBeGreaterThan(before?.sequence ?? 0);
        expect(timestampMs).toBeGreaterThanOrEqual(before?.timestampMs ?? 1);
      }
    });

    test("every reader gets everything, of every connection", async () => {
      const { transport, from, append } = await opened();
      const other = await broker.open();
      const readings = [await reading(transport, 0, from), await reading(other, 0, from)];
      await append("a");
      await other.events.append(0, bytesOf("b"));
      await append("c");
      for (const { heard, texts } of readings) {
        await heard.atLeast(3);
        expect(texts()).toEqual(["a", "b", "c"]);
      }
    });

    test("partitions are apart", async () => {
      const { transport, log, from, append } = await opened(0);
      expect(log.partitions).toBeGreaterThanOrEqual(2);
      const fromOther = await endOf(transport, 1);
      await log.append(1, bytesOf("of 1"));
      await append("of 0");
      expect((await stored(transport, 0, from)).map(({ text }) => text)).toEqual(["of 0"]);
      expect((await stored(transport, 1, fromOther)).map(({ text }) => text)).toEqual(["of 1"]);
    });

    test("what is stored is the bytes of the moment of appending", async () => {
      const { transport, log, from } = await opened();
      const bytes = bytesOf("before");
      await log.append(0, bytes);
      bytes.fill(0);
      expect((await stored(transport, 0, from)).map(({ text }) => text)).toEqual(["before"]);
    });

    test("any bytes may be stored, as many as the limit says", async () => {
      const { transport, log, from } = await opened();
      const whole = new Gathered<Uint8Array>();
      await log.read(0, from, {
        onMessage: ({ bytes }) => whole.add(new Uint8Array(bytes)),
        onCaughtUp: () => {},
        onError: () => {},
      });
      const messages = [1, 70_000, transport.limits.messageBytesMax].map(patternedBytes);
      for (const message of messages) await log.append(0, message);
      const came = await whole.atLeast(messages.length);
      for (const [i, message] of messages.entries()) expect(Buffer.compare(message, came[i] as Uint8Array)).toBe(0);
    });
  });

  describe("catching up", () => {
    test("is told once where nothing is stored, and new messages come after", async () => {
      const empty = await start();
      try {
        const transport = await empty.open("reader");
        const { heard, caughtUp, texts } = await reading(transport, 1, 0);
        await caughtUp.atLeast(1);
        expect(heard.items).toEqual([]);
        await transport.events.append(1, bytesOf("later"));
        await heard.atLeast(1);
        expect(texts()).toEqual(["later"]);
        expect(caughtUp.items).toEqual([0]);
        await transport.close();
      } finally {
        await empty.close();
      }
    });

    test("is told when all that was stored has come, and not again", async () => {
      const { transport, from, append } = await opened();
      await Promise.all(Array.from({ length: 5_000 }, (_, i) => append(`m${i}`)));
      const { heard, caughtUp, texts } = await reading(transport, 0, from);
      await caughtUp.atLeast(1);
      expect(caughtUp.items[0]).toBeGreaterThanOrEqual(5_000);
      for (let i = 5_000; i < 5_100; i++) await append(`m${i}`);
      await heard.atLeast(5_100);
      expect(texts()).toEqual(Array.from({ length: 5_100 }, (_, i) => `m${i}`));
      expect(caughtUp.items).toHaveLength(1);
    });

    test("loses and repeats nothing while others append", async () => {
      const { transport, from, append } = await opened();
      const other = await broker.open();
      const appending = (async () => {
        for (let i = 0; i < 300; i++) await append(`m${i}`);
      })();
      const readings = await Promise.all(Array.from({ length: 4 }, () => reading(other, 0, from)));
      await appending;
      for (const { heard, caughtUp, texts } of readings) {
        await heard.atLeast(300);
        await caughtUp.atLeast(1);
        expect(texts()).toEqual(Array.from({ length: 300 }, (_, i) => `m${i}`));
      }
      expect((await stored(transport, 0, from)).length).toBe(300);
    });
  });

  describe("beginning at a sequence", () => {
    test("includes its message and all later ones", async () => {
      const { transport, from, append } = await opened();
      for (const text of ["a", "b", "c", "d"]) await append(text);
      const all = await stored(transport, 0, from);
      const third = all[2] as Heard;
      expect(await stored(transport, 0, third.sequence)).toEqual(all.slice(2));
    });

    test("after the last one gives only what comes later", async () => {
      const { transport, from, append } = await opened();
      await append("old");
      const last = (await stored(transport, 0, from)).at(-1) as Heard;
      const { heard, caughtUp, texts } = await reading(transport, 0, last.sequence + 1);
      await caughtUp.atLeast(1);
      await append("new");
      await heard.atLeast(1);
      expect(texts()).toEqual(["new"]);
    });

    test("is refused where the log ends before it", async () => {
      const { log, append } = await opened(1);
      await append("a");
      const next = await endOf(await broker.open(), 1);
      await (await log.read(1, next, deaf)).stop();
      await expect(log.read(1, next + 1, deaf)).rejects.toMatchObject({ code: "LOG_TRUNCATED" });
    });

    test("is refused where another message, or none, has the place of one that was read", async () => {
      const { transport, log, from, append } = await opened(1);
      for (const text of ["a", "b"]) await append(text);
      const [seen, newest] = await stored(transport, 1, from);
      if (seen === undefined || newest === undefined) throw new Error("two messages were stored");
      const { sequence, timestampMs } = seen;
      for (const behind of [from, newest.sequence + 1]) {
        await (await log.read(1, behind, deaf, { sequence, timestampMs })).stop();
        const another = { sequence, timestampMs: timestampMs - 1 };
        await expect(log.read(1, behind, deaf, another)).rejects.toMatchObject({ code: "LOG_TRUNCATED" });
      }
      const none = { sequence: newest.sequence + 1_000_000, timestampMs };
      await expect(log.read(1, from, deaf, none)).rejects.toMatchObject({ code: "LOG_TRUNCATED" });
    });

    test("0 is the beginning of the partition", async () => {
      const { transport, append } = await opened();
      await append("some");
      const all = await stored(transport, 0, 0);
      expect(await stored(transport, 0, (all[0] as Heard).sequence)).toEqual(all);
    });
  });

  describe("ids", () => {
    test("a message with an id that was there is not stored again, whoever sends it", async () => {
      const { transport, from, append } = await opened();
      const other = await broker.open();
      const id = randomToken();
      await append("first", id);
      await append("first", id);
      await other.events.append(0, bytesOf("first"), { id });
      await Promise.all([append("second", `${id}-2`), append("second", `${id}-2`)]);
      await append("third", `${id}-3`);
      expect((await stored(transport, 0, from)).map(({ text }) => text)).toEqual(["first", "second", "third"]);
    });

    test("equal messages without an id are all stored", async () => {
      const { transport, from, append } = await opened();
      await append("same");
      await append("same");
      expect(await stored(transport, 0, from)).toHaveLength(2);
    });
  });

  describe("claiming a key", () => {
    test("stores the message of the first, and gives it to all others", async () => {
      const { transport, log, from } = await opened();
      const other = await broker.open();
      const key = randomToken();
      expect(await log.claim(0, key, bytesOf("mine"))).toEqual({ claimed: true });
      for (const each of [log, other.events]) {
        const claim = await each.claim(0, key, bytesOf("theirs"));
        expect(claim.claimed).toBe(false);
        expect(claim.claimed ? "" : textOf(claim.message)).toBe("mine");
      }
      expect((await stored(transport, 0, from)).map(({ text }) => text)).toEqual(["mine"]);
    });

    test("is won by exactly one of many at once", async () => {
      const { transport, from } = await opened();
      const connections = [transport, await broker.open(), await broker.open()];
      const key = randomToken();
      const claims = await Promise.all(
        Array.from({ length: 12 }, (_, i) =>
          (connections[i % 3] as Transport).events.claim(0, key, bytesOf(`claimer ${i}`)),
        ),
      );
      const winner = claims.findIndex(({ claimed }) => claimed);
      expect(claims.filter(({ claimed }) => claimed)).toHaveLength(1);
      for (const claim of claims)
        expect(claim.claimed ? "" : textOf(claim.message)).toMatch(claim.claimed ? "" : `claimer ${winner}`);
      expect((await stored(transport, 0, from)).map(({ text }) => text)).toEqual([`claimer ${winner}`]);
    });

    test("leaves other keys free, and stands in order with other messages", async () => {
      const { transport, log, from, append } = await opened();
      await append("a");
      await log.claim(0, randomToken(), bytesOf("b"));
      await append("c");
      await log.claim(0, randomToken(), bytesOf("d"));
      expect((await stored(transport, 0, from)).map(({ text }) => text)).toEqual(["a", "b", "c", "d"]);
    });
  });

  test("a message above the limit is refused", async () => {
    const { transport, log, from, append } = await opened();
    const large = patternedBytes(transport.limits.messageBytesMax + 1);
    await expect(log.append(0, large)).rejects.toThrow(MessageTooLargeError);
    await expect(log.claim(0, randomToken(), large)).rejects.toThrow(MessageTooLargeError);
    await append("small");
    expect((await stored(transport, 0, from)).map(({ text }) => text)).toEqual(["small"]);
  });

  test("stopping ends a reading, and only that one; twice is harmless", async () => {
    const { transport, from, append } = await opened();
    const [stopped, going] = [await reading(transport, 0, from), await reading(transport, 0, from)];
    await append("a");
    await stopped.heard.atLeast(1);
    await stopped.stop();
    await stopped.stop();
    await append("b");
    await append("c");
    await going.heard.atLeast(3);
    expect(stopped.texts()).toEqual(["a"]);
    expect([...stopped.errors, ...going.errors]).toEqual([]);
  });
}

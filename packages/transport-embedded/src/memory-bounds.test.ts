import { encodeLease, type Transport } from "@arpeggio/core";
import { expect, test } from "vitest";
import { createEmbeddedTransport, manualClock, type EmbeddedOptions } from "./index.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Everything that is stored in partition 0, one text a message. */
async function stored(transport: Transport): Promise<readonly string[]> {
  const texts: string[] = [];
  await new Promise<void>((resolve, reject) => {
    transport.events
      .read(0, 0, {
        onMessage: ({ bytes }) => texts.push(textOf(bytes)),
        onCaughtUp: resolve,
        onError: reject,
      })
      .catch(reject);
  });
  return texts;
}

/** All that has been caused so far has reached whom it concerns: the bus goes the same way as everything else. */
const settled = (transport: Transport) => transport.bus.flush();

async function opened(options: EmbeddedOptions = {}) {
  const transport = await createEmbeddedTransport(options).open("test");
  return { transport };
}

/** One of these fills a segment of the log. */
const large = (i: number) => bytesOf(`${i}:`.padEnd(200_000, "x"));
const numbers = (texts: readonly string[]) => texts.map((text) => Number.parseInt(text, 10));
const markAt = (transport: Transport, mark: number) =>
  transport.bucket("partitions").put("0", encodeLease({ owner: "o", epoch: 1, mark, renewedAtMs: 0 }));

test("the log forgets what its owner has done with, and only above its limit", async () => {
  const { transport } = await opened({ logBytesMax: 600_000 });
  for (let i = 1; i <= 10; i++) await transport.events.append(0, large(i));
  expect(numbers(await stored(transport))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  await markAt(transport, 5);
  await settled(transport);
  expect(numbers(await stored(transport))).toEqual([6, 7, 8, 9, 10]);
  await markAt(transport, 10);
  await settled(transport);
  expect(numbers(await stored(transport))).toEqual([8, 9, 10]);
  for (let i = 11; i <= 12; i++) await transport.events.append(0, large(i));
  expect(numbers(await stored(transport))).toEqual([9, 10, 11, 12]);
});

test("what is under 'partitions' but no lease makes it forget nothing", async () => {
  const { transport } = await opened({ logBytesMax: 0 });
  for (let i = 1; i <= 3; i++) await transport.events.append(0, large(i));
  await transport.bucket("partitions").put("0", bytesOf("no lease"));
  await transport.bucket("partitions").put("7", bytesOf("no partition"));
  await settled(transport);
  expect(await stored(transport)).toHaveLength(3);
});

test("who is reading already misses nothing that is forgotten meanwhile", async () => {
  const { transport } = await opened({ logBytesMax: 0 });
  const seen: number[] = [];
  await transport.events.read(0, 0, {
    onMessage: ({ bytes }) => {
      seen.push(Number.parseInt(textOf(bytes), 10));
      if (seen.length === 1) void markAt(transport, 8);
    },
    onCaughtUp: () => {},
    onError: () => {},
  });
  for (let i = 1; i <= 8; i++) await transport.events.append(0, large(i));
  await settled(transport);
  await settled(transport);
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(numbers(await stored(transport))).toEqual([8]);
});

test("a claimed key is free again when its message is forgotten", async () => {
  const { transport } = await opened({ logBytesMax: 0 });
  await transport.events.claim(0, "k", large(1));
  await transport.events.append(0, large(2));
  expect(await transport.events.claim(0, "k", bytesOf("again"))).toMatchObject({ claimed: false });
  await markAt(transport, 2);
  await settled(transport);
  expect(await transport.events.claim(0, "k", bytesOf("again"))).toEqual({ claimed: true });
});

test("of results and dead letters the newest are kept", async () => {
  const { transport } = await opened({ resultsMax: 3, deadLettersMax: 2 });
  for (const name of ["results", "dead-letters"] as const) {
    for (const key of ["a", "b", "c", "a", "d", "e"]) await transport.bucket(name).put(key, bytesOf(key));
  }
  const keys = async (name: "results" | "dead-letters") => {
    const found: string[] = [];
    for await (const { key } of transport.bucket(name).entries(">")) found.push(key);
    return found;
  };
  expect(await keys("results")).toEqual(["a", "d", "e"]);
  expect(await keys("dead-letters")).toEqual(["d", "e"]);
});

test("a bucket that is full for long costs no more per entry", async () => {
  const { transport } = await opened({ resultsMax: 10 });
  const bucket = transport.bucket("results");
  for (let i = 0; i < 50_000; i++) await bucket.put(`run${i}.client`, bytesOf("x"));
  expect((await bucket.newest("run49990.*"))?.key).toBe("run49990.client");
  expect(await bucket.newest("run49989.*")).toBeUndefined();
});

test("of blobs the oldest go when all together are too large", async () => {
  const { transport } = await opened({ blobBytesMax: 250 });
  for (const key of ["a", "b", "c"]) await transport.blobs.put(key, new Uint8Array(100));
  await expect(transport.blobs.get("a")).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
  expect(await transport.blobs.get("b")).toHaveLength(100);
  await transport.blobs.put("b", new Uint8Array(100));
  await transport.blobs.put("huge", new Uint8Array(1_000));
  expect(await transport.blobs.get("huge")).toHaveLength(1_000);
  await expect(transport.blobs.get("b")).rejects.toMatchObject({ code: "BLOB_NOT_FOUND" });
});

test("ids are remembered for their time, and the oldest are forgotten early above their number", async () => {
  const clock = manualClock();
  const { transport } = await opened({ clock, dedupeMs: 1_000, dedupeIdsMax: 100 });
  const isStored = async (id: string) => {
    const before = (await stored(transport)).length;
    await transport.events.append(0, bytesOf(id), { id });
    return (await stored(transport)).length > before;
  };
  expect(await isStored("a")).toBe(true);
  clock.advance(999);
  expect(await isStored("a")).toBe(false);
  clock.advance(1_001);
  expect(await isStored("a")).toBe(true);
  for (let i = 0; i < 99; i++) await transport.events.append(0, bytesOf("x"), { id: `first ${i}` });
  expect(await isStored("a")).toBe(false);
  for (let i = 0; i < 201; i++) await transport.events.append(0, bytesOf("x"), { id: `second ${i}` });
  expect(await isStored("second 200")).toBe(false);
  expect(await isStored("first 0")).toBe(true);
});

import {
  MessageTooLargeError,
  NameInvalidError,
  randomToken,
  RevisionMismatchError,
  type BucketName,
  type Entry,
  type ObservedEntry,
} from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { brokerForSuite, type StartBroker } from "./broker.ts";
import { bytesOf, Gathered, patternedBytes, textOf } from "./gathered.ts";

const bucketNames: readonly BucketName[] = ["runs", "partitions", "results", "graphs", "workers", "dead-letters"];

const shown = (entry: ObservedEntry | undefined) => (entry ? `${entry.key}=${textOf(entry.value)}` : "nothing");

export function keyValueSuite(start: StartBroker): void {
  const broker = brokerForSuite(start);
  const newToken = () => randomToken();

  async function opened(name: BucketName = "runs") {
    const bucket = (await broker.open()).bucket(name);
    const all = async (pattern: string) => {
      const entries: Entry[] = [];
      for await (const entry of bucket.entries(pattern)) entries.push(entry);
      return entries.map(shown).sort();
    };
    return { bucket, all, key: newToken() };
  }

  test.each(bucketNames)("bucket %s stores, replaces and deletes", async (name) => {
    const { bucket, key } = await opened(name);
    expect(await bucket.get(key)).toBeUndefined();
    const first = await bucket.put(key, bytesOf("1"));
    expect(await bucket.get(key)).toMatchObject({ key, revision: first });
    const second = await bucket.put(key, bytesOf("2"));
    expect(second).toBeGreaterThan(first);
    expect(shown(await bucket.get(key))).toBe(`${key}=2`);
    await bucket.delete(key);
    expect(await bucket.get(key)).toBeUndefined();
  });

  test("buckets are apart", async () => {
    const transport = await broker.open();
    const key = newToken();
    for (const name of bucketNames) await transport.bucket(name).put(key, bytesOf(name));
    for (const name of bucketNames) expect(shown(await transport.bucket(name).get(key))).toBe(`${key}=${name}`);
  });

  test("what one connection puts, another reads at once", async () => {
    const [one, other] = [await opened(), await opened()];
    await one.bucket.put(one.key, bytesOf("x"));
    expect(shown(await other.bucket.get(one.key))).toBe(`${one.key}=x`);
  });

  test("values may be empty, any bytes, and as large as the inline limit; more than the limit is refused", async () => {
    const transport = await broker.open();
    const bucket = transport.bucket("results");
    const key = newToken();
    for (const value of [new Uint8Array(0), patternedBytes(transport.limits.inlineBytesMax)]) {
      await bucket.put(key, value);
      expect(Buffer.compare((await bucket.get(key))?.value ?? bytesOf("none"), value)).toBe(0);
    }
    const large = patternedBytes(transport.limits.messageBytesMax + 1);
    await expect(bucket.put(key, large)).rejects.toThrow(MessageTooLargeError);
    await expect(bucket.putAt(key, large, 0)).rejects.toThrow(MessageTooLargeError);
  });

  test("a stored value does not change with the bytes that were put, nor with those that were got", async () => {
    const { bucket, key } = await opened();
    const bytes = bytesOf("before");
    await bucket.put(key, bytes);
    bytes.fill(0);
    (await bucket.get(key))?.value.fill(0);
    expect(shown(await bucket.get(key))).toBe(`${key}=before`);
  });

  describe("keys", () => {
    test("are tokens with dots between them", async () => {
      const { bucket } = await opened();
      const long = `${newToken()}.A-z_0=.${"x".repeat(100)}.9`;
      await bucket.put(long, bytesOf("x"));
      expect(shown(await bucket.get(long))).toBe(`${long}=x`);
    });
    test.each(["", ".", "a.", ".a", "a..b", "a b", "a*", "*", ">", "a.>", "ä", "a/b"])("'%s' is none", async (key) => {
      const { bucket } = await opened();
      await expect(bucket.put(key, bytesOf("x"))).rejects.toThrow(NameInvalidError);
      await expect(bucket.putAt(key, bytesOf("x"), 0)).rejects.toThrow(NameInvalidError);
      await expect(bucket.get(key)).rejects.toThrow(NameInvalidError);
      await expect(bucket.delete(key)).rejects.toThrow(NameInvalidError);
    });
    test.each(["", "a.", ">.a", "a>", "a*.b", "**"])("'%s' is no pattern", async (pattern) => {
      const { bucket, all } = await opened();
      await expect(bucket.newest(pattern)).rejects.toThrow(NameInvalidError);
      await expect(bucket.observe(pattern, () => {})).rejects.toThrow(NameInvalidError);
      await expect(all(pattern)).rejects.toThrow(NameInvalidError);
    });
  });

  describe("compare and set", () => {
    test("stores only at the revision that is there; 0 is absence", async () => {
      const { bucket, key } = await opened();
      const first = await bucket.putAt(key, bytesOf("1"), 0);
      await expect(bucket.putAt(key, bytesOf("x"), 0)).rejects.toThrow(RevisionMismatchError);
      const second = await bucket.putAt(key, bytesOf("2"), first);
      expect(second).toBeGreaterThan(first);
      await expect(bucket.putAt(key, bytesOf("x"), first)).rejects.toMatchObject({ code: "REVISION_MISMATCH", key });
      await expect(bucket.putAt(key, bytesOf("x"), second + 1_000)).rejects.toThrow(RevisionMismatchError);
      expect(await bucket.get(key)).toMatchObject({ revision: second });
      expect(shown(await bucket.get(key))).toBe(`${key}=2`);
    });

    test("refuses a revision of a key that is not there", async () => {
      const { bucket, key } = await opened();
      await expect(bucket.putAt(key, bytesOf("x"), 1)).rejects.toThrow(RevisionMismatchError);
      expect(await bucket.get(key)).toBeUndefined();
    });

    test("is won by exactly one of many at once", async () => {
      const [one, other] = [await opened("partitions"), await opened("partitions")];
      const revision = await one.bucket.put(one.key, bytesOf("start"));
      for (const at of [revision, 0]) {
        const key = at === 0 ? newToken() : one.key;
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, (_, i) => (i % 2 ? one : other).bucket.putAt(key, bytesOf(`by ${i}`), at)),
        );
        const winners = outcomes.flatMap((outcome, i) => (outcome.status === "fulfilled" ? [{ i, outcome }] : []));
        expect(winners).toHaveLength(1);
        for (const outcome of outcomes) {
          const isExpected = outcome.status === "fulfilled" || outcome.reason instanceof RevisionMismatchError;
          expect(isExpected).toBe(true);
        }
        expect(await one.bucket.get(key)).toMatchObject({ revision: winners[0]?.outcome.value });
        expect(shown(await one.bucket.get(key))).toBe(`${key}=by ${winners[0]?.i}`);
      }
    });

    test("takes a deleted key for absent, and never gives a revision twice", async () => {
      const { bucket, key } = await opened();
      const first = await bucket.put(key, bytesOf("1"));
      await bucket.delete(key);
      await expect(bucket.putAt(key, bytesOf("x"), first)).rejects.toThrow(RevisionMismatchError);
      const second = await bucket.putAt(key, bytesOf("2"), 0);
      expect(second).toBeGreaterThan(first);
      await bucket.delete(key, second);
      expect(await bucket.putAt(key, bytesOf("3"), 0)).toBeGreaterThan(second);
      expect(shown(await bucket.get(key))).toBe(`${key}=3`);
    });
  });

  describe("deleting", () => {
    test("what is not there is harmless", async () => {
      const { bucket, key } = await opened();
      await bucket.delete(key);
      await bucket.put(key, bytesOf("x"));
      await bucket.delete(key);
      await bucket.delete(key);
      expect(await bucket.get(key)).toBeUndefined();
    });
    test("at a revision happens only if it still is that one", async () => {
      const { bucket, key } = await opened();
      const first = await bucket.put(key, bytesOf("1"));
      const second = await bucket.put(key, bytesOf("2"));
      await expect(bucket.delete(key, first)).rejects.toThrow(RevisionMismatchError);
      expect(shown(await bucket.get(key))).toBe(`${key}=2`);
      await bucket.delete(key, second);
      expect(await bucket.get(key)).toBeUndefined();
      await bucket.delete(key, second);
    });
  });

  describe("the newest of a pattern", () => {
    test("is the one put last, whatever the keys", async () => {
      const { bucket, key } = await opened("results");
      expect(await bucket.newest(`${key}.*`)).toBeUndefined();
      await bucket.put(`${key}.b`, bytesOf("1"));
      await bucket.put(`${key}.a`, bytesOf("2"));
      await bucket.put(`other-${key}.c`, bytesOf("3"));
      expect(shown(await bucket.newest(`${key}.*`))).toBe(`${key}.a=2`);
      const revision = await bucket.put(`${key}.b`, bytesOf("4"));
      expect(await bucket.newest(`${key}.*`)).toMatchObject({ key: `${key}.b`, revision });
      expect(shown(await bucket.newest(`*.c`))).toMatch(/=3$/);
    });
    test("is never one that was deleted", async () => {
      const { bucket, key } = await opened("results");
      await bucket.put(`${key}.a`, bytesOf("1"));
      await bucket.put(`${key}.b`, bytesOf("2"));
      await bucket.delete(`${key}.b`);
      expect(shown(await bucket.newest(`${key}.*`))).toBe(`${key}.a=1`);
      await bucket.delete(`${key}.a`);
      expect(await bucket.newest(`${key}.*`)).toBeUndefined();
    });
  });

  describe("the entries of a pattern", () => {
    test("are those that match, each once, as they are now", async () => {
      const { bucket, all, key } = await opened();
      for (const [name, text] of [
        ["a.x", "1"],
        ["b.x", "2"],
        ["b.y", "3"],
        ["b", "4"],
        ["c.x.z", "5"],
        ["a.x", "6"],
      ]) {
        await bucket.put(`${key}.${name}`, bytesOf(text as string));
      }
      await bucket.put(`${key}.d.x`, bytesOf("gone"));
      await bucket.delete(`${key}.d.x`);
      const under = (names: readonly string[]) => names.map((name) => `${key}.${name}`);
      expect(await all(`${key}.*.x`)).toEqual(under(["a.x=6", "b.x=2"]));
      expect(await all(`${key}.b.*`)).toEqual(under(["b.x=2", "b.y=3"]));
      expect(await all(`${key}.*`)).toEqual(under(["b=4"]));
      expect(await all(`${key}.>`)).toEqual(under(["a.x=6", "b.x=2", "b.y=3", "b=4", "c.x.z=5"]));
      expect(await all(`${key}.c.>`)).toEqual(under(["c.x.z=5"]));
      expect(await all(`${key}.b.x`)).toEqual(under(["b.x=2"]));
      expect(await all(`${key}.none.>`)).toEqual([]);
    });
    test("are all of them for '>', and none in an empty bucket", async () => {
      const empty = await start();
      try {
        const transport = await empty.open("reader");
        const bucket = transport.bucket("workers");
        const keys = async () => {
          const found: string[] = [];
          for await (const entry of bucket.entries(">")) found.push(entry.key);
          return found.sort();
        };
        expect(await keys()).toEqual([]);
        await bucket.put("a", bytesOf("1"));
        await bucket.put("b.c", bytesOf("2"));
        expect(await keys()).toEqual(["a", "b.c"]);
        await transport.close();
      } finally {
        await empty.close();
      }
    });
    test("may be many, and reading them may end early", async () => {
      const { bucket, all, key } = await opened();
      await Promise.all(Array.from({ length: 2_000 }, (_, i) => bucket.put(`${key}.${i}`, bytesOf(`${i}`))));
      expect(await all(`${key}.*`)).toHaveLength(2_000);
      for await (const entry of bucket.entries(`${key}.*`)) {
        expect(entry.key.startsWith(key)).toBe(true);
        break;
      }
      expect(shown(await bucket.get(`${key}.7`))).toBe(`${key}.7=7`);
    });
  });

  describe("observing", () => {
    async function observing(pattern: string, name: BucketName = "results") {
      const bucket = (await broker.open()).bucket(name);
      const heard = new Gathered<string>();
      const subscription = await bucket.observe(pattern, (entry) => heard.add(shown(entry)));
      return { heard, stop: () => subscription.stop() };
    }

    test("tells of what is put to keys that match, by whomever, in order", async () => {
      const { bucket, key } = await opened("results");
      const byClient = await observing(`*.${key}`);
      const byRun = await observing(`${key}.*`);
      const below = await observing(`${key}.>`);
      await bucket.put(`run1.${key}`, bytesOf("1"));
      await bucket.put(`${key}.client`, bytesOf("2"));
      await bucket.put(`${key}.client.more`, bytesOf("3"));
      await bucket.put(newToken(), bytesOf("other"));
      await bucket.putAt(`run2.${key}`, bytesOf("4"), 0);
      await bucket.put(`${key}.client`, bytesOf("5"));
      expect(await byClient.heard.atLeast(2)).toEqual([`run1.${key}=1`, `run2.${key}=4`]);
      expect(await byRun.heard.atLeast(2)).toEqual([`${key}.client=2`, `${key}.client=5`]);
      expect(await below.heard.atLeast(3)).toEqual([`${key}.client=2`, `${key}.client.more=3`, `${key}.client=5`]);
    });

    test("tells nothing of the past and of deletions, and nothing after it was stopped", async () => {
      const { bucket, key } = await opened("results");
      await bucket.put(`${key}.a`, bytesOf("past"));
      const [stopped, going] = [await observing(`${key}.*`), await observing(`${key}.*`)];
      await bucket.put(`${key}.b`, bytesOf("1"));
      await stopped.heard.atLeast(1);
      await stopped.stop();
      await stopped.stop();
      await bucket.delete(`${key}.b`);
      await bucket.put(`${key}.c`, bytesOf("2"));
      expect(await going.heard.atLeast(2)).toEqual([`${key}.b=1`, `${key}.c=2`]);
      expect(stopped.heard.items).toEqual([`${key}.b=1`]);
    });

    test("is told only of its own bucket", async () => {
      const transport = await broker.open();
      const key = newToken();
      const { heard } = await observing(`${key}.*`, "workers");
      await transport.bucket("results").put(`${key}.a`, bytesOf("elsewhere"));
      await transport.bucket("workers").put(`${key}.a`, bytesOf("here"));
      expect(await heard.atLeast(1)).toEqual([`${key}.a=here`]);
    });
  });
}

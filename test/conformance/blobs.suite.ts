import { BlobNotFoundError, randomToken } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { brokerForSuite, type StartBroker } from "./broker.ts";
import { patternedBytes } from "./gathered.ts";

const MB = 1024 * 1024;

export function blobsSuite(start: StartBroker): void {
  const broker = brokerForSuite(start);

  async function opened() {
    const { blobs } = await broker.open();
    const keys = async (prefix: string) => {
      const found: string[] = [];
      for await (const key of blobs.list(prefix)) found.push(key);
      return found.sort();
    };
    return { blobs, keys, key: randomToken() };
  }

  test.each([
    ["0 bytes", 0],
    ["1 byte", 1],
    ["100 kB", 100_000],
    ["1 MB", MB],
    ["5 MB and a bit", 5 * MB + 3],
  ])("a blob of %s comes back as it was put, to every connection", async (_name, size) => {
    const [{ blobs, key }, other] = [await opened(), await opened()];
    const bytes = patternedBytes(size);
    await blobs.put(key, bytes);
    for (const each of [blobs, other.blobs]) expect(Buffer.compare(await each.get(key), bytes)).toBe(0);
  });

  test("putting it again, at the same time too, leaves it as it is", async () => {
    const [{ blobs, keys, key }, other] = [await opened(), await opened()];
    const bytes = patternedBytes(300_000);
    await Promise.all([blobs.put(key, bytes), other.blobs.put(key, bytes), blobs.put(key, bytes)]);
    await blobs.put(key, bytes);
    expect(Buffer.compare(await other.blobs.get(key), bytes)).toBe(0);
    expect(await keys(key)).toEqual([key]);
  });

  test("it does not change with the bytes that were put, nor with those that were got", async () => {
    const { blobs, key } = await opened();
    const bytes = patternedBytes(1_000);
    await blobs.put(key, bytes);
    bytes.fill(0);
    (await blobs.get(key)).fill(0);
    expect(Buffer.compare(await blobs.get(key), patternedBytes(1_000))).toBe(0);
  });

  test("what is not there is said so by its key", async () => {
    const { blobs, key } = await opened();
    await expect(blobs.get(key)).rejects.toThrow(BlobNotFoundError);
    await expect(blobs.get(key)).rejects.toMatchObject({ message: expect.stringContaining(key) });
  });

  describe("deleting", () => {
    test("removes it; what is not there may be deleted too", async () => {
      const { blobs, keys, key } = await opened();
      await blobs.delete(key);
      await blobs.put(key, patternedBytes(200_000));
      await blobs.delete(key);
      await blobs.delete(key);
      await expect(blobs.get(key)).rejects.toThrow(BlobNotFoundError);
      expect(await keys(key)).toEqual([]);
      await blobs.put(key, patternedBytes(10));
      expect(await blobs.get(key)).toHaveLength(10);
    });
  });

  test("keys may be paths and any text, and are listed by how they begin", async () => {
    const { blobs, keys, key } = await opened();
    const names = [`${key}/a/1`, `${key}/a/2`, `${key}/b ä.€`, `${key}-x`];
    for (const name of names) await blobs.put(name, patternedBytes(10));
    expect(await keys(`${key}/a/`)).toEqual([`${key}/a/1`, `${key}/a/2`]);
    expect(await keys(key)).toEqual([...names].sort());
    expect(await keys(`${key}/c`)).toEqual([]);
    expect(await blobs.get(`${key}/b ä.€`)).toHaveLength(10);
  });
}

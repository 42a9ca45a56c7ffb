import { describe, expect, test } from "vitest";
import { blobReferenceOf, encodeBlobReference, isBlobReference } from "./blob-reference.ts";
import { RecordUndecodableError } from "./frame.ts";
import { blobKeysIn, loadPayload } from "./load-payload.ts";
import { decodePayload, encodePayload, offloadPayload } from "./payload.ts";
import { splicePayloadArray, splicePayloadObject } from "./splice.ts";

class Blobs {
  readonly stored = new Map<string, Uint8Array>();
  readonly fetched: string[] = [];
  put(key: string, bytes: Uint8Array): Promise<void> {
    this.stored.set(key, bytes);
    return Promise.resolve();
  }
  readonly fetch = (key: string): Promise<Uint8Array> => {
    this.fetched.push(key);
    const bytes = this.stored.get(key);
    return bytes === undefined ? Promise.reject(new Error(`no ${key}`)) : Promise.resolve(bytes);
  };
}

const inPlace = (blobs: Blobs, key: string, value: unknown) =>
  offloadPayload(encodePayload(value), { inlineBytesMax: 0, blobs, key });

describe("a payload above the inline limit", () => {
  test("goes to the blob store; what is not larger stays", async () => {
    const blobs = new Blobs();
    const payload = encodePayload("x".repeat(100));
    expect(await offloadPayload(payload, { inlineBytesMax: payload.length, blobs, key: "a" })).toBe(payload);
    expect(blobs.stored.size).toBe(0);
    const reference = await offloadPayload(payload, { inlineBytesMax: payload.length - 1, blobs, key: "a" });
    expect(blobReferenceOf(reference)).toEqual({ key: "a", bytes: payload.length });
    expect(blobs.stored.get("a")).toEqual(payload);
    expect(await loadPayload(reference, blobs.fetch)).toBe("x".repeat(100));
  });
  test("tells its length if it is an array", async () => {
    const reference = await inPlace(new Blobs(), "a", [1, 2, 3]);
    expect(blobReferenceOf(reference)).toMatchObject({ items: 3 });
  });
});

describe("references inside a value", () => {
  test("are replaced by the values of their blobs, each of which is fetched once", async () => {
    const blobs = new Blobs();
    const [a, b] = [await inPlace(blobs, "a", { n: 1n }), await inPlace(blobs, "b", [new Date(5)])];
    const spliced = splicePayloadObject([
      ["list", splicePayloadArray([a, b, a])],
      ["plain", encodePayload("p")],
    ]);
    expect(isBlobReference(spliced)).toBe(false);
    expect(await loadPayload(spliced, blobs.fetch)).toEqual({
      list: [{ n: 1n }, [new Date(5)], { n: 1n }],
      plain: "p",
    });
    expect(blobs.fetched).toEqual(["a", "b"]);
  });
  test("are found with their keys, each as often as it stands there", async () => {
    const blobs = new Blobs();
    const [a, b] = [await inPlace(blobs, "a", 1), await inPlace(blobs, "b", 2)];
    expect(blobKeysIn(splicePayloadArray([a, encodePayload("p"), b, a]))).toEqual(["a", "b", "a"]);
    expect(blobKeysIn(a)).toEqual(["a"]);
    expect(blobKeysIn(encodePayload({ a: 1 }))).toEqual([]);
  });
  test("may stand in blobs", async () => {
    const blobs = new Blobs();
    const inner = await inPlace(blobs, "inner", "deep");
    blobs.stored.set("outer", splicePayloadArray([inner, encodePayload(2)]));
    expect(await loadPayload(encodeBlobReference({ key: "outer", bytes: 9 }), blobs.fetch)).toEqual(["deep", 2]);
  });
  test("do not decode without fetching", async () => {
    const reference = await inPlace(new Blobs(), "runs/1", 1);
    expect(() => decodePayload(splicePayloadArray([reference]))).toThrow(/'runs\/1' was not fetched/);
  });
  test("pass on why a blob could not be had", async () => {
    const reference = encodeBlobReference({ key: "gone", bytes: 9 });
    await expect(loadPayload(reference, new Blobs().fetch)).rejects.toThrow("no gone");
  });
  test("that go in a circle are refused", async () => {
    const blobs = new Blobs();
    const reference = encodeBlobReference({ key: "a", bytes: 9 });
    blobs.stored.set("a", splicePayloadArray([encodeBlobReference({ key: "b", bytes: 9 })]));
    blobs.stored.set("b", reference);
    await expect(loadPayload(reference, blobs.fetch)).rejects.toThrow(RecordUndecodableError);
  });
  test("may make a chain of any sensible length", async () => {
    const blobs = new Blobs();
    for (let i = 0; i < 1_000; i++) {
      const inner = i === 0 ? encodePayload("end") : encodeBlobReference({ key: `${i - 1}`, bytes: 9 });
      blobs.stored.set(`${i}`, splicePayloadArray([inner]));
    }
    let value = await loadPayload(encodeBlobReference({ key: "999", bytes: 9 }), blobs.fetch);
    for (let i = 0; i < 1_000; i++) [value] = value as [unknown];
    expect(value).toBe("end");
  });
  test("that go on without end are refused", async () => {
    const next = (key: string) => Promise.resolve(encodeBlobReference({ key: `${key}1`, bytes: 9 }));
    await expect(loadPayload(encodeBlobReference({ key: "1", bytes: 9 }), next)).rejects.toThrow(
      /too deep in each other/,
    );
  });
  test("that double in each blob are refused before anything is put together", async () => {
    const blobs = new Blobs();
    const referring = (key: string) => splicePayloadArray(Array(2).fill(encodeBlobReference({ key, bytes: 9 })));
    blobs.stored.set("0", encodePayload(new Uint8Array(1_000)));
    for (let i = 1; i <= 60; i++) blobs.stored.set(`${i}`, referring(`${i - 1}`));
    const size = (levels: number) => loadPayload(referring(`${levels}`), blobs.fetch);
    expect(await size(3)).toHaveLength(2);
    await expect(size(60)).rejects.toThrow(/that stand in each other come to \S+ bytes/);
  });
  test("that stand in one list a thousand times are refused before they are put together", async () => {
    const blobs = new Blobs();
    blobs.stored.set("", encodePayload(new Uint8Array(10_000)));
    const load = (times: number) =>
      loadPayload(splicePayloadArray(Array(times).fill(encodeBlobReference({ key: "", bytes: 9 }))), blobs.fetch);
    expect(await load(800)).toHaveLength(800);
    await expect(load(900)).rejects.toThrow(/blobs of \d+ bytes that stand in each other come to \S+ bytes/);
  });
  test("leave a payload without them as it is", async () => {
    const blobs = new Blobs();
    expect(await loadPayload(encodePayload({ a: 1 }), blobs.fetch)).toEqual({ a: 1 });
    expect(blobs.fetched).toEqual([]);
  });
});

test("only a reference is taken for one", () => {
  expect(isBlobReference(encodeBlobReference({ key: "k".repeat(300), bytes: 2 ** 40, items: 0 }))).toBe(true);
  for (const value of [null, 1, "x", [], {}, new Date(5), 2n ** 90n, new Uint8Array(3)]) {
    expect(isBlobReference(encodePayload(value))).toBe(false);
    expect(blobReferenceOf(encodePayload(value))).toBeUndefined();
  }
  expect(isBlobReference(new Uint8Array(0))).toBe(false);
  expect(() => blobReferenceOf(new Uint8Array([...encodeBlobReference({ key: "k", bytes: 1 }), 0]))).toThrow(
    RecordUndecodableError,
  );
  expect(() => blobReferenceOf(new Uint8Array([0xd4, 0x01, 0x05]))).toThrow(RecordUndecodableError);
});

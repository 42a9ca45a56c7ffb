import { describe, expect, it } from "vitest";
import { pack, packFields, packLarge, readable, unpack } from "./msgpack.ts";

function fieldsAgain(packed: Uint8Array, startBytes: number): unknown {
  return unpack(readable(packed), startBytes, packed.length, "copies", undefined);
}

describe("fields with bytes at the end", () => {
  for (const size of [0, 1, 255, 256, 2_040, 8_191, 65_535, 65_536, 200_000]) {
    it(`are those that msgpackr writes, with ${size} bytes`, () => {
      const bytes = new Uint8Array(size).fill(7);
      const fields = ["run", 3, null, true, bytes];
      for (let i = 0; i < 20; i++) {
        const packed = packFields([...fields], 6);
        expect(Buffer.compare(packed.subarray(6), pack(fields))).toBe(0);
        const [run, , , isTrue, again] = fieldsAgain(packed, 6) as [string, number, null, boolean, Uint8Array];
        expect([run, isTrue, Buffer.compare(again, bytes)]).toEqual(["run", true, 0]);
      }
    });
  }

  it("do not overwrite each other", () => {
    const packed = Array.from({ length: 500 }, (_, i) => packFields([i, new Uint8Array(i).fill(i)], 0));
    for (const [i, one] of packed.entries()) expect(fieldsAgain(one, 0)).toEqual([i, new Uint8Array(i).fill(i)]);
  });

  it("may be more than a short list has", () => {
    for (const count of [14, 15, 16, 17]) {
      const fields = [...Array.from({ length: count - 1 }, (_, i) => i), Uint8Array.of(9)];
      expect(fieldsAgain(packFields([...fields], 0), 0)).toEqual(fields);
    }
  });

  it("may be bytes alone, and nothing at all", () => {
    expect(fieldsAgain(packFields([Uint8Array.of(1)], 0), 0)).toEqual([Uint8Array.of(1)]);
    expect(fieldsAgain(packFields([undefined, undefined], 0), 0)).toEqual([]);
  });
});

describe("values that hold very much", () => {
  const large = [65_535, 65_536, 200_000].map((size) => new Uint8Array(size).fill(3));
  const deep = (levels: number, inside: unknown): unknown => (levels === 0 ? inside : [deep(levels - 1, inside)]);

  it.each<[string, unknown]>([
    ["no large pieces", { a: 1, b: [Uint8Array.of(1), null, "text"], none: undefined }],
    [
      "large pieces on every level",
      { a: large, b: { c: large[2], d: [1, { e: large[1] }] }, f: new Date(5), g: large[0] },
    ],
    ["one that is large itself", large[2]],
    [
      "lists of the longest kind that is looked into",
      Array.from({ length: 1_024 }, (_, i) => (i === 7 ? large[1] : i)),
    ],
    ["lists that are too long for that", Array.from({ length: 1_025 }, (_, i) => (i === 7 ? large[1] : i))],
    ["a piece that lies very deep", deep(400, large[1])],
  ])("have the bytes that any value has: %s", (_, value) => {
    const packed = packLarge(value, 6);
    expect(Buffer.compare(packed.subarray(6), pack(value))).toBe(0);
  });
});

it("takes the list of the fields over", () => {
  const fields = ["run", { labels: true }, Uint8Array.of(1)];
  packFields(fields, 0);
  expect(fields).toEqual([]);
});

describe("reading", () => {
  const long = "x".repeat(5_000);

  it("gives views of the message, or copies, wherever it is read", () => {
    for (const padding of ["", "short", long]) {
      const packed = packFields([padding, Uint8Array.of(1, 2, 3), 4], 2);
      const [, view] = unpack(readable(packed), 2, packed.length, "views", undefined) as [string, Uint8Array];
      const [, copy] = unpack(readable(packed), 2, packed.length, "copies", undefined) as [string, Uint8Array];
      expect(view.buffer).toBe(packed.buffer);
      expect(copy.buffer).not.toBe(packed.buffer);
      // What is read next must change neither.
      unpack(readable(packFields([padding, Uint8Array.of(9, 9, 9), 9], 2)), 2, packed.length, "copies", undefined);
      expect([view, copy]).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3)]);
    }
  });

  it("gives plain arrays of bytes for what is read from a Buffer", () => {
    for (const padding of ["", long]) {
      const packed = Buffer.from(packFields([padding, Uint8Array.of(1)], 0));
      for (const bytesAre of ["views", "copies"] as const) {
        const [, bytes] = unpack(readable(packed), 0, packed.length, bytesAre, undefined) as [string, Uint8Array];
        expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
      }
    }
  });

  it("gives texts of every length and alphabet", () => {
    for (const sign of ["a", "é", "漢", "😀"]) {
      for (const length of [1, 5, 15, 16, 31, 32, 64, 65, 140, 300, 1_000, 3_000]) {
        const texts = [sign.repeat(length), "a", `${sign.repeat(length)}b`];
        expect(fieldsAgain(packFields([...texts], 0), 0)).toEqual(texts);
      }
    }
  });

  it("gives dates and integers of any size", () => {
    const fields = [new Date(1_700_000_000_123), 2n ** 63n, -(2n ** 200n), 2 ** 40, -1.5];
    expect(fieldsAgain(packFields([...fields], 0), 0)).toEqual(fields);
  });
});

import fc from "fast-check";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { values } from "../testing/any-value.ts";
import { decodePayload, encodePayload } from "./payload.ts";

describe("a value survives the round trip", () => {
  test("whatever it is made of", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decodePayload(encodePayload(value))).toStrictEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["0", 0],
    ["NaN", NaN],
    ["2^32", 2 ** 32],
    ["2^53 + 2", 2 ** 53 + 2],
    ["-33", -33],
    ["-129", -129],
    ["-32769", -32_769],
    ["-2^31 - 1", -(2 ** 31) - 1],
    ["0n", 0n],
    ["-1n", -1n],
  ])("%s stays what it is, and of its type", (_name, value) => {
    const decoded = decodePayload(encodePayload(value));
    expect(Object.is(decoded, value)).toBe(true);
  });

  test.each([
    ["before 1970", -1],
    ["the first date there is", -8.64e15],
    ["the last one", 8.64e15],
    ["whole seconds", 1_000],
    ["above 32 bits of seconds", 2 ** 32 * 1000 + 1],
    ["above 34 bits of seconds", 2 ** 34 * 1000],
  ])("a date %s", (_name, ms) => {
    expect(decodePayload(encodePayload(new Date(ms)))).toEqual(new Date(ms));
  });

  test.each([0, 1, 31, 32, 47, 48, 49, 255, 256, 1024, 1025, 65_535, 65_536, 200_000])(
    "text of %i characters",
    (length) => {
      for (const unit of ["a", "ä", "€"]) {
        const text = unit.repeat(length);
        expect(decodePayload(encodePayload(text)) === text).toBe(true);
        expect(decodePayload(encodePayload({ [text]: 1 }))).toEqual({ [text]: 1 });
      }
    },
  );

  test.each([0, 15, 16, 65_535, 65_536])("an array and an object of %i elements", (length) => {
    const array = Array.from({ length }, (_, i) => i);
    const object = Object.fromEntries(array.map((i) => [`k${i}`, i]));
    expect(decodePayload(encodePayload(array))).toEqual(array);
    expect(decodePayload(encodePayload(object))).toEqual(object);
  });

  test("bytes come back as a plain Uint8Array of their own", () => {
    const payload = encodePayload({ bytes: Buffer.from("abc") });
    const { bytes } = decodePayload(payload) as { bytes: Uint8Array };
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
    bytes.fill(0);
    expect(decodePayload(payload)).toEqual({ bytes: new Uint8Array([97, 98, 99]) });
  });

  test("names that functions look for are names like any other", () => {
    const value = { constructor: { constructor: new Date(5) }, toJSON: 1, hasOwnProperty: [], length: -1, size: 2 };
    expect(decodePayload(encodePayload(value))).toEqual(value);
  });

  test("-0 is 0, as in JSON", () => {
    expect(decodePayload(encodePayload([-0]))).toStrictEqual([0]);
  });

  test("a lone surrogate is U+FFFD", () => {
    const [lone, whole] = ["\ud800", "\ufffd"];
    for (const rest of ["", "x".repeat(100)]) {
      expect(decodePayload(encodePayload({ [lone + rest]: [rest + lone] }))).toEqual({
        [whole + rest]: [rest + whole],
      });
    }
  });

  test("objects without a prototype and of another realm count as plain", () => {
    expect(decodePayload(encodePayload(Object.assign(Object.create(null), { a: 1 })))).toEqual({
      a: 1,
    });
    const foreign: unknown = runInNewContext("({ a: [1, new Date(5)], b: new Uint8Array([1, 2]) })");
    expect(decodePayload(encodePayload(foreign))).toStrictEqual({
      a: [1, new Date(5)],
      b: new Uint8Array([1, 2]),
    });
  });
});

describe("undefined is treated as JSON treats it", () => {
  test("by itself it is null", () => expect(decodePayload(encodePayload(undefined))).toBeNull());
  test("as a property it is left out", () => {
    expect(decodePayload(encodePayload({ a: undefined, b: 1 }))).toStrictEqual({ b: 1 });
  });
  test("in an array, and in its gaps, it is null", () => {
    // eslint-disable-next-line no-sparse-arrays
    expect(decodePayload(encodePayload([undefined, , 1]))).toStrictEqual([null, null, 1]);
  });
});

describe("a payload is the caller's own", () => {
  test("and stays as it is while others are encoded", () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 2, maxLength: 30 }), (several) => {
        const payloads = several.map(encodePayload);
        expect(payloads.map(decodePayload)).toStrictEqual(several);
      }),
    );
  });
  test("and keeps no more alive than a few kB beside it", () => {
    encodePayload("x".repeat(1_000_000));
    const [small, large] = [encodePayload(1), encodePayload("x".repeat(1_000_000))];
    expect(small.buffer.byteLength).toBeLessThanOrEqual(64 * 1024);
    expect(large.buffer.byteLength).toBe(large.length);
  });
  test("and is not changed by decoding it", () => {
    const payload = encodePayload([1]);
    decodePayload(payload);
    expect(Reflect.ownKeys(payload)).toEqual(payload.length === 2 ? ["0", "1"] : []);
  });
});

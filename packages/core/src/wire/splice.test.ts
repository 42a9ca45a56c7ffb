import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeBlobReference, payloadArrayLength } from "./blob-reference.ts";
import { RecordUndecodableError } from "./frame.ts";
import { decodePayload, encodePayload, splitPayloadObject } from "./payload.ts";
import { skipValue, splitPayloadArray } from "./payload-scan.ts";
import { runFailureOf } from "./run-failure.ts";
import { splicePayloadArray, splicePayloadObject } from "./splice.ts";

const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes("__proto__"));
const values = fc.oneof(json, fc.date({ noInvalidDate: true }), fc.bigInt(), fc.uint8Array());
// Names like "7" come first in every object, whatever the order of the entries.
const names = fc.string({ maxLength: 40 }).filter((name) => !/^\d+$/.test(name) && name !== "__proto__");

describe("splicing", () => {
  test("payloads into an array is the same as encoding the array", () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 40 }), (array) => {
        expect(splicePayloadArray(array.map(encodePayload))).toEqual(encodePayload(array));
      }),
    );
  });
  test("payloads into an object is the same as encoding the object", () => {
    fc.assert(
      fc.property(fc.dictionary(names, values, { maxKeys: 40 }), (object) => {
        const entries = Object.entries(object).map(([name, value]) => [name, encodePayload(value)] as const);
        expect(splicePayloadObject(entries)).toEqual(encodePayload({ ...object }));
      }),
    );
  });
  test.each([0, 15, 16, 65_535, 65_536])("%i payloads", (length) => {
    const array = Array.from({ length }, (_, i) => i);
    expect(Buffer.compare(splicePayloadArray(array.map(encodePayload)), encodePayload(array))).toBe(0);
  });
  test("a property named __proto__ is refused", () => {
    expect(() => splicePayloadObject([["__proto__", encodePayload(1)]])).toThrow(
      expect.objectContaining({ code: "VALUE_NOT_SERIALISABLE", path: ".__proto__" }),
    );
  });
  test("does not touch what it copies from", () => {
    const part = encodePayload({ a: 1 });
    splicePayloadArray([part, part]).fill(0);
    expect(decodePayload(part)).toEqual({ a: 1 });
  });
});

describe("splitting", () => {
  test("an array gives the payloads of its elements", () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 40 }), (array) => {
        const payload = encodePayload(array);
        expect(payloadArrayLength(payload)).toBe(array.length);
        expect(splitPayloadArray(payload)).toEqual(array.map(encodePayload));
      }),
    );
  });
  test("an object gives its properties, with the payloads of their values", () => {
    fc.assert(
      fc.property(fc.dictionary(names, values, { noNullPrototype: true }), (object) => {
        const expected = Object.entries(object).map(([name, value]) => [name.toWellFormed(), encodePayload(value)]);
        expect(splitPayloadObject(splicePayloadObject(expected as [string, Uint8Array][]))).toEqual(expected);
      }),
    );
    for (const size of [0, 15, 16, 65_535, 65_536]) {
      const wide = Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, i]));
      expect(splitPayloadObject(encodePayload(wide))).toHaveLength(size);
    }
    for (const value of [[1], "abc", null, 3])
      expect(() => splitPayloadObject(encodePayload(value))).toThrow(/no object/);
    expect(() => splitPayloadObject(new Uint8Array([0x81, 0xa1, 0x61]))).toThrow(RecordUndecodableError);
    expect(() => splitPayloadObject(new Uint8Array([0x80, 1]))).toThrow(/follow a payload/);
    expect(() => splitPayloadObject(new Uint8Array([0x81, 1, 1]))).toThrow(/name is no text/);
    const proto = new Uint8Array([0x81, 0xa9, ...Buffer.from("__proto__"), 0x80]);
    expect(() => splitPayloadObject(proto)).toThrow(/called '__proto__'/);
  });
  test("a stored failure tells the results that need not be fetched, whatever the others are", () => {
    const failure = { code: "TASK_FAILED", message: "no", failures: [] };
    const partial = splicePayloadObject([
      ["a", encodePayload({ n: 1 })],
      ["large", encodeBlobReference({ key: "k", bytes: 9 })],
      ["withLarge", splicePayloadArray([encodeBlobReference({ key: "k", bytes: 9 })])],
      ["b", encodePayload(null)],
    ]);
    expect(runFailureOf({ ...failure, partial })).toEqual({ ...failure, partial: { a: { n: 1 }, b: null } });
    expect(runFailureOf(failure)).toEqual(failure);
    expect(runFailureOf({ ...failure, partial: new Uint8Array([0x82, 0xa1]) })).toEqual(failure);
  });
  test("works at any depth, where decoding gives up", () => {
    const deep = new Uint8Array([0x92, ...Array.from({ length: 100_000 }, () => 0x91), 7, 8]);
    expect(splitPayloadArray(deep).map((part) => part.length)).toEqual([100_001, 1]);
  });
  test.each<[string, unknown]>([
    ["a text", "abc"],
    ["an object", { length: 3 }],
    ["null", null],
    ["a date", new Date(0)],
  ])("%s has no length and no parts", (_name, value) => {
    expect(payloadArrayLength(encodePayload(value))).toBeUndefined();
    expect(() => splitPayloadArray(encodePayload(value))).toThrow(RecordUndecodableError);
  });
  test("a reference tells its length, but has no parts", () => {
    const reference = encodeBlobReference({ key: "k", bytes: 9, items: 4 });
    expect(payloadArrayLength(reference)).toBe(4);
    expect(payloadArrayLength(encodeBlobReference({ key: "k", bytes: 9 }))).toBeUndefined();
    expect(() => splitPayloadArray(reference)).toThrow(RecordUndecodableError);
  });
  test("of anything malformed is refused", () => {
    fc.assert(
      fc.property(fc.array(values), fc.nat(), fc.integer({ min: 0, max: 255 }), (array, place, byte) => {
        const payload = encodePayload(array);
        payload[place % payload.length] = byte;
        expect(oddErrorOf(() => splitPayloadArray(payload))).toBeUndefined();
        expect(oddErrorOf(() => payloadArrayLength(payload))).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
    expect(() => splitPayloadArray(new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]))).toThrow(RecordUndecodableError);
    expect(() => splitPayloadArray(new Uint8Array([0x91, 1, 1]))).toThrow(/follow a payload/);
    expect(() => splitPayloadArray(new Uint8Array(0))).toThrow(RecordUndecodableError);
  });
  test.each([
    ["text", (size: number) => "x".repeat(size)],
    ["bytes", (size: number) => new Uint8Array(size)],
    ["array", (size: number) => Array.from({ length: size }, () => 1)],
    ["object", (size: number) => Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, 1]))],
    ["bigint", (size: number) => 1n << BigInt(size * 8)],
  ])("finds the end of an element that is %s of any size", (_name, make) => {
    for (const size of [0, 1, 7, 8, 15, 16, 31, 32, 255, 256, 65_535, 65_536]) {
      const element = encodePayload(make(size));
      const [first, ...others] = splitPayloadArray(splicePayloadArray([element, encodePayload("after")]));
      expect(Buffer.compare(first ?? new Uint8Array(0), element)).toBe(0);
      expect(others).toEqual([encodePayload("after")]);
    }
  });
  test("skipping ends exactly where a value ends", () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const payload = encodePayload(first);
        const both = new Uint8Array([...payload, ...encodePayload(second)]);
        expect(skipValue(both, 0, both.length)).toBe(payload.length);
        for (let end = 0; end < payload.length; end++)
          expect(() => skipValue(both, 0, end)).toThrow(RecordUndecodableError);
      }),
    );
  });
});

/** What `act` throws, unless it is the one error that a reader expects. */
function oddErrorOf(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof RecordUndecodableError ? undefined : error;
  }
}

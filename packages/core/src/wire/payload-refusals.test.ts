import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { values } from "../testing/any-value.ts";
import { oddErrorOf } from "../testing/odd-error.ts";
import { RecordUndecodableError } from "./frame.ts";
import { decodePayload, encodePayload } from "./payload.ts";
import { ValueNotSerialisableError } from "./value-not-serialisable.ts";

describe("what cannot travel is refused, with its place", () => {
  class Money {
    readonly cents = 1;
  }
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = { again: [cyclic] };
  const twice: unknown[] = [];
  twice.push(twice, twice);
  const nested = (levels: number, inmost: unknown = 1) => {
    let value = inmost;
    for (let i = 0; i < levels; i++) value = [value];
    return value;
  };

  test.each<[string, unknown, string, RegExp]>([
    ["a function", { a: [{ b: function greet() {} }] }, ".a[0].b", /function \(greet\)/],
    ["a function by itself", () => 1, "", /the value is a function/],
    ["a symbol", { a: Symbol("x") }, ".a", /symbol/],
    ["a Map", [new Map()], "[0]", /instance of Map/],
    ["a Set", { "odd key": new Set() }, '["odd key"]', /instance of Set/],
    ["an instance of a class", { price: new Money() }, ".price", /instance of Money/],
    ["an Error", { e: new Error("x") }, ".e", /instance of Error/],
    ["a RegExp", /x/, "", /instance of RegExp/],
    ["another typed array", { f: new Float32Array(1) }, ".f", /Float32Array/],
    ["a promise", { p: Promise.resolve(1) }, ".p", /Promise/],
    ["an invalid date", { when: new Date(NaN) }, ".when", /invalid Date/],
    ["a property named __proto__", { a: [JSON.parse('{"__proto__":1}')] }, ".a[0].__proto__", /named __proto__/],
    ["a cycle", cyclic, ".self.again[0]", /contains itself/],
    ["a cycle with two ways round", twice, "[0]", /contains itself/],
    ["a symbol very far down", nested(1_000, Symbol("x")), "[0]".repeat(1_000), /symbol/],
  ])("%s", (_name, value, path, reason) => {
    const error = errorOf(() => encodePayload(value));
    expect(error).toBeInstanceOf(ValueNotSerialisableError);
    expect(error).toMatchObject({
      code: "VALUE_NOT_SERIALISABLE",
      path,
      message: expect.stringMatching(reason),
    });
  });

  test("more than 1,200 levels", () => {
    expect(decodePayload(encodePayload(nested(1_200)))).toEqual(nested(1_200));
    expect(errorOf(() => encodePayload(nested(1_201)))).toMatchObject({
      code: "VALUE_NOT_SERIALISABLE",
      message: expect.stringMatching(/1200 levels/),
    });
    expect(errorOf(() => encodePayload(nested(100_000)))).toBeInstanceOf(ValueNotSerialisableError);
  });

  test("lists of hardly anything but gaps, without walking through them", () => {
    const few: unknown[] = [];
    few[10_000] = 1;
    expect(decodePayload(encodePayload(few))).toEqual([...Array<null>(10_000).fill(null), 1]);
    for (const length of [10_002, 5_000_000, 4_000_000_000]) {
      const list: unknown[] = [];
      list[length - 1] = 1;
      expect(errorOf(() => encodePayload({ a: [0, list] }))).toMatchObject({
        code: "VALUE_NOT_SERIALISABLE",
        path: ".a[1]",
        message: `the value at .a[1] is a list of ${length} places with more than 10000 gaps`,
      });
    }
    expect(errorOf(() => encodePayload(new Array(4_294_967_295)))).toBeInstanceOf(ValueNotSerialisableError);
    // Undefined that was put there is no gap, and what is dense may be as long as it is.
    expect(decodePayload(encodePayload(Array<undefined>(20_000).fill(undefined)))).toHaveLength(20_000);
    const long = Array.from({ length: 1_100_000 }, (_, i) => i);
    expect((decodePayload(encodePayload(long)) as number[]).every((item, i) => item === i)).toBe(true);
  });

  test("an error in between leaves nothing behind for the next value", () => {
    expect(() => encodePayload(["x".repeat(100), Symbol("y")])).toThrow(ValueNotSerialisableError);
    expect(decodePayload(encodePayload("fine"))).toBe("fine");
  });

  test("what a getter throws goes through, and a getter may encode something itself", () => {
    const throwing = {
      get a(): never {
        throw new TypeError("mine");
      },
    };
    expect(() => encodePayload(throwing)).toThrow(new TypeError("mine"));
    const encoding = {
      a: "before",
      get b() {
        return encodePayload({ inner: "x".repeat(100) }).length;
      },
      c: "after",
    };
    expect(decodePayload(encodePayload(encoding))).toEqual({ a: "before", b: 109, c: "after" });
  });
});

describe("bytes that are no payload", () => {
  test("are refused, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(oddErrorOf(() => decodePayload(bytes))).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });
  test("are refused if they come from a payload that was changed", () => {
    fc.assert(
      fc.property(values, fc.nat(), fc.integer({ min: 0, max: 255 }), (value, place, byte) => {
        const payload = encodePayload(value);
        payload[place % payload.length] = byte;
        expect(oddErrorOf(() => decodePayload(payload))).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });
  test("are refused if they are cut or go on", () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, length) => {
        const payload = encodePayload(value);
        expect(() => decodePayload(payload.subarray(0, length % payload.length))).toThrow(RecordUndecodableError);
        expect(() => decodePayload(new Uint8Array([...payload, 0]))).toThrow(RecordUndecodableError);
      }),
    );
  });
  test.each([
    ["nothing at all", []],
    ["a length of 4 billion elements", [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ["a map of 4 billion", [0xdf, 0xff, 0xff, 0xff, 0xff, 0]],
    ["a text longer than the bytes", [0xdb, 0xff, 0xff, 0xff, 0xff, 0]],
    ["an unknown extension", [0xd4, 0x72, 0]],
    ["the byte that is never used", [0xc1]],
    ["a key that is no text", [0x81, 1, 1]],
    ["a timestamp of 1 byte", [0xd4, 0xff, 0]],
    ["a timestamp that no Date holds", [0xc7, 12, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ["a bigint of no bytes", [0xc7, 0, 0x42]],
  ])("%s", (_name, bytes) => {
    expect(() => decodePayload(new Uint8Array(bytes))).toThrow(RecordUndecodableError);
  });
  test("a million levels do not overflow the stack", () => {
    expect(() => decodePayload(new Uint8Array(1_000_000).fill(0x91))).toThrow(/levels deep/);
  });
});

function errorOf(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

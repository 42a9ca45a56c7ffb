import fc from "fast-check";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { RecordUndecodableError } from "./frame.ts";
import { decodePayload, encodePayload } from "./payload.ts";
import { ValueNotSerialisableError } from "./value-not-serialisable.ts";

const names = fc
  .oneof(fc.string({ maxLength: 40 }), fc.constantFrom("toJSON", "hasOwnProperty", "then"))
  // toStrictEqual takes a property "constructor" for the type.
  .filter((name) => name !== "__proto__" && name !== "constructor");

/** Every value that can travel, as it is after a round trip. */
const values = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(null, true, false, 0, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), Number.MIN_VALUE),
    fc.integer(),
    // Without -0, which comes back as 0.
    fc.double().map((value) => value + 0),
    fc.string(),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.bigInt(),
    fc.constantFrom(2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 63n), -(2n ** 63n) - 1n, -(2n ** 127n), 2n ** 127n),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 300 }),
  ),
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(names, tie("value"), { maxKeys: 20, noNullPrototype: true }),
  ),
})).value;

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

/** What `act` throws, unless it is the one error that a reader expects. */
function oddErrorOf(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof RecordUndecodableError ? undefined : error;
  }
}

function errorOf(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

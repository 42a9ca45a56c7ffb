import fc from "fast-check";
import { unpack } from "msgpackr";
import { describe, expect, test } from "vitest";
import { encodeExpression } from "./expression-codec.ts";
import { decodePayload, encodePayload } from "./payload.ts";
import { splicePayloadArray } from "./splice.ts";
import { ValueNotSerialisableError } from "./value-not-serialisable.ts";

describe("the bytes are MessagePack", () => {
  const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes("__proto__"));

  test("that msgpackr reads as it comes", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(unpack(encodePayload(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
  test.each<[string, unknown]>([
    ["98c0c3c2007fcc80cdffffce00010000", [null, true, false, 0, 127, 128, 65_535, 65_536]],
    ["97ffe0d0dfd1ff7fd2ffff7fffcb41f0000000000000cb3ff8000000000000", [-1, -32, -33, -129, -32_769, 2 ** 32, 1.5]],
    ["93d30000000000000001d3ffffffffffffffffcf8000000000000000", [1n, -1n, 2n ** 63n]],
    ["d84200000000000000010000000000000000", 2n ** 64n],
    [`81a2c3a9d920${"61".repeat(32)}`, { é: "a".repeat(32) }],
    ["c4020102", new Uint8Array([1, 2])],
    [
      "93d6ff00000001d7ff7735940000000001c70cff3b8b87c0ffffffffffffffff",
      [new Date(1_000), new Date(1_500), new Date(-1)],
    ],
  ])("%s is what the specification says", (hex, value) => {
    expect(Buffer.from(encodePayload(value)).toString("hex")).toBe(hex);
  });
  test("in its dates, bytes and bigints too", () => {
    const value = {
      when: new Date(1_732_257_000_123),
      old: new Date(-1),
      bytes: new Uint8Array([1, 2]),
      big: 2n ** 63n,
    };
    const decoded = unpack(encodePayload(value)) as typeof value;
    expect({ ...decoded, bytes: new Uint8Array(decoded.bytes) }).toEqual(value);
    for (const huge of [2n ** 70n, -(2n ** 70n), 2n ** 64n]) expect(unpack(encodePayload(huge))).toBe(huge);
  });
});

describe("expressions, deeper than msgpackr can pack at once,", () => {
  const nested = (levels: number) => {
    let value: unknown = { const: [1, new Date(5), new Uint8Array([7]), 2n ** 70n, "x", null] };
    for (let i = 2; i < levels; i++) value = i % 2 === 0 ? { value, i } : [value, new Date(i), "y".repeat(i % 40)];
    return value as never;
  };

  test.each([99, 100, 101, 102, 199, 200, 201, 1_000, 2_500])("survive the round trip with %i levels", (levels) => {
    expect(decodePayload(encodeExpression(nested(levels)))).toStrictEqual(nested(levels));
  });
  test("are refused with more", () => {
    expect(() => encodeExpression(nested(2_501))).toThrow(ValueNotSerialisableError);
  });
});

test("a property named __proto__ in foreign bytes reaches no prototype", () => {
  const inner = encodePayload({ admin: true });
  const name = Buffer.from("__proto__");
  const headers = [
    [0x81, 0xa9],
    [0xde, 0, 1, 0xa9],
    [0x81, 0xd9, 9],
    [0x81, 0xda, 0, 9],
  ];
  for (const header of headers) {
    // msgpackr reads names in short and in long messages in different ways.
    for (const filler of ["", "x".repeat(300)]) {
      const object = new Uint8Array([...header, ...name, ...inner]);
      const [decoded] = decodePayload(splicePayloadArray([object, encodePayload(filler)])) as [object];
      expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
      expect(decoded).not.toHaveProperty("admin");
    }
  }
});

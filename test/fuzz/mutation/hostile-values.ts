import { arrayHeader, encodeBlobReference, encodePayload, joined, mapHeader } from "@arpeggio/core";
import { pick } from "../random.ts";
import type { Random } from "../random.ts";

/** MessagePack values, well formed or not, that somebody might put where another value is expected. */

const bytesOf = (...bytes: readonly number[]) => Uint8Array.from(bytes);

function float(value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = 0xcb;
  new DataView(bytes.buffer).setFloat64(1, value);
  return bytes;
}

function wide(marker: number, value: bigint): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = marker;
  new DataView(bytes.buffer).setBigInt64(1, BigInt.asIntN(64, value));
  return bytes;
}

function text(content: Uint8Array): Uint8Array {
  const { length } = content;
  return joined([bytesOf(0xdb, length >>> 24, length >>> 16, length >>> 8, length), content]);
}

const names = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "then",
  "toJSON",
  "valueOf",
  "length",
  "",
  "0",
  "a.b",
];
const hostileTexts = [
  ...names.map((name) => text(Buffer.from(name))),
  // A lone surrogate, an overlong slash, a byte that begins nothing, and NUL.
  text(bytesOf(0xed, 0xa0, 0x80)),
  text(bytesOf(0xc0, 0xaf)),
  text(bytesOf(0xff)),
  text(bytesOf(0x61, 0x00, 0x62)),
  text(Buffer.from("map[999999999999]/x")),
  text(Buffer.from("map[abc")),
  text(Buffer.from("retry:-1:1")),
  text(Buffer.from("over:1.5")),
  text(Buffer.from("output:0:1e9")),
];
const numbers = [
  ...[
    0,
    -0,
    Number.NaN,
    Infinity,
    -Infinity,
    0.5,
    -1,
    1e300,
    -1e300,
    5e-324,
    2 ** 53,
    2 ** 53 - 1,
    2 ** 32,
    2 ** 31,
  ].map(float),
  ...[0n, 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n].map((value) => wide(0xcf, value)),
  ...[-1n, -(2n ** 53n), -(2n ** 63n)].map((value) => wide(0xd3, value)),
  ...[0, 1, 0x7f, 0xff, 0xe0].map((byte) => bytesOf(byte)),
  bytesOf(0xcd, 0xff, 0xff),
  bytesOf(0xce, 0xff, 0xff, 0xff, 0xff),
];
const plain = [
  ...[0xc0, 0xc2, 0xc3, 0xc1, 0x90, 0x80].map((byte) => bytesOf(byte)),
  bytesOf(0xc4, 0),
  encodePayload(new Date(8.64e15)),
  encodePayload(new Date(-8.64e15)),
  encodePayload(["__proto__", { constructor: { prototype: { x: 1 } } }]),
  // One name twice, and names that are no texts.
  joined([mapHeader(2), encodePayload("a"), encodePayload(1), encodePayload("a"), encodePayload(2)]),
  joined([mapHeader(1), encodePayload(1), encodePayload(2)]),
  joined([mapHeader(1), encodePayload([1]), encodePayload(2)]),
];

const LONG = 20_000;

/** One of them. */
export function hostileValue(random: Random): Uint8Array {
  switch (random(12)) {
    case 0:
    case 1:
    case 2:
      return pick(random, numbers);
    case 3:
    case 4:
      return pick(random, hostileTexts);
    case 5:
    case 6:
      return pick(random, plain);
    case 7:
      return extension(random);
    case 8:
      return giantClaim(random);
    case 9:
      return deep(random);
    case 10:
      return hostileReference(random);
    default:
      return random(20) === 0 ? long(random) : underProto(random);
  }
}

const sizes = [0, 1, 2, 4, 8, 12, 16, 3, 100];

/** Of any type: msgpackr knows its own for records, classes, sets, regular expressions, errors, typed arrays and more. */
function extension(random: Random): Uint8Array {
  const size = random(200) === 0 ? LONG : pick(random, sizes);
  const type = random(4) === 0 ? pick(random, [0xff, 0x42, 0x01]) : random(256);
  const fill = random(3);
  const data = new Uint8Array(size).map(() => (fill === 0 ? 0 : fill === 1 ? 0xff : random(256)));
  if (size === 1 || size === 2 || size === 4 || size === 8 || size === 16)
    return joined([bytesOf(0xd4 + Math.log2(size), type), data]);
  return joined([bytesOf(0xc8, size >>> 8, size, type), data]);
}

const lengthMarkers = [0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf];

/** Says of itself that it is far longer than the message. */
function giantClaim(random: Random): Uint8Array {
  return bytesOf(pick(random, lengthMarkers), ...Array.from({ length: 4 }, () => (random(3) === 0 ? 0x7f : 255)));
}

/** Lists and objects in each other. */
function deep(random: Random): Uint8Array {
  const depth = random(10) === 0 ? 2_000 + random(7_000) : 1 + random(200);
  const level = pick(random, [bytesOf(0x91), bytesOf(0x81, 0xa1, 0x61), bytesOf(0x92, 0xc0)]);
  return joined([...Array.from({ length: depth }, () => level), bytesOf(0xc0)]);
}

const keys = ["", "inner", "outer", "missing", "a/b", "~", "x".repeat(1_001), "__proto__", "\u0000"];

/** To a blob that is there, is not, refers to itself, or is larger or longer than it says. */
function hostileReference(random: Random): Uint8Array {
  const bytes = pick(random, [0, 1, 9, 2 ** 40, 2 ** 53 - 1]);
  const key = pick(random, keys);
  return encodeBlobReference(
    random(2) === 0 ? { key, bytes } : { key, bytes, items: pick(random, [0, 3, 2 ** 53 - 1]) },
  );
}

function long(random: Random): Uint8Array {
  switch (random(4)) {
    case 0:
      return text(new Uint8Array(LONG).fill(0x61));
    case 1:
      return joined([bytesOf(0xc5, LONG >>> 8, LONG & 255), new Uint8Array(LONG)]);
    case 2:
      return joined([arrayHeader(LONG), new Uint8Array(LONG)]);
    default:
      return joined([
        mapHeader(LONG / 10),
        ...Array.from({ length: LONG / 10 }, (_, i) => encodePayload(`${i}`)).flatMap((key) => [key, bytesOf(0)]),
      ]);
  }
}

function underProto(random: Random): Uint8Array {
  return joined([
    mapHeader(1),
    text(Buffer.from(pick(random, names))),
    joined([mapHeader(1), encodePayload("x"), encodePayload(1)]),
  ]);
}

import { encodePayload } from "@arpeggio/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PackedList } from "./packed-list.ts";
import { PackedSlots } from "./packed-slots.ts";
import type { PackedValues } from "./packed-values.ts";

// Around what is copied byte by byte, what has a piece of its own, and what a chunk holds.
const size = fc.constantFrom(0, 1, 30, 31, 33, 300, 65_000, 65_536, 200_000, 300_000);
const value = size.map((bytes) => encodePayload(new Uint8Array(bytes).fill(bytes % 251)));

/** Whether a list has these values: comparing large ones with `toEqual` takes seconds. */
function has(values: PackedValues, expected: readonly (Uint8Array | undefined)[]): boolean {
  if (values.length !== expected.length) return false;
  return expected.every((one, place) => {
    const value = values.get(place);
    return one === undefined || value === undefined ? one === value : Buffer.compare(one, value) === 0;
  });
}

function written(values: PackedValues): Buffer {
  const target = new Uint8Array(values.bytes + 2);
  expect(values.writeTo(target, 1)).toBe(target.length - 1);
  return Buffer.from(target.subarray(1, -1));
}

test("slots hold what was set last, in any order, and are the same from a snapshot", () => {
  const step = fc.record({ place: fc.nat(9), value: fc.option(value, { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const slots = new PackedSlots(10);
      const expected = new Array<Uint8Array | undefined>(10).fill(undefined);
      for (const { place, value: set } of steps) {
        slots.set(place, set);
        expected[place] = set;
      }
      const there = expected.filter((one) => one !== undefined);
      for (const one of [slots, PackedSlots.restored(slots.snapshot())]) {
        expect(has(one, expected)).toBe(true);
        expect(written(one).equals(Buffer.concat(there))).toBe(true);
        expect(one.get(10)).toBeUndefined();
      }
    }),
    { numRuns: 60 },
  );
});

test("a list holds the elements that it came with, and is the same from a snapshot", () => {
  const items = [1, "two", [3, { four: 5 }], null, new Uint8Array(70_000), []];
  for (const list of [items, [], Array.from({ length: 70_000 }, (_, i) => i)]) {
    const packed = PackedList.of(encodePayload(list));
    for (const one of [packed, PackedList.restored(packed.snapshot())]) {
      const expected = list.map((item) => encodePayload(item));
      expect(has(one, expected)).toBe(true);
      expect(written(one).equals(Buffer.concat(expected))).toBe(true);
    }
  }
});

test("a list is not restored from fewer bytes than it needs, or from gaps", () => {
  for (const bytes of [Uint8Array.of(1), Uint8Array.of(1, 0xc1), Uint8Array.of(0x91)]) {
    expect(() => PackedList.restored({ count: 2, bytes })).toThrow(
      expect.objectContaining({ code: "RECORD_UNDECODABLE" }),
    );
  }
});

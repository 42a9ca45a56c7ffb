import fc from "fast-check";
import { expect, test } from "vitest";
import { compareRunPlaces } from "./run-order.ts";
import type { RunPlace } from "./run-order.ts";

const place: fc.Arbitrary<RunPlace> = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.string({ maxLength: 2 }));

test("runs have one order: the newest first, and by their ids within a moment", () => {
  const places: RunPlace[] = [
    [1, "a"],
    [3, "b"],
    [3, "a"],
    [2, "c"],
  ];
  expect(places.toSorted(compareRunPlaces).map(([, run]) => run)).toEqual(["a", "b", "c", "a"]);
  fc.assert(
    fc.property(place, place, (one, other) => {
      const order = compareRunPlaces(one, other);
      expect(Math.sign(compareRunPlaces(other, one))).toBe(-Math.sign(order) || 0);
      expect(order === 0).toBe(one[0] === other[0] && one[1] === other[1]);
    }),
  );
});

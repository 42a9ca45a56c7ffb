import fc from "fast-check";
import { expect, test } from "vitest";
import { PassingMap } from "./passing-map.ts";
import { PassingSet } from "./passing-set.ts";

const step = fc.record({ isAddition: fc.boolean(), key: fc.nat(300), times: fc.integer({ min: 1, max: 400 }) });

test("a passing map is a map, and a passing set a set, however often their tables are made anew", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const [map, passingMap] = [new Map<number, number>(), new PassingMap<number, number>()];
      let areDeletionsEqual = true;
      const [set, passingSet] = [new Set<number>(), new PassingSet<number>()];
      for (const { isAddition, key, times } of steps) {
        for (let i = 0; i < times; i++) {
          const each = (key + i * 7) % 997;
          if (isAddition) {
            map.set(each, i);
            passingMap.set(each, i);
            set.add(each);
            passingSet.add(each);
          } else {
            areDeletionsEqual &&= passingMap.delete(each) === map.delete(each);
            areDeletionsEqual &&= passingSet.delete(each) === set.delete(each);
          }
        }
        expect(areDeletionsEqual).toBe(true);
        expect(passingMap.size).toBe(map.size);
        expect(passingMap.get(key)).toBe(map.get(key));
        expect(passingMap.has(key)).toBe(map.has(key));
        expect(passingSet.has(key)).toBe(set.has(key));
      }
      expect([...passingMap]).toEqual([...map]);
      expect([...passingMap.entries()]).toEqual([...map.entries()]);
      expect([...passingMap.keys()]).toEqual([...map.keys()]);
      expect([...passingMap.values()]).toEqual([...map.values()]);
      const seen: unknown[] = [];
      passingMap.forEach((value, key) => seen.push([key, value]));
      expect(seen).toEqual([...map]);
      expect([...passingSet]).toEqual([...set]);
      expect(passingSet.size).toBe(set.size);
      passingSet.clear();
      passingMap.clear();
      expect([...passingSet, ...passingMap]).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test("entries may be deleted by a loop over them", () => {
  const map = new PassingMap<number, number>();
  for (let i = 0; i < 2_000; i++) map.set(i, i);
  let seen = 0;
  for (const key of map.keys()) {
    seen++;
    map.delete(key);
  }
  expect([seen, map.size]).toEqual([2_000, 0]);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { NODES_PACKED_FROM, withRoom } from "./node-counts.ts";
import type { NodeCounts } from "./node-counts.ts";

test("counts stay what they are, however many and however large ones come", () => {
  const level = fc.record({
    nodes: fc.constantFrom(1, 30, NODES_PACKED_FROM - 1, NODES_PACKED_FROM, 20_000),
    count: fc.constantFrom(0, 1, 255, 256, 70_000),
  });
  fc.assert(
    fc.property(fc.array(level, { minLength: 1, maxLength: 6 }), (levels) => {
      let counts: NodeCounts = [];
      const expected: number[] = [];
      for (const { nodes, count } of levels) {
        const base = expected.length;
        counts = withRoom(counts, base, base + nodes, count);
        for (let i = 0; i < nodes; i++) {
          counts[base + i] = count;
          expected.push(count);
        }
      }
      expect(Buffer.compare(bytesOf(counts.slice(0, expected.length)), bytesOf(expected))).toBe(0);
    }),
    { numRuns: 40 },
  );
});

test("a large run whose counts are small takes a byte for each", () => {
  expect(withRoom([1, 0], 2, NODES_PACKED_FROM, 3)).toBeInstanceOf(Uint8Array);
  expect(withRoom([300, 0], 2, NODES_PACKED_FROM, 3)).toBeInstanceOf(Uint32Array);
});

function bytesOf(counts: Iterable<number>): Buffer {
  return Buffer.from(Uint32Array.from(counts).buffer);
}

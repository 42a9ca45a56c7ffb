import fc from "fast-check";
import { expect, test } from "vitest";
import { pagedResults } from "./node-results.ts";

test("results in pages are those that were set last", () => {
  const node = fc.oneof(fc.nat(20), fc.integer({ min: 1_020, max: 1_030 }), fc.nat(9_999_999));
  const step = fc.record({ node, value: fc.option(fc.uint8Array({ maxLength: 2 }), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.array(fc.uint8Array(), { maxLength: 30 }), (steps, listed) => {
      const paged = pagedResults(listed);
      const expected = new Map(listed.entries());
      for (const { node: one, value } of steps) {
        paged.set(one, value);
        if (value === undefined) expected.delete(one);
        else expected.set(one, value);
      }
      for (const one of [...expected.keys(), ...steps.map((step) => step.node)]) {
        expect(paged.get(one)).toBe(expected.get(one));
      }
    }),
  );
});

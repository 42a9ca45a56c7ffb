import { expect, test } from "vitest";
import { fuzzGroup, groupNames } from "./fuzz.mjs";

// `pnpm test:fuzz` does the same with as many records as one likes.
test.each(groupNames)("mutated %s are read or refused, and do no harm", (name) => {
  const result = fuzzGroup(name, { records: 4_000, seed: 20_261_122 });
  expect(result.harm).toBeUndefined();
  expect(result.refused).toBeGreaterThan(1_000);
  expect(result.decoded).toBeGreaterThan(10);
});

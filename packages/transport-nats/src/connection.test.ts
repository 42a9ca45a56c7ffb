import { expect, test } from "vitest";
import { isVersionAtLeast } from "./connection.ts";

test.each([
  ["2.9.0", true],
  ["2.9.10", true],
  ["2.10.0-preview", true],
  ["v2.15.1", true],
  ["3.0.0", true],
  ["2.8.4", false],
  ["1.99.99", false],
  ["unknown", false],
])("version %s is new enough: %s", (version, expected) => {
  expect(isVersionAtLeast(version, "2.9.0")).toBe(expected);
});

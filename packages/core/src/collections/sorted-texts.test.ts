import fc from "fast-check";
import { expect, test } from "vitest";
import { SortedTexts } from "./sorted-texts.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "[", "\uffff"), maxLength: 4 });

test("each text has the place of the first that does not stand before it", () => {
  fc.assert(
    fc.property(fc.array(text), text, (texts, sought) => {
      const sorted = new SortedTexts(texts);
      expect(sorted.placeOf(sought)).toBe(texts.filter((one) => one < sought).length);
      expect(sorted.at(sorted.placeOf(sought))).toBe(texts.filter((one) => one >= sought).toSorted()[0]);
    }),
  );
});

test("those with one beginning are found", () => {
  fc.assert(
    fc.property(fc.array(text), text, (texts, beginning) => {
      const sorted = new SortedTexts(texts);
      expect(sorted.hasBeginning(beginning)).toBe(texts.some((one) => one.startsWith(beginning)));
    }),
  );
});

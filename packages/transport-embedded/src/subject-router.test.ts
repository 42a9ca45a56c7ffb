import fc from "fast-check";
import { expect, test } from "vitest";
import { isMatch, patternTokens, SubjectRouter } from "./subject-router.ts";

const tokens = fc.constantFrom("a", "b", "c");
const subjects = fc.array(tokens, { minLength: 1, maxLength: 4 });
const patterns = fc
  .tuple(fc.array(fc.oneof(tokens, fc.constant("*")), { maxLength: 4 }), fc.boolean())
  .filter(([fixed, isOpen]) => fixed.length > 0 || isOpen)
  .map(([fixed, isOpen]) => (isOpen ? [...fixed, ">"] : fixed));

/** What the words in the contract say, written as a regular expression. */
function expressionOf(pattern: readonly string[]): RegExp {
  const parts = pattern.map((token) => (token === "*" ? "[^.]+" : token === ">" ? ".+" : token));
  return new RegExp(`^${parts.join("\\.")}$`);
}

test("a pattern matches what its words say", () => {
  fc.assert(
    fc.property(patterns, subjects, (pattern, subject) => {
      expect(isMatch(pattern, subject)).toBe(expressionOf(pattern).test(subject.join(".")));
    }),
    { numRuns: 2_000 },
  );
});

test("routing finds exactly those that match and were not taken out", () => {
  const listeners = fc.array(fc.record({ pattern: patterns, isRemoved: fc.boolean() }), { maxLength: 12 });
  fc.assert(
    fc.property(listeners, subjects, (all, subject) => {
      const router = new SubjectRouter<number>();
      const removals = all.map(({ pattern }, i) => router.add(patternTokens("pattern", pattern.join(".")), i));
      for (const [i, { isRemoved }] of all.entries()) {
        if (!isRemoved) continue;
        removals[i]?.();
        removals[i]?.();
      }
      const expected = all.flatMap(({ pattern, isRemoved }, i) => (!isRemoved && isMatch(pattern, subject) ? [i] : []));
      expect([...router.match(subject.join("."))].sort((a, b) => a - b)).toEqual(expected);
    }),
    { numRuns: 1_000 },
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { shownLine, shownText } from "./terminal.ts";

test("control characters are shown and not obeyed", () => {
  const hostile = "\u001b]0;title\u0007\u001b[2J\r\u009b31m\u202egnp.exe\u0000";
  expect(shownText(hostile)).toBe("\\u001b]0;title\\u0007\\u001b[2J\\u000d\\u009b31m\\u202egnp.exe\\u0000");
  expect(shownText("two\n\tlines")).toBe("two\n\tlines");
  expect(shownLine("of a message\nforged: line")).toBe("of a message\\nforged: line");
  expect(shownLine("äß 日本 👩‍🚀")).toBe("äß 日本 👩‍🚀");
});

test("JSON stays what it is", () => {
  const text = fc.string({ unit: fc.oneof(fc.string({ unit: "binary", maxLength: 1 }), fc.constant("\u202e")) });
  fc.assert(
    fc.property(text, (value) => {
      expect(JSON.parse(shownText(JSON.stringify({ [value]: value }, undefined, 2)))).toEqual({ [value]: value });
    }),
  );
});

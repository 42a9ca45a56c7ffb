import { errorInfoOf } from "@arpeggio/core";
import { expect, test } from "vitest";
import { remoteError } from "./remote-error.ts";

test("name, message, code, stack and causes come through", () => {
  const original = Object.assign(new TypeError("no such host", { cause: new RangeError("inner") }), {
    code: "ENOTFOUND",
  });
  const error = remoteError(errorInfoOf(original));
  expect(error).toMatchObject({ name: "TypeError", message: "no such host", code: "ENOTFOUND" });
  expect(error.stack).toBe(original.stack);
  expect(error.cause).toMatchObject({ name: "RangeError", message: "inner" });
});

test("without a stack it gets no made-up one", () => {
  expect(remoteError({ name: "TypeError", message: "x" }).stack).toBe("TypeError: x");
});

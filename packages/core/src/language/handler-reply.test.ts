import { expect, test } from "vitest";
import { encodePayload, finish, handlerReply, replaceWith, skip, task } from "../index.ts";

const inc = task("math.inc", (n: number) => n + 1);

test("a worker finds the canvas and its input in a replacement", () => {
  expect(handlerReply(replaceWith(inc, 3))).toEqual({ kind: "replacement", canvas: inc, input: 3 });
  expect(handlerReply(replaceWith(inc.ignoreInput(1)))).toMatchObject({ kind: "replacement", input: undefined });
});

test("a worker finds what ends, and with which value", () => {
  expect(handlerReply(finish({ done: true }))).toEqual({ kind: "end", ends: "run", value: { done: true } });
  expect(handlerReply(skip())).toEqual({ kind: "end", ends: "scope", value: undefined });
});

test("every other value is a result", () => {
  for (const value of [undefined, null, 1, "skip", [], {}, new Date(0), inc, () => 1]) {
    expect(handlerReply(value)).toBeUndefined();
  }
});

test("a replacement is one of a canvas", () => {
  expect(() => replaceWith((() => 1) as never)).toThrow(
    expect.objectContaining({
      code: "CANVAS_EXPECTED",
      message: "what ctx.replaceWith() is given is a function, not a canvas",
    }),
  );
});

test("they are no values that could be stored", () => {
  for (const reply of [finish(1), skip(1), replaceWith(inc, 1)]) {
    expect(() => encodePayload(reply)).toThrow(expect.objectContaining({ code: "VALUE_NOT_SERIALISABLE" }));
  }
});

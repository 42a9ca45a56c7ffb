import { expect, test } from "vitest";
import { any, chain, compile, group, map, task } from "../index.ts";
import type { Canvas } from "../index.ts";
import { decodeGraph, encodeGraph } from "../wire/graph-codec.ts";
import { graphHash, valueText } from "./graph-hash.ts";
import { assertGraph } from "./graph-problems.ts";

const a = task("a", (x: unknown) => x);

function nested(
  count: number,
  next: (inner: Canvas<never, unknown>) => unknown,
  inmost = a as Canvas<never, unknown>,
): Canvas<never, unknown> {
  let canvas = inmost;
  for (let i = 0; i < count; i++) canvas = next(canvas) as Canvas<never, unknown>;
  return canvas;
}

test.each<[string, Canvas<never, unknown>]>([
  [
    "constants of every kind",
    chain(a.ignoreInput([1, 1.5, "x", null, 7n, -(2n ** 70n), new Date(5), new Uint8Array([1, 2])]), a),
  ],
  ["names that functions look for", a.ignoreInput({ toJSON: { constructor: 1 }, hasOwnProperty: null })],
  ["deep expressions", nested(1_200, (canvas) => group([canvas]))],
  ["deep maps", nested(1_200, (canvas) => map(canvas))],
  [
    "deep branches around a deep expression",
    nested(
      1_200,
      (canvas) => any([canvas]),
      nested(1_200, (canvas) => group([canvas])),
    ),
  ],
])("%s survive storage, and keep the hash", (_, canvas) => {
  const { graph, hash } = compile(canvas);
  const stored: unknown = decodeGraph(encodeGraph(graph));
  assertGraph(stored);
  // Not toEqual(), which calls itself for each level.
  expect(valueText(stored) === valueText(graph)).toBe(true);
  expect(graphHash(stored)).toBe(hash);
});

import { expect, test } from "vitest";
import { chain, compile, group, map, task } from "../index.ts";
import type { Canvas } from "../index.ts";
import { decodeGraph, encodeGraph } from "../wire/graph-codec.ts";
import { graphHash } from "./graph-hash.ts";
import { assertGraph } from "./graph-problems.ts";

const a = task("a", (x: unknown) => x);

function nested(count: number, next: (inner: Canvas<never, unknown>) => unknown): Canvas<never, unknown> {
  let canvas = a as Canvas<never, unknown>;
  for (let i = 0; i < count; i++) canvas = next(canvas) as Canvas<never, unknown>;
  return canvas;
}

test.each<[string, Canvas<never, unknown>]>([
  [
    "constants of every kind",
    chain(a.ignoreInput([1, 1.5, "x", null, 7n, -(2n ** 70n), new Date(5), new Uint8Array([1, 2])]), a),
  ],
  ["names that functions look for", a.ignoreInput({ toJSON: { constructor: 1 }, hasOwnProperty: null })],
  ["deep expressions", nested(900, (canvas) => group([canvas]))],
  ["deep maps", nested(500, (canvas) => map(canvas))],
])("%s survive storage, and keep the hash", (_, canvas) => {
  const { graph, hash } = compile(canvas);
  const stored: unknown = decodeGraph(encodeGraph(graph));
  assertGraph(stored);
  expect(stored).toEqual(graph);
  expect(graphHash(stored)).toBe(hash);
});

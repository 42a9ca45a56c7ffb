import fc from "fast-check";
import { assertGraph, chain, chord, compile, graphHash, group } from "@arpeggio/core";
import type { WorkflowGraph } from "@arpeggio/core";
import { expect, test } from "vitest";
import { anyCanvas } from "@arpeggio/testing";
import { a, all, b, each, ident, join, noted, seq } from "./vocabulary.ts";
import type { Any } from "./vocabulary.ts";

const c = noted("c", () => "c");
const d = noted("d", () => "d");
const nodesOf = (canvas: Any) => compile(canvas).graph.nodes.map(({ id, needs }) => [id, ...needs]);

test("A01: rows in rows are one row", () => {
  expect(nodesOf(a.pipe(b).pipe(c.pipe(d)) as Any)).toEqual([
    ["case.a"],
    ["case.b", "case.a"],
    ["case.c", "case.b"],
    ["case.d", "case.c"],
  ]);
  expect(nodesOf(a.pipe(b.pipe(c)) as Any)).toHaveLength(3);
});

test("A03: a group before a step is a join, and what follows is its body", () => {
  expect(nodesOf(seq(all(a, b), c))).toEqual([["case.a"], ["case.b"], ["case.c", "case.a", "case.b"]]);
  expect(nodesOf(seq(all(a, b), c, d, ident))).toEqual(nodesOf(chord(group([a, b]) as never, seq(c, d, ident)) as Any));
});

test("A11: canvases in canvases survive being stored, at every depth", () => {
  const inner: readonly Any[] = [seq(a, b), all(a, b), join([a, b], c)];
  const outer: readonly ((one: Any) => Any)[] = [
    (one) => seq(d, one, ident),
    (one) => all(d, one),
    (one) => join([d, one], one),
    (one) => each(one),
  ];
  for (const around of outer) {
    for (const one of inner) {
      const { graph, hash } = compile(around(one));
      const stored = JSON.parse(JSON.stringify(graph)) as WorkflowGraph;
      assertGraph(stored);
      expect(stored).toEqual(graph);
      expect(graphHash(stored)).toBe(hash);
    }
  }
});

test("A13: it makes no difference in which order a row is put together", () => {
  fc.assert(
    fc.property(anyCanvas, anyCanvas, anyCanvas, (...three) => {
      const [x, y, z] = three.map(({ canvas }) => canvas) as [Any, Any, Any];
      const hash = compile(chain(x, y, z)).hash;
      expect(compile(chain(chain(x, y), z)).hash).toBe(hash);
      expect(compile(chain(x, chain(y, z))).hash).toBe(hash);
      expect(compile(x.pipe(y.pipe(z)) as Any).hash).toBe(hash);
    }),
    { numRuns: 200 },
  );
});

import { describe, expect, test } from "vitest";
import {
  chain,
  choose,
  compile,
  evaluate,
  graphProblems,
  group,
  map,
  race,
  task,
  toDot,
  toMermaid,
  workflow,
} from "../index.ts";
import type { Canvas, Graph } from "../index.ts";
import { canonicalText } from "./graph-hash.ts";

type Any = Canvas<never, unknown>;
const inc = task("math.inc", (n: number) => n + 1);
const times = (count: number): (typeof inc)[] => Array.from({ length: count }, () => inc);

function repeated(count: number, next: (inner: Any) => unknown): Any {
  let canvas = inc as Any;
  for (let i = 0; i < count; i++) canvas = next(canvas) as Any;
  return canvas;
}
const any = (canvas: unknown): never => canvas as never;

const edgesIn = (graph: Graph): number => graph.nodes.reduce((sum, node) => sum + node.needs.length, 0);

describe("large canvases: no deep stack, and a linear number of edges", () => {
  test.each<[string, () => Any, { nodes: number; edges: number }]>([
    ["chain of 10,000", () => chain(...(times(10_000) as [typeof inc])), { nodes: 10_000, edges: 9_999 }],
    ["10,000 pipes", () => repeated(10_000, (c) => c.pipe(any(inc))), { nodes: 10_001, edges: 10_000 }],
    ["10,000 pipes to the right", () => repeated(10_000, (c) => inc.pipe(any(c))), { nodes: 10_001, edges: 10_000 }],
    ["10,000 selects", () => repeated(10_000, (c) => c.select((x) => x)), { nodes: 1, edges: 0 }],
    [
      "10,000 options and names",
      () => repeated(10_000, (c) => c.with({ priority: 1 }).named("x")),
      { nodes: 1, edges: 0 },
    ],
    ["10,000 workflows in each other", () => repeated(10_000, (c) => workflow("w", c)), { nodes: 1, edges: 0 }],
    ["group of 10,000", () => group(times(10_000)), { nodes: 10_000, edges: 0 }],
    [
      "group of 10,000, then a step",
      () => group(times(10_000)).pipe(inc.ignoreInput(1) as never),
      { nodes: 10_001, edges: 10_000 },
    ],
    [
      "group of 10,000, then group of 10,000 that read it: a join node between them",
      () => chain(group(times(10_000)), group(Array.from({ length: 10_000 }, () => inc.ignoreInput(1)))),
      { nodes: 20_001, edges: 20_000 },
    ],
    [
      "the same where each member begins with what adds no node",
      () => chain(group(times(100)), group(Array.from({ length: 100 }, () => chain(group([]), inc.ignoreInput(1))))),
      { nodes: 201, edges: 200 },
    ],
    ["nested chains", () => repeated(1_200, (c) => chain(any(c), any(inc))), { nodes: 1_201, edges: 1_200 }],
    ["nested groups", () => repeated(1_200, (c) => group([c, any(inc)])), { nodes: 1_201, edges: 0 }],
    ["nested maps", () => repeated(1_200, (c) => map(c)), { nodes: 1, edges: 0 }],
    ["nested names", () => repeated(1_200, (c) => chain(any(c), any(inc)).named("x")), { nodes: 1, edges: 0 }],
    ["nested hooks", () => repeated(1_200, (c) => c.finally(any(inc))), { nodes: 1, edges: 0 }],
    ["nested branches", () => repeated(1_200, (c) => race([c, any(inc)])), { nodes: 1, edges: 0 }],
    [
      "nested choices",
      () => repeated(1_200, (c) => choose(any(inc), any({ 1: c, 2: inc }), any(inc))),
      { nodes: 2, edges: 1 },
    ],
    ["race of 90,000", () => race(times(90_000)), { nodes: 1, edges: 0 }],
    [
      "group of 10,000, then a choice by a canvas: a join node before both",
      () => chain(group(times(10_000)), any(choose(any(inc.ignoreInput(1)), { 1: any(inc) }, any(inc)))),
      { nodes: 10_003, edges: 10_003 },
    ],
  ])("%s", (_, make, { nodes, edges }) => {
    const { graph } = compile(make());
    expect({ nodes: graph.nodes.length, edges: edgesIn(graph) }).toEqual({ nodes, edges });
    expect(graphProblems(graph)).toEqual([]);
    for (const drawing of [toMermaid(graph), toDot(graph)]) {
      const lines = drawing.split("\n");
      expect(lines.length).toBeGreaterThan(nodes);
      expect(drawing.length / lines.length).toBeLessThan(200);
    }
  });

  test("the text that is hashed grows with the graph, not faster", () => {
    const lengthOf = (count: number) => {
      const { graph } = compile(chain(group(times(count)), group(times(count) as never[])));
      return canonicalText(graph).length / graph.nodes.length;
    };
    expect(lengthOf(4_000) / lengthOf(1_000)).toBeLessThan(1.2);
  });

  test("a join hands on the value of the group", () => {
    const wide = chain(group(times(100)), group(times(100) as never[]));
    const { nodes } = compile(wide).graph;
    const join = nodes[100];
    expect(join).toMatchObject({
      id: "join",
      kind: "map",
      over: { array: [{ array: expect.any(Array) }] },
      body: { nodes: [], output: { ref: "$in" } },
    });
    expect(nodes[101]).toMatchObject({ needs: ["join"], input: { ref: "join", path: [0] } });
    expect(evaluate({ ref: "join", path: [0] }, () => [[1, 2]])).toEqual([1, 2]);
    expect(compile(chain(group(times(63)), group(times(63) as never[]))).graph.nodes).toHaveLength(126);
  });
});

describe("canvases beyond every measure are refused", () => {
  test.each<[string, () => Any, string]>([
    ["doubling groups", () => repeated(40, (c) => group([c, c])), "nodes"],
    ["doubling mappings", () => repeated(40, (c) => c.select((x) => [x, x])), "parts of expressions"],
    ["groups nested too deep", () => repeated(1_300, (c) => group([c])), "levels"],
    ["maps nested too deep", () => repeated(1_201, (c) => map(c)), "1201 levels in each other"],
  ])("%s", (_, make, unit) => {
    expect(() => compile(make())).toThrow(
      expect.objectContaining({ code: "GRAPH_TOO_LARGE", message: expect.stringContaining(unit) }),
    );
  });
});

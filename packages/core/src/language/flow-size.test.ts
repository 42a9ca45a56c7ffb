import { describe, expect, test } from "vitest";
import { chain, flow, group, map, task } from "../index.ts";
import type { AnyCanvas, Graph, Ref } from "../index.ts";
import { add, graphOf, inc, tick } from "../testing/flow-tasks.ts";

describe("large flows", () => {
  const edgesIn = (graph: Graph): number => graph.nodes.reduce((sum, node) => sum + node.needs.length, 0);

  test("10,000 steps one after another, and a lattice of 100 x 100", () => {
    const long = flow((n: Ref<number>, step) => {
      let last = n;
      for (let i = 0; i < 10_000; i++) last = step(inc, last);
      return last;
    });
    const lattice = flow((n: Ref<number>, step) => {
      let row = Array.from({ length: 100 }, () => n);
      for (let y = 0; y < 100; y++) {
        let left = n;
        row = row.map((above) => (left = step(add, { a: left, b: above })));
      }
      return row;
    });
    expect(graphOf(long).nodes).toHaveLength(10_000);
    const graph = graphOf(lattice);
    expect(graph.nodes).toHaveLength(10_000);
    expect(edgesIn(graph)).toBe(2 * 9_900);
  });

  test("10,000 nested ones", () => {
    let canvas = inc as never as AnyCanvas;
    for (let i = 0; i < 10_000; i++) {
      const inner = canvas as typeof inc;
      canvas = flow((n: Ref<number>, step) => step(inner, n));
    }
    expect(graphOf(canvas).nodes).toHaveLength(1);
  });

  test("a wide step that many read, and a wide start, are gathered once", () => {
    const wide = group(Array.from({ length: 1_000 }, () => inc));
    const last = task("last", (all: { readonly [key: number]: number }) => all[0] ?? 0);
    const canvas = chain(
      wide,
      flow((all: Ref<number[]>, step) => {
        const again = step(map(inc), all);
        const fan = step(group(Array.from({ length: 1_000 }, () => tick)));
        return Array.from({ length: 1_000 }, () => [step(last, all), step(last, fan), step(last, again)]);
      }),
    );
    const graph = graphOf(canvas);
    expect(graph.nodes.filter((node) => node.id.startsWith("join"))).toHaveLength(2);
    expect(edgesIn(graph)).toBeLessThan(10_000);
  });
});

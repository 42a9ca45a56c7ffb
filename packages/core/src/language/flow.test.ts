import { describe, expect, test } from "vitest";
import { at, chain, flow, group, map, task, workflow } from "../index.ts";
import type { Ref } from "../index.ts";
import { add, count, download, graphOf, inc, needsIn, resize, tick } from "../testing/flow-tasks.ts";
import type { Url } from "../testing/flow-tasks.ts";

describe("what a step waits for", () => {
  test("is what its input reads, and nothing else", () => {
    const canvas = flow((input: Ref<Url>, step) => {
      const file = step(download, { url: input.url });
      const small = step(resize, { path: file.path, width: 480 });
      const length = step(count, file);
      return { source: input.url, small: small.path, length, fixed: [1, "x"] };
    });
    const graph = graphOf(canvas);
    expect(graph.nodes.map(({ id, needs }) => [id, needs])).toEqual([
      ["file.download", []],
      ["image.resize", ["file.download"]],
      ["file.count", ["file.download"]],
    ]);
    expect(graph.nodes[1]).toMatchObject({
      input: { object: { path: { ref: "file.download", path: ["path"] }, width: { const: 480 } } },
    });
    expect(graph.output).toEqual({
      object: {
        source: { ref: "$in", path: ["url"] },
        small: { ref: "image.resize", path: ["path"] },
        length: { ref: "file.count" },
        fixed: { const: [1, "x"] },
      },
    });
  });

  test("is also what stands in `after`, which carries no data", () => {
    const canvas = flow((input: Ref<number>, step) => {
      const first = step(inc, input);
      const other = step(inc, input);
      const both = step(tick, undefined, { after: [first, at(step(group([first, other].map(() => tick))), 0)] });
      return { first, both, other };
    });
    expect(needsIn(canvas)).toEqual({
      "math.inc": [],
      "math.inc~2": [],
      tick: [],
      "tick~2": [],
      "tick~3": ["math.inc", "tick", "tick~2"],
    });
  });

  test("in a chain: all that stands before, where it reads the flow's input or nothing", () => {
    const canvas = group([inc, inc]).flow((both, step) => {
      const sum = step(add, { a: both[0], b: both[1] });
      const alone = step(tick);
      const late = step(tick, undefined, { after: [sum] });
      const next = step(inc, sum);
      return [next, alone, late];
    });
    expect(needsIn(canvas)).toEqual({
      "math.inc": [],
      "math.inc~2": [],
      "math.add": ["math.inc", "math.inc~2"],
      tick: ["math.inc", "math.inc~2"],
      "tick~2": ["math.add"],
      "math.inc~3": ["math.add"],
    });
  });

  test("is the flow's input, where `after` names that alone", () => {
    const canvas = inc.flow((before, step) => step(tick, undefined, { after: [before] }));
    expect(needsIn(canvas)).toEqual({ "math.inc": [], tick: ["math.inc"] });
  });
});

describe("a step of several nodes", () => {
  test("begins where its input is, and is over when all of it is", () => {
    const canvas = flow((input: Ref<Url>, step) => {
      const both = step(chain(download, group({ small: resize.s({ width: 1 }), length: count })), input);
      return step(inc, both.length);
    });
    expect(needsIn(canvas)).toEqual({
      "file.download": [],
      "image.resize": ["file.download"],
      "file.count": ["file.download"],
      "math.inc": ["image.resize", "file.count"],
    });
  });

  test("may be a map, a workflow or another flow", () => {
    const inner = flow((n: Ref<number>, step) => step(add, { a: step(inc, n), b: n }));
    const canvas = flow((list: Ref<number[]>, step) => {
      const all = step(map(inner), list);
      const first = step(workflow("one", inner), all[0] as Ref<number>);
      return { all, sum: step(inner, first) };
    });
    const graph = graphOf(canvas);
    expect(graph.nodes.map(({ id, needs }) => [id, needs])).toEqual([
      ["map", []],
      ["math.inc", ["map"]],
      ["math.add", ["map", "math.inc"]],
      ["math.inc~2", ["math.add"]],
      ["math.add~2", ["math.add", "math.inc~2"]],
    ]);
    expect(graph.output).toEqual({ object: { all: { ref: "map" }, sum: { ref: "math.add~2" } } });
  });

  test("may be one without nodes, which is read through", () => {
    const pair = flow((n: Ref<number>) => ({ a: n, b: 1 }));
    const canvas = inc.flow((n, step) => {
      const placed = step(pair, n);
      return step(add, step(chain(pair), placed.a));
    });
    const graph = graphOf(canvas);
    expect(graph.nodes[1]).toMatchObject({
      needs: ["math.inc"],
      input: { object: { a: { ref: "math.inc" }, b: { const: 1 } } },
    });
  });
});

describe("what comes after a flow", () => {
  test("waits for all of its steps, those that nobody reads among them", () => {
    const canvas = chain(
      inc,
      flow((n: Ref<number>, step) => {
        const sum = step(add, { a: n, b: 1 });
        step(tick);
        return { n, sum };
      }),
      task("last", (all: { n: number; sum: number }) => all.n),
    );
    const graph = graphOf(canvas);
    expect(graph.nodes[3]).toMatchObject({
      id: "last",
      needs: ["math.inc", "math.add", "tick"],
      input: { object: { n: { ref: "math.inc" }, sum: { ref: "math.add" } } },
    });
  });

  test("gets constants, the input itself or nothing, where the flow gives these", () => {
    expect(graphOf(flow(() => ({ a: 1 })))).toEqual(
      expect.objectContaining({ nodes: [], output: { const: { a: 1 } } }),
    );
    expect(graphOf(flow((input: Ref<number>) => input)).output).toEqual({ ref: "$in" });
    expect(graphOf(flow((_, step) => void step(tick)))).toMatchObject({
      nodes: [{ id: "tick" }],
      output: { const: null },
    });
    expect(
      needsIn(
        chain(
          inc,
          flow((n: Ref<number>) => n),
          inc,
        ),
      ),
    ).toEqual({
      "math.inc": [],
      "math.inc~2": ["math.inc"],
    });
  });

  test("a name makes one node of it, which a reference to it needs", () => {
    const named = flow((n: Ref<number>, step) => step(add, { a: step(inc, n), b: n })).named("sum");
    const graph = graphOf(flow((n: Ref<number>, step) => step(inc, step(named, n))));
    expect(graph.nodes).toMatchObject([
      { id: "sum", kind: "scope", body: { nodes: [{ id: "math.inc" }, { id: "math.add" }] } },
      { id: "math.inc", needs: ["sum"], input: { ref: "sum" } },
    ]);
  });

  test("options around a flow reach its steps", () => {
    const canvas = flow((n: Ref<number>, step) => step(inc, step(inc.with({ queue: "own" }).named("first"), n)));
    expect(graphOf(canvas.with({ queue: "all", priority: 7 })).nodes).toMatchObject([
      { id: "first", options: { queue: "own", priority: 7 } },
      { id: "math.inc", options: { queue: "all", priority: 7 } },
    ]);
  });
});

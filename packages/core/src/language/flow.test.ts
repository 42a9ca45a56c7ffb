import { describe, expect, test } from "vitest";
import { at, chain, compile, eq, flow, graphProblems, group, map, task, workflow } from "../index.ts";
import type { AnyCanvas, FlowStep, Graph, Ref, Reference } from "../index.ts";

interface Url {
  readonly url: string;
}
const download = task("file.download", ({ url }: Url) => ({ path: url, bytes: 1 }));
const resize = task("image.resize", (input: { path: string; width: number }) => ({ path: input.path }));
const count = task("file.count", (input: { path: string }) => input.path.length);
const tick = task("tick", () => 1);
const add = task("math.add", (input: { a: number; b: number }) => input.a + input.b);
const inc = task("math.inc", (n: number) => n + 1);

function graphOf(canvas: AnyCanvas): Graph {
  const { graph } = compile(canvas);
  expect(graphProblems(graph)).toEqual([]);
  return graph;
}
const needsIn = (canvas: AnyCanvas): Record<string, readonly string[]> =>
  Object.fromEntries(graphOf(canvas).nodes.map((node) => [node.id, node.needs]));

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

describe("a flow that cannot be", () => {
  let leaked: { readonly ref: Reference<number>; readonly step: FlowStep } | undefined;
  const other = flow((n: Ref<number>, step) => {
    leaked = { ref: step(inc, n), step };
    return n;
  });
  const { ref, step: lateStep } = leaked as unknown as NonNullable<typeof leaked>;
  const any = (value: unknown): never => value as never;

  test.each<[string, () => unknown, string, string]>([
    ["no function", () => flow(any({})), "FLOW_INVALID", "flow() is given {}, not a function"],
    ["an async function", () => flow(async (_, step) => step(tick)), "FLOW_INVALID", "flow() has an async function"],
    [
      "a step that comes too late",
      () => lateStep(tick),
      "FLOW_INVALID",
      "flow() gets a step 'tick' after it was built",
    ],
    [
      "a step that is no canvas",
      () => flow((_, step) => step(any(3))),
      "CANVAS_EXPECTED",
      "step 1 of flow() is 3, not a canvas",
    ],
    [
      "a reference of another flow",
      () => flow((_, step) => step(inc, ref)),
      "MAPPING_INVALID",
      "the input of step 1 'math.inc' of flow() reads a reference of flow()",
    ],
    [
      "a reference of the flow around it",
      () =>
        flow((n: Ref<number>, step) =>
          step(
            inc.flow((m, inner) => inner(add, { a: m, b: n })),
            n,
          ),
        ),
      "MAPPING_INVALID",
      "the input of step 1 'math.add' of the flow after 'math.inc' reads a reference of flow()",
    ],
    [
      "a reference of another flow in `after`",
      () => inc.flow((_, step) => step(tick, undefined, { after: [ref] })),
      "MAPPING_INVALID",
      "the 'after' of step 1 'tick' of the flow after 'math.inc' reads a reference of flow()",
    ],
    [
      "a reference of another flow as its output",
      () => flow(() => [ref]),
      "MAPPING_INVALID",
      "the output of flow() reads a reference",
    ],
    [
      "a reference of a flow in a mapping",
      () => inc.select(() => ref),
      "MAPPING_INVALID",
      "the mapping of the select after 'math.inc' reads a reference of flow()",
    ],
    [
      "a reference of a mapping in a flow",
      () => flow((_, step) => inc.select((n) => step(inc, n))),
      "MAPPING_INVALID",
      "the input of step 1 'math.inc' of flow() reads a reference of the mapping of the select after 'math.inc'",
    ],
    [
      "a reference as a constant",
      () => flow((n: Ref<number>, step) => step(add.s({ a: n as never }), any({ b: 1 }))),
      "CONSTANT_INVALID",
      "math.add.s(…): the value.a is a reference, which has no value yet",
    ],
    [
      "`after` that is no list",
      () => flow((_, step) => step(tick, null, any({ after: 1 }))),
      "FLOW_INVALID",
      "has an 'after' that is no list",
    ],
    [
      "`after` a canvas",
      () => flow((_, step) => step(tick, null, any({ after: [tick] }))),
      "FLOW_INVALID",
      "step 1 'tick' of flow() has an 'after' whose item 0 is no reference",
    ],
    ["an option that is none", () => flow((_, step) => step(tick, null, any({ afer: [] }))), "OPTION_INVALID", "afer"],
    [
      "computing with a result",
      () => flow((n: Ref<number>, step) => step(inc, any((step(add, { a: n, b: 1 }) as never as number) + 1))),
      "MAPPING_INVALID",
      "flow() uses 'math.add' as a string, a number or in a comparison",
    ],
    [
      "a text made of the input",
      () => flow((input: Ref<Url>, step) => step(download, any({ url: `${input.url as unknown as string}/1` }))),
      "MAPPING_INVALID",
      "flow() uses 'input.url' as a string",
    ],
    [
      "a condition",
      () => flow((input: Ref<Url>, step) => (any(input.url) ? step(tick) : step(download, input))),
      "MAPPING_INVALID",
      "flow() reads 'input.url' and does not use it",
    ],
    [
      "a condition of a result",
      () => flow((n: Ref<number>, step) => (any(eq(step(inc, n), 3)) ? 1 : 2)),
      "MAPPING_INVALID",
      "flow() computes 'eq(…)' and does not use it",
    ],
    ["a canvas as its output", () => flow(() => any(inc)), "MAPPING_INVALID", "the output of flow() gives a canvas"],
    [
      "a reference in the place of a step",
      () => flow((n: Ref<number>, step) => step(any(n))),
      "CANVAS_EXPECTED",
      "step 1 of flow() is a reference, not a canvas",
    ],
    [
      "going through a list",
      () => flow((list: Ref<number[]>) => [...any(list)]),
      "MAPPING_INVALID",
      "flow() goes through 'input'",
    ],
    [
      "a function in its output",
      () => flow(() => ({ f: () => 1 })),
      "CONSTANT_INVALID",
      "the output of flow(): the value.f is a function",
    ],
  ])("%s", (_, build, code, message) => {
    expect(build).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
    expect(compile(other).graph.nodes).toHaveLength(1);
  });

  test("two names on one level are told by compile()", () => {
    const named = (n: number) => task(`t.n${n}`, (x: number) => x).named("same");
    const canvas = flow((n: Ref<number>, step) => [step(named(1), n), step(named(2), n)]);
    expect(() => compile(canvas)).toThrow(expect.objectContaining({ code: "NODE_NAME_DUPLICATE" }));
  });
});

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

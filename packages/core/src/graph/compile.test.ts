import { describe, expect, test } from "vitest";
import {
  chain,
  chord,
  compile,
  contract,
  func,
  group,
  implement,
  inputOf,
  jsonSchema,
  levelsOf,
  map,
  mapSettled,
  task,
  workflow,
} from "../index.ts";
import type { GraphNode, TaskNode } from "../index.ts";
import { assertGraph } from "./graph-problems.ts";

const a = task("a", (n: number) => n);
const b = task("b", (n: number) => n);
const c = task("c", (n: number) => n);
const area = task("math.area", (r: { width: number; height: number }) => r.width * r.height);
const box = task("box", (n: number) => ({ width: n, height: n }));
const add = func("math.add", (x: number, y: number) => x + y);
const sum = func("math.sum", (xs: readonly number[]) => xs.length);
const list = task("list", (n: number) => [n]);

const IN = { ref: "$in" };
const graphOf = (canvas: Parameters<typeof compile>[0]) => {
  const { graph } = compile(canvas);
  assertGraph(graph);
  return graph;
};
const edges = (canvas: Parameters<typeof compile>[0]) =>
  Object.fromEntries(graphOf(canvas).nodes.map((node) => [node.id, node.needs]));
const inputs = (canvas: Parameters<typeof compile>[0]) => graphOf(canvas).nodes.map((node) => inputOf(node));

describe("shape", () => {
  test("a task is a graph of one node", () => {
    expect(graphOf(a)).toEqual({
      canvas: 1,
      name: "a",
      nodes: [{ id: "a", needs: [], kind: "task", task: "a", input: IN }],
      output: { ref: "a" },
    });
  });

  test("chains in chains are one chain", () => {
    const flat = { a: [], b: ["a"], c: ["b"] };
    expect(edges(chain(a, b, c))).toEqual(flat);
    expect(edges(chain(a, chain(b, c)))).toEqual(flat);
    expect(edges(chain(chain(a, b), c))).toEqual(flat);
    expect(edges(a.pipe(b).pipe(c))).toEqual(flat);
    expect(compile(chain(a, chain(b, c))).hash).toBe(compile(a.pipe(b).pipe(c)).hash);
  });

  test("a group is a barrier for what follows, and leaves no node", () => {
    const joined = chain(
      a,
      group({ x: b, y: chain(b, c) }),
      task("join", (r: { x: number; y: number }) => r.x),
    );
    expect(edges(joined)).toEqual({ a: [], b: ["a"], "b~2": ["a"], c: ["b~2"], join: ["b", "c"] });
    expect(inputs(joined).at(-1)).toEqual({ object: { x: { ref: "b" }, y: { ref: "c" } } });
  });

  test("a step needs also the members that it does not read", () => {
    expect(edges(group([a, b]).pipe(c, (both) => both[0]))).toEqual({ a: [], b: [], c: ["a", "b"] });
    expect(inputs(group([a, b]).pipe(c, (both) => both[0])).at(-1)).toEqual({ ref: "a" });
    expect(edges(chain(group([a, b]), c.ignoreInput(1)))).toEqual({ a: [], b: [], c: ["a", "b"] });
  });

  test("a group of one gives a list of one, nested groups stay nested", () => {
    expect(graphOf(group([a])).output).toEqual({ array: [{ ref: "a" }] });
    expect(graphOf(group([group([a]), b])).output).toEqual({ array: [{ array: [{ ref: "a" }] }, { ref: "b" }] });
  });

  test("nothing in a group is an empty list or object at once", () => {
    expect(graphOf(group([]))).toMatchObject({ nodes: [], output: { const: [] } });
    expect(graphOf(group({}))).toMatchObject({ nodes: [], output: { const: {} } });
    expect(graphOf(chord(group([]), sum)).nodes).toEqual([
      { id: "math.sum", needs: [], kind: "task", task: "math.sum", input: { array: [{ const: [] }] } },
    ]);
    expect(edges(chain(a, group([]), c.ignoreInput(1)))).toEqual({ a: [], c: ["a"] });
    expect(edges(chain(a, group([group([]), b]), c.ignoreInput(1)))).toEqual({ a: [], b: ["a"], c: ["b"] });
  });

  test("a map has its own level", () => {
    const mapped = graphOf(chain(list, map(chain(a, b)), sum));
    expect(mapped.nodes[1]).toEqual({
      id: "map",
      needs: ["list"],
      kind: "map",
      over: { ref: "list" },
      body: {
        nodes: [
          { id: "a", needs: [], kind: "task", task: "a", input: IN },
          { id: "b", needs: ["a"], kind: "task", task: "b", input: { ref: "a" } },
        ],
        output: { ref: "b" },
      },
    });
    expect(graphOf(list.pipe(mapSettled(a))).nodes[1]).toMatchObject({ kind: "map", settle: true });
    expect(graphOf(map(group([]))).nodes[0]).toMatchObject({ body: { nodes: [], output: { const: [] } } });
  });

  test("a workflow in a canvas is its nodes", () => {
    const inner = workflow("inner", chain(a, b));
    expect(edges(workflow("outer", chain(inner, c, inner)))).toEqual({
      a: [],
      b: ["a"],
      c: ["b"],
      "a~2": ["c"],
      "b~2": ["a~2"],
    });
  });
});

describe("inputs", () => {
  test("bound fields lie over what comes from above", () => {
    expect(inputs(chain(box, area.s({ width: 3 }))).at(-1)).toEqual({
      merge: [{ ref: "box" }, { const: { width: 3 } }],
    });
    expect(inputs(area.s({ width: 3, height: 1 }).ignoreInput())).toEqual([{ const: { width: 3, height: 1 } }]);
    expect(inputs(area.s({ width: 3 }).ignoreInput({ height: 4 }))).toEqual([{ const: { width: 3, height: 4 } }]);
    expect(inputs(chain(a, box.ignoreInput(7))).at(-1)).toEqual({ const: 7 });
    expect(inputs(task("none", () => 1).ignoreInput())).toEqual([{ const: null }]);
  });

  test("a func gets a list: what comes from above first, then what is bound", () => {
    expect(inputs(add)).toEqual([IN]);
    expect(inputs(chain(a, add.s(4))).at(-1)).toEqual({ array: [{ ref: "a" }, { const: 4 }] });
    expect(inputs(add.s(2, 2))).toEqual([{ const: [2, 2] }]);
    expect(inputs(chain(group([a, b]), add)).at(-1)).toEqual({ array: [{ ref: "a" }, { ref: "b" }] });
    expect(inputs(chain(list, sum)).at(-1)).toEqual({ array: [{ ref: "list" }] });
    expect(inputs(func("three", (x: number, y: number, z: number) => x + y + z).s(3))).toEqual([
      { concat: [IN, { const: [3] }] },
    ]);
    expect(
      inputs(
        chain(
          a,
          func("none", () => 1),
        ),
      ).at(-1),
    ).toEqual({ const: [] });
    expect(inputs(add.with({ queue: "x" }).with({ priority: 1 }).s(4))).toEqual([{ array: [IN, { const: 4 }] }]);
  });

  test("a mapping is written into the input of the step after it", () => {
    expect(edges(box.pipe(a, (r) => r.width))).toEqual({ box: [], a: ["box"] });
    expect(inputs(box.pipe(a, (r) => r.width)).at(-1)).toEqual({ ref: "box", path: ["width"] });
    expect(graphOf(box.select((r) => ({ r, n: 1 }))).output).toEqual({
      object: { r: { ref: "box" }, n: { const: 1 } },
    });
  });
});

describe("ids", () => {
  const ids = (canvas: Parameters<typeof compile>[0]) => graphOf(canvas).nodes.map((node) => node.id);

  test("are the tasks' names, numbered from the second use, each level for itself", () => {
    expect(ids(group([a, a, b, a]))).toEqual(["a", "a~2", "b", "a~3"]);
    expect(ids(group([map(a), map(b)]))).toEqual(["map", "map~2"]);
    expect(graphOf(chain(list, map(list), a.ignoreInput(1))).nodes[1]).toMatchObject({
      body: { nodes: [{ id: "list" }] },
    });
  });

  test("are the steps' explicit names", () => {
    expect(ids(group([a.named("left"), a.named("right"), map(a).named("all")]))).toEqual(["left", "right", "all"]);
    expect(ids(a.named("inner").named("outer"))).toEqual(["outer"]);
    expect(ids(area.s({ width: 1 }).with({ queue: "x" }).named("mine").ignoreInput({ height: 2 }))).toEqual(["mine"]);
    expect(ids(chain(a, b).named("both"))).toEqual(["both"]);
  });

  test("one canvas used twice is numbered, two with one name are refused", () => {
    const left = a.named("left");
    expect(ids(group([left, left.with({ queue: "x" })]))).toEqual(["left", "left~2"]);
    for (const make of [
      () => group([a.named("x"), b.named("x")]),
      () => group([a.named("x"), a.named("x")]),
      () => group([b, a.named("b")]),
      () => group([a.named("b"), b]),
    ]) {
      expect(() => compile(make())).toThrow(expect.objectContaining({ code: "NODE_NAME_DUPLICATE" }));
    }
    expect(() => compile(map(group([a.named("x"), b.named("x")])))).toThrow("'x' in the body of map(group)");
    expect(ids(group([a.named("x"), map(a.named("x"))]))).toEqual(["x", "map"]);
  });
});

describe("options", () => {
  const options = (canvas: Parameters<typeof compile>[0]) =>
    graphOf(canvas).nodes.flatMap(function inner(node: GraphNode): (TaskNode["options"] | undefined)[] {
      if (node.kind === "task") return [node.options];
      return levelsOf(node).flatMap(([, level]) => level.nodes.flatMap(inner));
    });
  const cpu = task("cpu", { queue: "cpu", labels: { team: "x", task: "cpu" } }, (n: number) => n);

  test("composite is weaker than the task, the task weaker than the step", () => {
    expect(options(chain(a, cpu, cpu.with({ queue: "mine" })).with({ queue: "all", priority: 1 }))).toEqual([
      { queue: "all", priority: 1 },
      { queue: "cpu", priority: 1, labels: { team: "x", task: "cpu" } },
      { queue: "mine", priority: 1, labels: { team: "x", task: "cpu" } },
    ]);
  });

  test("the nearer composite is stronger, and the later of two on the same canvas", () => {
    const inner = chain(a).with({ queue: "inner" });
    expect(options(group([inner, b]).with({ queue: "outer" }))).toEqual([{ queue: "inner" }, { queue: "outer" }]);
    expect(options(chain(a, b).with({ queue: "one" }).named("x").with({ queue: "two" }))[0]).toEqual({ queue: "two" });
    expect(options(a.with({ queue: "one", priority: 1 }).with({ queue: "two" }))).toEqual([
      { queue: "two", priority: 1 },
    ]);
  });

  test("reach into maps and workflows", () => {
    expect(options(map(a).with({ timeout: 5 }))).toEqual([{ timeoutMs: 5 }]);
    expect(options(chain(workflow("w", a, { retry: 2 }), b).with({ queue: "q" }))).toEqual([
      { queue: "q", retry: { attempts: 2, backoff: "exponential", delayMs: 1_000 } },
      { queue: "q" },
    ]);
  });

  test("labels are merged; those of the workflow that is run are the run's", () => {
    const w = workflow("w", group([cpu.with({ labels: { step: "1" } }), a]), { labels: { tenant: "7" }, queue: "q" });
    expect(compile(w).labels).toEqual({ tenant: "7" });
    expect(options(w)).toEqual([{ queue: "cpu", labels: { team: "x", task: "cpu", step: "1" } }, { queue: "q" }]);
    expect(options(workflow("outer", w))[1]).toEqual({ queue: "q", labels: { tenant: "7" } });
    expect(compile(w.with({ labels: { more: "1" } })).labels).toEqual({ tenant: "7", more: "1" });
  });

  test("stay with a step through everything that is said about it", () => {
    expect(options(area.with({ queue: "x" }).s({ width: 1 }).ignoreInput({ height: 1 }))).toEqual([{ queue: "x" }]);
    expect(options(add.s(1).with({ queue: "x" }))).toEqual([{ queue: "x" }]);
  });
});

describe("what compile gives", () => {
  test("is made once for a canvas value", () => {
    const canvas = chain(a, b);
    expect(compile(canvas)).toBe(compile(canvas));
    expect(compile(chain(a, b))).not.toBe(compile(canvas));
  });

  test("has the name of the workflow, step or task, or the kind", () => {
    const names = [workflow("w", a), a.with({ queue: "x" }), a.named("x"), chain(a, b), group([]), map(map(a))];
    expect(names.map((canvas) => compile(canvas).name)).toEqual(["w", "a", "x", "chain", "group", "map"]);
  });

  test("holds every task with its code", () => {
    const schema = jsonSchema<number>({});
    const far = contract("far", { input: schema, output: schema });
    const near = implement(far, (n) => n);
    const { tasks } = compile(chain(a, map(far).ignoreInput([]), near.ignoreInput(1), far.ignoreInput(1)));
    expect([...tasks.keys()]).toEqual(["a", "far"]);
    expect(tasks.get("far")).toBe(near.definition);
    expect(compile(far).tasks.get("far")?.handler).toBeUndefined();
  });

  test("two tasks of one name with different code are refused", () => {
    expect(() => compile(group([a, task("a", () => 2)]))).toThrow(
      expect.objectContaining({ code: "TASK_NAME_DUPLICATE", message: "two tasks with different code are called 'a'" }),
    );
  });

  test("holds the input schema and its JSON Schema", () => {
    const schema = jsonSchema<number>({ type: "number" });
    const compiled = compile(workflow("w", a, { input: schema }));
    expect(compiled.inputSchema).toBe(schema);
    expect(compiled.graph.input).toEqual({ type: "number" });
    expect(compile(a)).not.toHaveProperty("inputSchema");
  });

  test("anything else than a canvas is refused", () => {
    expect(() => compile({} as never)).toThrow(
      expect.objectContaining({ code: "CANVAS_EXPECTED", message: "what is to be run is {}, not a canvas" }),
    );
  });
});

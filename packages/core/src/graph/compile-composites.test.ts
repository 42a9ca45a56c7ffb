import { describe, expect, test } from "vitest";
import {
  any,
  batch,
  chain,
  choose,
  chunks,
  compile,
  func,
  group,
  jsonSchema,
  loop,
  map,
  mapSettled,
  quorum,
  race,
  settled,
  signal,
  sleep,
  starmap,
  task,
  workflow,
} from "../index.ts";
import type { Failure, Ref } from "../index.ts";
import { assertGraph } from "./graph-problems.ts";

const a = task("a", (n: number) => n);
const b = task("b", (n: number) => n);
const c = task("c", (n: number) => n);
const list = task("list", (n: number) => [n]);
const sum = task("sum", (xs: readonly number[]) => xs.length);
const add = func("math.add", (x: number, y: number) => x + y);
const half = func("math.half", (x: number) => x / 2);
const alarm = task("alarm", (failure: Failure) => failure.error.message);
const order = task("order", (n: number) => ({
  state: n > 0 ? ("open" as const) : ("done" as const),
  isDone: n > 0,
  n,
}));
const poll = task("poll", (o: { isDone: boolean }) => o);

const IN = { ref: "$in" };
const graphOf = (canvas: Parameters<typeof compile>[0]) => {
  const { graph } = compile(canvas);
  assertGraph(graph);
  return graph;
};
const nodesOf = (canvas: Parameters<typeof compile>[0]) => graphOf(canvas).nodes;
const taskNode = (id: string, input: unknown = IN, more: object = {}) => ({
  id,
  needs: [],
  kind: "task",
  task: id,
  input,
  ...more,
});
/** A level of one task that gets the level's input. */
const level = (id: string) => ({ nodes: [taskNode(id)], output: { ref: id } });
const ends = { output: IN, nodes: [] };

describe("scopes", () => {
  test("a name makes one node of a composite of several, whose result is kept", () => {
    expect(nodesOf(chain(a, chain(b, c).named("both"), b))).toEqual([
      taskNode("a"),
      {
        id: "both",
        needs: ["a"],
        kind: "scope",
        input: { ref: "a" },
        body: {
          nodes: [taskNode("b"), { ...taskNode("c", { ref: "b" }), needs: ["b"] }],
          output: { ref: "c" },
        },
        keep: true,
      },
      { ...taskNode("b", { ref: "both" }), needs: ["both"] },
    ]);
    expect(nodesOf(group([a, b]).named("pair"))[0]).toMatchObject({
      id: "pair",
      kind: "scope",
      body: { output: { array: [{ ref: "a" }, { ref: "b" }] } },
    });
    expect(nodesOf(a.select((n) => [n]).named("wrapped"))).toMatchObject([{ id: "wrapped", kind: "scope" }]);
  });

  test("what is one node already has the name itself", () => {
    const named = [
      a.named("x"),
      map(a).named("x"),
      race([a, b]).named("x"),
      loop(poll, { until: (o) => o.isDone, max: 2 }).named("x"),
      signal("go").named("x"),
      sleep(1).named("x"),
      settled(a).named("x"),
      chain(a, b).recover(alarm).named("x"),
      choose((n: Ref<number>) => n, {}, a).named("x"),
      add.s(1).with({ queue: "q" }).named("x"),
    ];
    for (const canvas of named) expect(nodesOf(canvas)).toMatchObject([{ id: "x", keep: true }]);
    expect(nodesOf(a)[0]).not.toHaveProperty("keep");
  });

  test("handlers are levels of a scope", () => {
    expect(nodesOf(chain(a, b).onError(alarm))).toEqual([
      {
        id: "scope",
        needs: [],
        kind: "scope",
        input: IN,
        body: { nodes: [taskNode("a"), { ...taskNode("b", { ref: "a" }), needs: ["a"] }], output: { ref: "b" } },
        onError: level("alarm"),
      },
    ]);
    expect(nodesOf(a.recover(alarm))[0]).toMatchObject({ body: level("a"), recover: level("alarm") });
    expect(nodesOf(a.finally(b as never))[0]).toMatchObject({ body: level("a"), finally: level("b") });
    expect(nodesOf(a.compensate(c as never))[0]).toMatchObject({ body: level("a"), undo: level("c") });
    const both = nodesOf(a.recover(alarm).finally(b as never));
    expect(both).toMatchObject([
      { finally: level("b"), body: { nodes: [{ kind: "scope", recover: level("alarm") }] } },
    ]);
  });

  test("a sleep is a scope with nothing in it", () => {
    expect(nodesOf(chain(a, sleep<number>("5m"), b))[1]).toEqual({
      id: "sleep",
      needs: ["a"],
      kind: "scope",
      input: { ref: "a" },
      body: ends,
      timing: { delayMs: 300_000 },
    });
    expect(compile(a.sleep("5m").pipe(b)).hash).toBe(compile(chain(a, sleep<number>("5m"), b)).hash);
    expect(nodesOf(sleep(5).with({ delay: 7, within: 100 }))[0]).toMatchObject({
      timing: { delayMs: 12, withinMs: 100 },
    });
  });

  test("a settled canvas is a scope that does not fail", () => {
    expect(nodesOf(settled(a))).toEqual([
      { id: "settled", needs: [], kind: "scope", input: IN, body: level("a"), settle: true },
    ]);
    expect(nodesOf(settled(group([a, b]).named("pair")))[0]).toMatchObject({
      settle: true,
      body: { nodes: [{ id: "pair", kind: "scope" }] },
    });
  });
});

describe("timing", () => {
  const timing = { delayMs: 1_000, expiresMs: 5_000, withinMs: 60_000 };
  const said = { delay: "1s", expires: "5s", within: "1m" } as const;

  test("belongs to the node that it is written on", () => {
    expect(nodesOf(a.with(said))).toEqual([taskNode("a", IN, { timing })]);
    expect(nodesOf(map(a).with(said))[0]).toMatchObject({ kind: "map", timing, body: level("a") });
    expect(nodesOf(a.with({ at: "2027-01-01T00:00:00Z" }))[0]).toMatchObject({
      timing: { atMs: Date.UTC(2027, 0, 1) },
    });
    expect(nodesOf(a.with({ at: new Date(5) }))[0]).toMatchObject({ timing: { atMs: 5 } });
  });

  test("makes one node of a composite of several, and is not inherited", () => {
    for (const canvas of [chain(a, b), group([a, b]), workflow("w", a)]) {
      const [scope, ...more] = nodesOf(chain(canvas.with(said) as never, c.ignoreInput(1)));
      expect(more).toHaveLength(1);
      expect(scope).toMatchObject({ kind: "scope", timing });
      expect(scope?.kind === "scope" && scope.body.nodes.some((node) => node.timing !== undefined)).toBe(false);
    }
    expect(nodesOf(chain(a, b).with({ ...said, queue: "q" }))[0]).toMatchObject({
      timing,
      body: { nodes: [{ options: { queue: "q" } }, { options: { queue: "q" } }] },
    });
  });

  test("of a task's definition is that of each of its steps; the step's own is stronger", () => {
    const slow = task("slow", { delay: "1s", within: "1m" }, (n: number) => n);
    expect(nodesOf(group([slow, slow.with({ within: "2m" })]))).toMatchObject([
      { timing: { delayMs: 1_000, withinMs: 60_000 } },
      { timing: { delayMs: 1_000, withinMs: 120_000 } },
    ]);
  });

  test("of two .with() on one canvas the later is stronger; a name and timing make one scope", () => {
    expect(nodesOf(a.with({ delay: 1, within: 9 }).with({ delay: 2 }))[0]).toMatchObject({
      timing: { delayMs: 2, withinMs: 9 },
    });
    for (const canvas of [
      chain(a, b).with({ delay: 5 }).named("x"),
      chain(a, b).named("x").with({ delay: 5 }),
      chain(a, b).named("x").with({ delay: 5 }).ignoreInput(1),
    ]) {
      expect(nodesOf(canvas)).toMatchObject([
        { id: "x", kind: "scope", timing: { delayMs: 5 }, body: { nodes: [{}, {}] } },
      ]);
    }
  });

  test("of a workflow is that of a composite, in another canvas and by itself", () => {
    const inner = workflow("inner", a.with({ delay: 3 }), { within: "1h", labels: { team: "x" } });
    const scope = {
      id: "inner",
      kind: "scope",
      timing: { withinMs: 3_600_000 },
      body: { nodes: [{ id: "a", timing: { delayMs: 3 } }] },
    };
    expect(nodesOf(inner)).toMatchObject([scope]);
    expect(nodesOf(chain(b, inner))[1]).toMatchObject(scope);
    expect(nodesOf(chain(b, inner))[1]).toMatchObject({ body: { nodes: [{ options: { labels: { team: "x" } } }] } });
    expect(nodesOf(inner.with({ within: "2h" }))).toMatchObject([{ timing: { withinMs: 7_200_000 } }]);
    expect(nodesOf(chain(b, inner.named("step")))[1]).toMatchObject({ ...scope, id: "step", keep: true });
  });
});

describe("branches", () => {
  test("are levels side by side", () => {
    expect(nodesOf(chain(a, race([b, chain(b, c)])))[1]).toEqual({
      id: "race",
      needs: ["a"],
      kind: "branches",
      input: { ref: "a" },
      branches: [
        level("b"),
        { nodes: [taskNode("b"), { ...taskNode("c", { ref: "b" }), needs: ["b"] }], output: { ref: "c" } },
      ],
      until: "ended",
    });
    expect(nodesOf(any({ x: a, y: b }))).toEqual([
      {
        id: "any",
        needs: [],
        kind: "branches",
        input: IN,
        branches: [level("a"), level("b")],
        until: "succeeded",
        keys: ["x", "y"],
      },
    ]);
    expect(nodesOf(quorum(2, [a, b, c]))[0]).toMatchObject({ id: "quorum", until: "quorum", count: 2 });
  });

  test("settle the members of a group, also through its options", () => {
    const node = { id: "settled", kind: "branches", until: "all", branches: [level("a"), level("b")] };
    expect(nodesOf(settled(group([a, b])))).toMatchObject([node]);
    expect(nodesOf(settled([a, b]))).toMatchObject([node]);
    expect(nodesOf(settled(group({ x: a, y: b }), { maxFailures: 1 }))).toMatchObject([
      { ...node, keys: ["x", "y"], maxFailures: { count: 1 } },
    ]);
    expect(nodesOf(settled(group([a, b]).with({ queue: "q", delay: 5 }), { maxFailures: "50%" }))).toMatchObject([
      {
        until: "all",
        maxFailures: { share: 0.5 },
        timing: { delayMs: 5 },
        branches: [{ nodes: [{ options: { queue: "q" } }] }, {}],
      },
    ]);
    expect(nodesOf(settled(group([])))).toMatchObject([{ branches: [], until: "all" }]);
  });

  test("inherit options", () => {
    expect(nodesOf(race([a, b]).with({ queue: "q" }))[0]).toMatchObject({
      branches: [{ nodes: [{ options: { queue: "q" } }] }, { nodes: [{ options: { queue: "q" } }] }],
    });
  });
});

describe("maps", () => {
  test("have a window, their own, that of .with(), or that of a composite around them", () => {
    const windows = (canvas: Parameters<typeof compile>[0]) =>
      nodesOf(canvas).map((node) => (node.kind === "map" ? node.concurrency : "no map"));
    expect(windows(map(a, { concurrency: 3 }))).toEqual([3]);
    expect(windows(map(a, { concurrency: 3 }).with({ concurrency: 4 }))).toEqual([4]);
    expect(windows(group([map(a), map(a, { concurrency: 3 })]).with({ concurrency: 8 }))).toEqual([8, 3]);
    expect(windows(map(a))).toEqual([undefined]);
    expect(nodesOf(map(map(a)).with({ concurrency: 8 }))[0]).toMatchObject({ body: { nodes: [{ concurrency: 8 }] } });
    expect(nodesOf(a.with({ concurrency: 8 }))).toEqual([taskNode("a")]);
    expect(nodesOf(workflow("w", chain(list, map(a)), { concurrency: 8 }))[1]).toMatchObject({ concurrency: 8 });
  });

  test("settle with a limit", () => {
    expect(nodesOf(mapSettled(a, { concurrency: 2, maxFailures: 0 }))[0]).toMatchObject({
      settle: true,
      concurrency: 2,
      maxFailures: { count: 0 },
    });
    expect(nodesOf(mapSettled(a, { maxFailures: "12.5%" }))[0]).toMatchObject({ maxFailures: { share: 0.125 } });
  });

  test("over chunks run one task for many items", () => {
    const map50 = {
      kind: "map",
      over: { op: "chunk", args: [{ ref: "list" }, { const: 50 }] },
      body: { nodes: [taskNode("a", IN, { each: true })], output: { ref: "a" } },
    };
    expect(nodesOf(list.pipe(chunks(a, 50)))[1]).toEqual({ id: "map", needs: ["list"], ...map50 });
    const flat = graphOf(list.pipe(map(a, { chunk: 50, concurrency: 2 })));
    expect(flat.nodes[1]).toMatchObject({ ...map50, concurrency: 2 });
    expect(flat.output).toEqual({ op: "flat", args: [{ ref: "map" }] });
    expect(nodesOf(list.pipe(map(a, { chunk: 50 })).pipe(sum))[2]).toMatchObject({
      needs: ["map"],
      input: { op: "flat", args: [{ ref: "map" }] },
    });
    expect(graphOf(map(a, { chunk: 50 }).named("x"))).toMatchObject({
      nodes: [{ id: "x", kind: "scope", body: { output: { op: "flat" } } }],
      output: { ref: "x" },
    });
    expect(nodesOf(chunks(a.with({ queue: "q" }), 2))[0]).toMatchObject({
      body: { nodes: [{ options: { queue: "q" }, each: true }] },
    });
    // Its handler makes the list of arguments of each item, as only it knows where one begins.
    expect(nodesOf(chunks(half, 2))[0]).toMatchObject({ body: { nodes: [{ input: IN, each: true }] } });
  });

  test("over batches give the list itself", () => {
    expect(nodesOf(batch(sum, 3))[0]).toMatchObject({
      kind: "map",
      over: { op: "chunk", args: [IN, { const: 3 }] },
      body: level("sum"),
    });
  });

  test("of tuples give a func its arguments", () => {
    expect(nodesOf(starmap(add))[0]).toMatchObject({ kind: "map", over: IN, body: { nodes: [{ input: IN }] } });
    expect(nodesOf(starmap(half))[0]).toMatchObject({
      body: { nodes: [{ input: { array: [{ ref: "$in", path: [0] }] } }] },
    });
  });
});

describe("choices", () => {
  test("by a mapping are one node", () => {
    expect(nodesOf(order.choose((o) => o.state, { open: poll, done: order.ignoreInput(1) }))[1]).toEqual({
      id: "choose",
      needs: ["order"],
      kind: "choose",
      input: { ref: "order" },
      on: { ref: "order", path: ["state"] },
      cases: {
        open: level("poll"),
        done: { nodes: [taskNode("order", { const: 1 })], output: { ref: "order" } },
      },
    });
    expect(nodesOf(choose((n: Ref<number>) => n, { 1: a }, b))).toMatchObject([
      { on: IN, cases: { "1": level("a") }, otherwise: level("b") },
    ]);
  });

  test("by a canvas have its nodes before them, and give the cases what came from above", () => {
    const nodes = nodesOf(chain(a, choose(chain(b, c), { 1: a }, b)));
    expect(nodes.map((node) => [node.id, node.needs])).toEqual([
      ["a", []],
      ["b", ["a"]],
      ["c", ["b"]],
      ["choose", ["a", "c"]],
    ]);
    expect(nodes[3]).toMatchObject({ on: { ref: "c" }, input: { ref: "a" } });
    expect(nodesOf(choose(b, { 1: a }, b).ignoreInput(3))).toMatchObject([
      { id: "b", input: { const: 3 } },
      { id: "choose", needs: ["b"], input: { const: 3 } },
    ]);
    expect(nodesOf(choose(b, { 1: a }, b).named("x"))).toMatchObject([
      { id: "x", kind: "scope", body: { nodes: [{ id: "b" }, { id: "choose" }] } },
    ]);
    expect(nodesOf(chain(a, choose(group({}) as never, {}, b) as never))[1]).toMatchObject({
      needs: ["a"],
      on: { const: {} },
    });
  });

  test("by a test have one case, and hand on the value where there is no other", () => {
    expect(nodesOf(order.when((o) => o.isDone, poll))[1]).toMatchObject({
      kind: "choose",
      on: { ref: "order", path: ["isDone"] },
      cases: { true: level("poll") },
      otherwise: ends,
    });
    expect(nodesOf(order.when((o) => o.isDone, poll, poll.with({ queue: "q" })))[1]).toMatchObject({
      otherwise: { nodes: [{ options: { queue: "q" } }] },
    });
  });
});

describe("loops and signals", () => {
  test("a loop has its condition over the body's result", () => {
    expect(nodesOf(order.pipe(loop(poll, { until: (o) => o.isDone, max: 10, every: "5s" })))[1]).toEqual({
      id: "loop",
      needs: ["order"],
      kind: "loop",
      input: { ref: "order" },
      body: level("poll"),
      until: { ref: "$in", path: ["isDone"] },
      max: 10,
      everyMs: 5_000,
    });
  });

  test("a signal reads nothing, and waits for what stands before it", () => {
    const schema = jsonSchema<{ by: string }>({ type: "object" });
    expect(
      nodesOf(
        chain(
          a,
          signal("approved", schema, { timeout: "2d" }),
          task("next", (x: { by: string }) => x),
        ),
      ),
    ).toEqual([
      taskNode("a"),
      {
        id: "signal",
        needs: ["a"],
        kind: "signal",
        signal: "approved",
        schema: { type: "object" },
        timing: { withinMs: 172_800_000 },
      },
      { ...taskNode("next", { ref: "signal" }), needs: ["signal"] },
    ]);
    expect(nodesOf(group([signal("x"), signal("y")])).map((node) => node.id)).toEqual(["signal", "signal~2"]);
    expect(nodesOf(signal("x", undefined, { timeout: 5 }).with({ within: 7 }))[0]).toMatchObject({
      timing: { withinMs: 7 },
    });
  });
});

test("every level has its own ids, and $in is its own input", () => {
  const inner = race([chain(a, a), loop(a as never, { until: (n: Ref<boolean>) => n, max: 1 })]);
  const { nodes } = graphOf(chain(a, inner as never, a.ignoreInput(1)).recover(chain(alarm, a as never)));
  expect(nodes).toMatchObject([
    {
      body: {
        nodes: [
          { id: "a", input: IN },
          { id: "race", branches: [{ nodes: [{ id: "a", input: IN }, { id: "a~2" }] }, { nodes: [{ id: "loop" }] }] },
          { id: "a~2" },
        ],
      },
      recover: { nodes: [{ id: "alarm", input: IN }, { id: "a" }] },
    },
  ]);
});

test("a compiled canvas is called by what it is", () => {
  const names = [
    race([a]),
    any([a]),
    settled([a]),
    sleep(1),
    signal("x"),
    a.recover(alarm),
    a.when((n) => n as never, b),
  ];
  expect(names.map((canvas) => compile(canvas).name)).toEqual([
    "race",
    "any",
    "settled",
    "sleep",
    "signal",
    "a",
    "chain",
  ]);
});

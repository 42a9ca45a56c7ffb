import { describe, expect, test } from "vitest";
import {
  any,
  batch,
  chain,
  choose,
  chunks,
  compile,
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
import type { Ref } from "../index.ts";
import {
  a,
  add,
  alarm,
  b,
  c,
  ends,
  graphOf,
  half,
  IN,
  level,
  list,
  nodesOf,
  order,
  poll,
  sum,
  taskNode,
} from "../testing/compiled-nodes.ts";

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

import { describe, expect, test } from "vitest";
import { chain, choose, compile, group, loop, map, race, settled, signal, sleep, task, workflow } from "../index.ts";
import type { Ref } from "../index.ts";
import { a, add, alarm, b, c, ends, IN, level, nodesOf, poll, taskNode } from "../testing/compiled-nodes.ts";

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

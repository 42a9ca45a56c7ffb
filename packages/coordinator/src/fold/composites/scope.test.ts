import { decodePayload } from "@arpeggio/core";
import type { ScopeNode } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { RunWorld } from "../../testing/run-world.ts";
import { graphWith, levelOf, step, steps } from "../../testing/small-graphs.ts";
import { stateOf } from "../../run/run-state.ts";

const scope = (more: Partial<ScopeNode>): ScopeNode => ({
  kind: "scope",
  id: "part",
  needs: [],
  input: { ref: "$in" },
  body: steps("a", "b"),
  ...more,
});
const world = (node: ScopeNode, ...after: string[]) => {
  const rest = after.map((task, i) => step(task, [after[i - 1] ?? node.id]));
  return new RunWorld(graphWith([node, ...rest]), "in");
};
const paths = (run: RunWorld) => run.dispatched.map(({ path }) => path);

describe("a scope", () => {
  test("has its body's result, and its nodes stand under its name", () => {
    const run = world(scope({}), "z");
    run.done("part/a", 1);
    run.done("part/b", 2);
    expect(run.attemptAt("z").input).toBe(2);
  });

  test("that settles has an outcome and fails nothing", () => {
    const run = world(scope({ settle: true }), "z");
    run.broken("part/a");
    expect(run.attemptAt("z").input).toMatchObject({ ok: false, error: { code: "TASK_FAILED", node: "part/a" } });
    const other = world(scope({ settle: true, body: levelOf([], { const: 7 }) }), "z");
    expect(other.attemptAt("z").input).toEqual({ ok: true, value: 7 });
  });
});

describe("onError", () => {
  const group = levelOf([step("a"), step("b"), step("c", ["a", "b"])]);

  test("runs once with input, error, failures and the results that are held; then the scope fails with the first failure", () => {
    const run = world(scope({ body: group, onError: steps("tell") }), "z");
    run.done("part/a", "of a");
    run.broken("part/b");
    run.broken("part/b");
    expect(paths(run)).toEqual(["part/a", "part/b", "part!onError/tell"]);
    expect(run.attemptAt("part!onError/tell").input).toMatchObject({
      input: "in",
      error: { code: "TASK_FAILED", message: "boom", node: "part/b", attempt: 1 },
      failures: [{ node: "part/b" }],
      partial: { a: "of a" },
    });
    run.done("part!onError/tell", "told");
    expect(run.finish).toMatchObject({ state: "failed", failure: { node: "part/b", failures: [{ node: "part/b" }] } });
  });

  test("that fails is told beside the first failure and does not hide it", () => {
    const run = world(scope({ onError: steps("tell") }));
    run.broken("part/a");
    run.broken("part!onError/tell");
    expect(run.finish).toMatchObject({
      state: "failed",
      failure: { node: "part/a", failures: [{ node: "part/a" }, { node: "part!onError/tell" }] },
    });
  });

  test("does not run for a scope that is cut off by a failure beside it", () => {
    const run = new RunWorld(graphWith([scope({ onError: steps("tell") }), step("x"), step("z", ["part", "x"])]), 1);
    run.broken("x");
    expect(run.finish?.failure?.node).toBe("x");
    expect(paths(run)).not.toContain("part!onError/tell");
  });
});

describe("recover", () => {
  test("has the result that takes the place of the body's", () => {
    const run = world(scope({ recover: steps("mend") }), "z");
    run.broken("part/a");
    run.done("part!recover/mend", "mended");
    expect(run.attemptAt("z").input).toBe("mended");
    run.done("z", 1);
    expect(run.finish?.state).toBe("succeeded");
  });

  test("that fails leaves the scope failed with the body's failure", () => {
    const run = world(scope({ recover: steps("mend") }), "z");
    run.broken("part/a");
    run.broken("part!recover/mend");
    expect(run.finish).toMatchObject({ state: "failed", failure: { node: "part/a" } });
  });
});

describe("finally", () => {
  test("runs after a body that has succeeded, and before what comes after the scope", () => {
    const run = world(scope({ finally: steps("tidy") }), "z");
    run.done("part/a", 1);
    run.done("part/b", 2);
    expect(run.attemptAt("part!finally/tidy").input).toEqual({ input: "in", ok: true, value: 2 });
    expect(paths(run)).not.toContain("z");
    run.done("part!finally/tidy", null);
    expect(run.attemptAt("z").input).toBe(2);
  });

  test("runs after a body that has failed, and the scope fails then", () => {
    const run = world(scope({ finally: steps("tidy") }));
    run.broken("part/a");
    expect(run.attemptAt("part!finally/tidy").input).toMatchObject({ ok: false, error: { node: "part/a" } });
    run.done("part!finally/tidy", null);
    expect(run.finish).toMatchObject({ state: "failed", failure: { node: "part/a" } });
  });

  test("that fails after a body that has succeeded fails the scope", () => {
    const run = world(scope({ finally: steps("tidy") }));
    run.done("part/a", 1);
    run.done("part/b", 2);
    run.broken("part!finally/tidy");
    expect(run.finish).toMatchObject({ state: "failed", failure: { node: "part!finally/tidy" } });
  });

  test("runs once for a scope that is cut off, before the run ends", () => {
    const run = new RunWorld(graphWith([scope({ finally: steps("tidy") }), step("x"), step("z", ["part", "x"])]), 1);
    run.broken("x");
    expect(run.finish).toBeUndefined();
    expect(run.attemptAt("part!finally/tidy").input).toMatchObject({ ok: false, error: { code: "NODE_CANCELLED" } });
    run.done("part!finally/tidy", null);
    expect(run.finish).toMatchObject({ state: "failed", failure: { node: "x" } });
    expect(paths(run).filter((path) => path.includes("finally"))).toHaveLength(1);
  });

  test("that is under way when the scope is cut off goes on, and the run ends after it", () => {
    const run = new RunWorld(graphWith([scope({ finally: steps("tidy") }), step("x"), step("z", ["part", "x"])]), 1);
    run.done("part/a", 1);
    run.done("part/b", 2);
    run.broken("x");
    expect(run.finish).toBeUndefined();
    run.done("part!finally/tidy", null);
    expect(run.finish).toMatchObject({ state: "failed", failure: { node: "x" } });
  });

  test("that ends in the very event that cuts its scope off has run, and is not waited for", () => {
    const tidied = (id: string, body: ScopeNode["body"]): ScopeNode =>
      scope({ id, body, finally: levelOf([{ kind: "map", id: "m", needs: [], over: { const: [] }, body: steps() }]) });
    const nodes = [tidied("x", steps("a")), tidied("y", steps("b")), step("z", ["x", "y"])];
    const run = new RunWorld(graphWith(nodes), 1);
    run.fold({ type: "run.pause.requested", run: "r1", reason: "" });
    run.done("x/a", 1);
    run.broken("y/b");
    run.fold({ type: "run.resume.requested", run: "r1" });
    expect(run.finish).toMatchObject({ state: "failed", failure: { node: "y/b" } });
  });
});

describe("undo", () => {
  const bought = (id: string, needs: readonly string[] = []): ScopeNode =>
    scope({ id, needs, body: steps(`buy-${id}`), undo: steps(`return-${id}`) });
  const saga = () => new RunWorld(graphWith([bought("x"), bought("y", ["x"]), step("pay", ["y"])]), "in");
  const upTo = (run: RunWorld) => {
    run.done("x/buy-x", "x1");
    run.done("y/buy-y", "y1");
  };

  test("runs for what has succeeded, one after another, the last first; then the run fails with the first failure", () => {
    const run = saga();
    upTo(run);
    run.broken("pay");
    expect(run.attemptAt("y!undo/return-y").input).toMatchObject({ input: "in", output: "y1", error: { node: "pay" } });
    expect(paths(run)).not.toContain("x!undo/return-x");
    run.restart();
    run.broken("y!undo/return-y");
    expect(run.attemptAt("x!undo/return-x").input).toMatchObject({ output: "x1" });
    expect(run.finish).toBeUndefined();
    run.done("x!undo/return-x", null);
    expect(run.finish).toMatchObject({
      state: "failed",
      failure: { node: "pay", failures: [{ node: "pay" }, { node: "y!undo/return-y" }] },
    });
  });

  test("runs when the run is cancelled only if that is asked for", () => {
    const run = saga();
    upTo(run);
    run.cancel();
    expect(run.finish?.state).toBe("cancelled");
    expect(paths(run)).toEqual(["x/buy-x", "y/buy-y", "pay"]);

    const other = saga();
    upTo(other);
    other.cancel("no more", true);
    expect(other.finish).toBeUndefined();
    other.done("y!undo/return-y", null);
    other.done("x!undo/return-x", null);
    expect(other.finish).toMatchObject({ state: "cancelled", failure: { code: "RUN_CANCELLED", message: "no more" } });
  });

  test("can be cut short by a cancel that does not ask for it", () => {
    const run = saga();
    upTo(run);
    run.cancel("gently", true);
    run.cancel("at once");
    expect(run.finish).toMatchObject({ state: "cancelled", failure: { message: "at once" } });
  });

  test("runs when the run's time is up", () => {
    const run = new RunWorld(graphWith([bought("x"), step("pay", ["x"])]), "in", { timeoutMs: 100 });
    run.done("x/buy-x", "x1");
    run.fireTimer();
    expect(run.finish).toBeUndefined();
    run.done("x!undo/return-x", null);
    expect(run.finish).toMatchObject({ state: "failed", failure: { code: "RUN_TIMED_OUT" } });
  });

  test("runs before the handler of the part that failed, and what lies outside of the part stays", () => {
    const body = levelOf([bought("y"), step("pay", ["y"])]);
    const outer = scope({ id: "order", needs: ["x"], body, recover: steps("sorry") });
    const run = new RunWorld(graphWith([bought("x"), outer]), "in");
    run.done("x/buy-x", "x1");
    run.done("order/y/buy-y", "y1");
    run.broken("order/pay");
    expect(paths(run).at(-1)).toBe("order/y!undo/return-y");
    run.done("order/y!undo/return-y", null);
    run.done("order!recover/sorry", "sorry");
    expect(run.value).toBe("sorry");
    expect(paths(run)).not.toContain("x!undo/return-x");
  });

  test("goes on for what is around the part when that fails in the meantime", () => {
    const body = levelOf([bought("y"), step("pay", ["y"])]);
    const outer = scope({ id: "order", body, settle: true });
    const run = new RunWorld(graphWith([outer, bought("x"), step("z", ["order", "x"])]), "in");
    run.done("order/y/buy-y", "y1");
    run.broken("order/pay");
    run.broken("x/buy-x");
    expect(run.finish).toBeUndefined();
    run.done("order/y!undo/return-y", null);
    expect(run.finish).toMatchObject({ state: "failed", failure: { node: "x/buy-x" } });
    expect(paths(run).filter((path) => path.includes("!undo"))).toHaveLength(1);
  });

  test("that has not begun when what is around the part fails is not left out", () => {
    const body = levelOf([bought("y"), bought("w", ["y"]), step("pay", ["w"])]);
    const outer = scope({ id: "order", body, settle: true });
    const run = new RunWorld(graphWith([outer, bought("x"), step("z", ["order", "x"])]), "in");
    run.done("order/y/buy-y", "y1");
    run.done("order/w/buy-w", "w1");
    run.broken("order/pay");
    run.broken("x/buy-x");
    run.done("order/w!undo/return-w", null);
    expect(run.finish).toBeUndefined();
    run.done("order/y!undo/return-y", null);
    expect(run.finish).toMatchObject({ state: "failed", failure: { node: "x/buy-x" } });
  });

  test("of a wide map's items runs for all of them", () => {
    const node = { kind: "map", id: "map", needs: [], over: { ref: "$in" }, body: levelOf([bought("x")]) } as const;
    const run = new RunWorld(graphWith([node, step("pay", ["map"])]), [1, 2, 3]);
    for (const i of [0, 2, 1]) run.done(`map[${i}]/x/buy-x`, i);
    run.broken("pay");
    for (const i of [1, 2, 0]) run.done(`map[${i}]/x!undo/return-x`, null);
    expect(run.finish?.failure?.node).toBe("pay");
  });
});

test("what a failed run held is told with its failure", () => {
  const run = new RunWorld(graphWith([step("a"), step("b"), step("c", ["a", "b"])]), 1);
  run.done("a", { from: "a" });
  run.broken("b");
  const { partial } = run.finish?.failure ?? {};
  expect(partial && decodePayload(partial)).toEqual({ a: { from: "a" } });
  expect(stateOf(run.run, 2)).toBe("skipped");
});

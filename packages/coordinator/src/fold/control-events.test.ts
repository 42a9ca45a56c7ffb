import { decodePayload, encodePayload } from "@arpeggio/core";
import type { GraphNode, ScopeNode, SignalNode } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { REPLACE_DEPTH_MAX } from "./composites/replacement.ts";
import { EARLY_SIGNALS_MAX } from "./composites/signal.ts";
import { namedResultsOf } from "../run/named-results.ts";
import { countsOf, stateOf } from "../run/run-state.ts";
import { graphOfTask } from "../testing/random-graph.ts";
import { RunWorld } from "../testing/run-world.ts";
import { graphWith, levelOf, step, steps } from "../testing/small-graphs.ts";

const scope = (more: Partial<ScopeNode>): ScopeNode => ({
  kind: "scope",
  id: "part",
  needs: [],
  input: { ref: "$in" },
  body: steps("a", "b"),
  ...more,
});
const paths = (run: RunWorld) => run.dispatched.map(({ path }) => path);
const mapOver = (body = steps("a", "b"), settle?: true): GraphNode => {
  const base = { kind: "map", id: "map", needs: [], over: { ref: "$in" }, body } as const;
  return settle === undefined ? base : { ...base, settle };
};

describe("a signal", () => {
  const waiting: SignalNode = { kind: "signal", id: "ok", needs: [], signal: "approved" };

  test("completes the node that has waited longest, and a repeat of it changes nothing", () => {
    const run = new RunWorld(graphWith([mapOver(levelOf([waiting]))]), [1, 2]);
    run.signal("approved", "first", "s1");
    run.signal("approved", "first", "s1");
    run.signal("other", "nobody's");
    run.restart();
    expect(run.finish).toBeUndefined();
    run.signal("approved", "second", "s2");
    expect(run.value).toEqual(["first", "second"]);
  });

  test("that comes early is kept for the first who waits", () => {
    const run = new RunWorld(graphWith([step("a"), { ...waiting, needs: ["a"] }]), 1);
    run.signal("approved", "early");
    run.restart();
    run.done("a", 1);
    expect(run.value).toBe("early");
  });

  test("that nobody waits for is kept only up to a bound", () => {
    const run = new RunWorld(graphWith([step("a")]), 1);
    run.checks = false;
    for (let i = 0; i < EARLY_SIGNALS_MAX + 5; i++) run.signal("s", i);
    expect(run.run.extras?.early).toHaveLength(EARLY_SIGNALS_MAX);
  });

  test("has a time limit", () => {
    const run = new RunWorld(graphWith([{ ...waiting, timing: { withinMs: 50 } }]), 1);
    run.fireTimer();
    expect(run.finish).toMatchObject({ failure: { code: "NODE_TIMED_OUT", node: "ok" } });
  });
});

describe("a paused run", () => {
  const pause = (run: RunWorld) => run.fold({ type: "run.pause.requested", run: "r1", reason: "lunch" });
  const resume = (run: RunWorld) => run.fold({ type: "run.resume.requested", run: "r1" });

  test("begins nothing: what is under way ends, and what follows waits until it is resumed", () => {
    const run = new RunWorld(graphWith([step("a"), step("b", ["a"])]), 1);
    pause(run);
    run.done("a", 2);
    run.restart();
    expect(paths(run)).toEqual(["a"]);
    expect(run.run.extras?.paused).toBe("lunch");
    resume(run);
    expect(paths(run)).toEqual(["a", "b"]);
    run.done("b", 3);
    expect(run.value).toBe(3);
  });

  test("holds back retries, delays and rounds that come due", () => {
    const retry = { attempts: 2, backoff: "fixed", delayMs: 10 } as const;
    const run = new RunWorld(
      graphWith([step("a", [], { options: { retry } }), step("b", [], { timing: { delayMs: 5 } })]),
      1,
    );
    run.fail(0);
    pause(run);
    run.fireTimer();
    run.fireTimer();
    run.restart();
    expect(run.dispatched).toHaveLength(1);
    resume(run);
    expect(run.dispatched.slice(1)).toMatchObject([
      { path: "b", attempt: 1 },
      { path: "a", attempt: 2 },
    ]);
  });

  test("begins no further items of its maps", () => {
    const run = new RunWorld(graphWith([mapOver(steps("a"))]), [1, 2, 3], {}, { inFlightMax: 1, packedFrom: 99 });
    pause(run);
    run.done("map[0]/a", 1);
    expect(run.dispatched).toHaveLength(1);
    resume(run);
    expect(paths(run)).toEqual(["map[0]/a", "map[1]/a"]);
  });

  test("can be cancelled", () => {
    const run = new RunWorld(graphWith([step("a"), step("b", ["a"])]), 1);
    pause(run);
    run.done("a", 2);
    run.cancel();
    expect(run.finish?.state).toBe("cancelled");
  });
});

describe("a cancelled node", () => {
  test("fails what it belongs to with NODE_CANCELLED, which a settling map takes as an outcome", () => {
    const run = new RunWorld(graphWith([mapOver(steps("a"), true)]), [1, 2]);
    run.cancelNodes("map[1]/a");
    run.done("map[0]/a", "ok");
    expect(run.value).toMatchObject([
      { ok: true, value: "ok" },
      { ok: false, error: { code: "NODE_CANCELLED", node: "map[1]/a" } },
    ]);
  });

  test("with nothing around it cancels the run", () => {
    const run = new RunWorld(graphWith([scope({}), step("z", ["part"])]), 1);
    run.cancelNodes("part");
    expect(run.finish).toMatchObject({ state: "cancelled", failure: { code: "NODE_CANCELLED", node: "part" } });
    expect(countsOf(run.run)).toEqual({ cancelled: 2, skipped: 2 });
  });

  test("can be recovered from", () => {
    const run = new RunWorld(graphWith([scope({ recover: steps("mend") })]), 1);
    run.cancelNodes("part/a");
    run.done("part!recover/mend", "mended");
    expect(run.value).toBe("mended");
  });

  test("can be named by a label", () => {
    const options = { labels: { tenant: "42" } };
    const run = new RunWorld(graphWith([mapOver(levelOf([step("a", [], { options })]), true), step("b")]), [1, 2]);
    const label = ["tenant", "42"] as const;
    run.fold({ type: "nodes.cancel.requested", run: "r1", nodes: [], label, reason: "gone" });
    expect(countsOf(run.run)).toEqual({ succeeded: 1, queued: 1, cancelled: 2 });
    expect(run.run.failures).toMatchObject([{ message: "gone" }, { message: "gone" }]);
  });

  test("that has ended, or is not there, changes nothing", () => {
    const run = new RunWorld(graphWith([step("a"), step("b", ["a"])]), 1);
    run.done("a", 1);
    expect(run.cancelNodes("a", "no/such")).toEqual([]);
    expect(stateOf(run.run, 1)).toBe("queued");
  });

  test("of very many paths in a run of very many nodes are found without comparing each with each", () => {
    const items = Array.from({ length: 30_000 }, (_, i) => i);
    const run = new RunWorld(graphWith([mapOver()]), items);
    run.checks = false;
    const event = { type: "nodes.cancel.requested", run: "r1", reason: "" } as const;
    expect(run.fold({ ...event, nodes: items.map((i) => `map[${i}]/none`) })).toEqual([]);
    run.fold({ ...event, nodes: [...items.map((i) => `map[${i}]/none`), "map"] });
    expect(run.finish).toBeDefined();
  });
});

describe("a handler", () => {
  const ends = (run: RunWorld, path: string, value: unknown, what: "scope" | "run") => {
    const { node, attempt } = run.attemptAt(path);
    const about = { run: "r1", node, attempt, result: encodePayload(value) };
    return run.fold({ type: "attempt.succeeded", ...about, ends: what });
  };

  test("that ends its scope ends the item that it lies in with its value, and cuts off the rest of it", () => {
    const body = levelOf([step("a"), step("b"), step("c", ["a", "b"])]);
    const run = new RunWorld(graphWith([mapOver(body)]), [1, 2]);
    ends(run, "map[0]/a", "short", "scope");
    for (const task of ["a", "b", "c"]) run.done(`map[1]/${task}`, task);
    expect(run.value).toEqual(["short", "c"]);
    expect(countsOf(run.run)).toMatchObject({ skipped: 1, cancelled: 1 });
  });

  test("that ends the run ends it well, with its value", () => {
    const run = new RunWorld(graphWith([mapOver(), step("z", ["map"])]), [1, 2]);
    ends(run, "map[1]/a", "enough", "run");
    expect(run.value).toBe("enough");
    expect(run.finish?.state).toBe("succeeded");
    expect(run.commands.at(-1)?.map(({ type }) => type)).toEqual(["abort", "finish"]);
  });

  test("that gives a graph in its place has that graph's result, failures and paths", () => {
    const run = new RunWorld(graphWith([step("a"), step("z", ["a"])]), 1);
    run.know("h2", graphWith(steps("x", "y").nodes));
    run.replace(0, "h2", "given");
    run.replace(0, "h2", "again");
    run.restart();
    expect(run.attemptAt("a!replaced/x").input).toBe("given");
    run.done("a!replaced/x", 1);
    run.done("a!replaced/y", 2);
    expect(run.attemptAt("z").input).toBe(2);
  });

  test("whose graph fails fails its node", () => {
    const run = new RunWorld(graphWith([step("a")]), 1);
    run.know("h2", graphOfTask("x"));
    run.replace(0, "h2", "given");
    run.broken("a!replaced/again");
    expect(run.finish).toMatchObject({ failure: { node: "a!replaced/again" } });
    expect(stateOf(run.run, 0)).toBe("failed");
  });

  test("whose graph is not known fails", () => {
    const run = new RunWorld(graphWith([step("a")]), 1);
    run.replace(0, "h9", "given");
    expect(run.finish).toMatchObject({ failure: { code: "GRAPH_NOT_FOUND", node: "a" } });
  });

  test("may not put graphs in its place for ever", () => {
    const run = new RunWorld(graphWith([step("a")]), 1);
    run.know("h2", graphOfTask("a"));
    for (let i = 0; i <= REPLACE_DEPTH_MAX; i++) run.replace(run.dispatched.at(-1)?.node ?? -1, "h2", i);
    expect(run.finish).toMatchObject({ failure: { code: "REPLACE_TOO_DEEP" } });
  });
});

describe("a run that goes on with another", () => {
  const nodes = [step("a"), mapOverAfter("a"), step("z", ["map"])];
  function mapOverAfter(before: string): GraphNode {
    return { kind: "map", id: "map", needs: [before], over: { ref: before }, body: steps("b", "c") };
  }
  const first = () => {
    const run = new RunWorld(graphWith(nodes), "in");
    run.done("a", ["x", "y", "w"]);
    run.done("map[0]/b", "x1");
    run.done("map[0]/c", "x2");
    run.done("map[1]/b", "y1");
    run.broken("map[1]/c");
    return run;
  };

  test("finds in its remains what had succeeded, items included, and what had failed", () => {
    const { remains } = first().finish ?? {};
    const seen = remains?.succeeded.map(({ node, value }) => [node, value && decodePayload(value)]);
    expect(seen).toEqual([
      ["map[1]/b", "y1"],
      ["a", ["x", "y", "w"]],
      ["map[0]", "x2"],
    ]);
    expect(remains).toMatchObject({ run: "r1", graph: "hash", failed: ["map[1]/c", "map"], isComplete: true });
    expect(remains && decodePayload(remains.input)).toBe("in");
  });

  test("does not run again what it keeps", () => {
    const kept = first().finish?.remains?.succeeded ?? [];
    const run = new RunWorld(graphWith(nodes), "in", { kept });
    expect(run.dispatched).toMatchObject([
      { path: "map[2]/b", input: "w" },
      { path: "map[1]/c", input: "y1" },
    ]);
    run.restart();
    run.done("map[1]/c", "y2");
    run.done("map[2]/b", "w1");
    run.done("map[2]/c", "w2");
    expect(run.attemptAt("z").input).toEqual(["x2", "y2", "w2"]);
  });

  test("leaves out what was undone", () => {
    const bought = scope({ id: "bought", body: steps("buy"), undo: steps("return") });
    const run = new RunWorld(graphWith([bought, step("pay", ["bought"])]), 1);
    run.done("bought/buy", 1);
    run.broken("pay");
    run.done("bought!undo/return", null);
    expect(run.finish?.remains).toMatchObject({ succeeded: [], isComplete: false });
  });
});

test("results of named steps are kept to the end, wherever they stand", () => {
  const body = levelOf([step("a", [], { keep: true }), step("b", ["a"])]);
  const run = new RunWorld(graphWith([scope({ body }), step("c", ["part"], { keep: true }), step("z", ["c"])]), 1);
  run.done("part/a", "of a");
  run.done("part/b", "of b");
  run.done("c", "of c");
  run.restart();
  run.broken("z");
  const named = Object.entries(namedResultsOf(run.run) ?? {}).map(([path, value]) => [path, decodePayload(value)]);
  expect(Object.fromEntries(named)).toEqual({ "part/a": "of a", c: "of c" });
});

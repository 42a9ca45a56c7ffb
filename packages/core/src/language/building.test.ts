import { describe, expect, test } from "vitest";
import {
  chain,
  chord,
  compile,
  contract,
  group,
  implement,
  isCanvas,
  jsonSchema,
  loop,
  map,
  race,
  settled,
  signal,
  t,
  task,
  workflow,
} from "../index.ts";
import { add, area, inc, sum } from "../testing/arithmetic-tasks.ts";
import { caught, wrong } from "../testing/wrong-building.ts";
import { formOf } from "./canvas-value.ts";

describe("canvases are immutable values", () => {
  test("every method gives a new one and leaves the old as it was", () => {
    const before = formOf(inc);
    const made = [
      inc.with({ queue: "x", delay: 1 }),
      inc.named("y"),
      inc.ignoreInput(1),
      inc.pipe(inc),
      inc.select((n) => [n]),
      inc.sleep(1),
      inc.choose((n) => n, {}, inc),
      inc.onError(task("h", () => 1)),
      race([inc]),
      settled(group([inc])),
      settled(inc),
      loop(inc, { until: (n) => wrong(n), max: 1 }),
      signal("go"),
    ];
    expect(new Set([inc, ...made]).size).toBe(made.length + 1);
    expect(formOf(inc)).toBe(before);
    expect(made.filter((one) => !Object.isFrozen(formOf(one)))).toEqual([]);
  });

  test("what is bound is a copy", () => {
    const fields = { width: 3 };
    const bound = area.s(fields);
    fields.width = 4;
    expect(formOf(bound)).toMatchObject({ fields: { const: { width: 3 } } });
  });

  test("the members of a header are a group", () => {
    expect(compile(chord([inc, inc], sum)).graph).toEqual(compile(chord(group([inc, inc]), sum)).graph);
    const named = task("named", (both: { a: number; b: number }) => both.a);
    expect(compile(chord({ a: inc, b: inc }, named)).graph).toEqual(
      compile(chord(group({ a: inc, b: inc }), named)).graph,
    );
  });

  test("they are no promises", async () => {
    expect(await Promise.resolve(inc)).toBe(inc);
  });

  test("isCanvas tells them from everything else", () => {
    for (const one of [inc, add, chain(inc), group([]), map(inc), workflow("w", inc)]) expect(isCanvas(one)).toBe(true);
    for (const one of [undefined, null, {}, [], () => 1, "math.inc"]) expect(isCanvas(one)).toBe(false);
  });

  test("a task stays one with options, a workflow, too", () => {
    expect(area.with({ queue: "x" }).with({ retry: 2 }).s({ width: 1 })).toBeDefined();
    expect(workflow("w", inc, { labels: { a: "1" } }).with({ labels: { b: "2" } })).toMatchObject({
      workflowName: "w",
      labels: { a: "1", b: "2" },
    });
  });

  test("a workflow stays one with handlers, around its time, and with another name", () => {
    const schema = t.int();
    const settings = { labels: { a: "1" }, queue: "q", input: schema };
    const tell = task("tell", (failure: { input: number }) => failure.input);
    const handled = workflow("w", inc, settings).onError(tell).recover(tell).compensate(tell).finally(tell);
    expect(handled).toMatchObject({ workflowName: "w", inputSchema: schema, labels: { a: "1" } });
    const inside = inc.onError(tell).recover(tell).compensate(tell).finally(tell);
    expect(compile(handled).graph).toEqual(compile(workflow("w", inside, settings)).graph);

    const [timed] = compile(handled.with({ within: "1h" }).recover(tell)).graph.nodes;
    expect(timed).toMatchObject({ recover: {}, body: { nodes: [{ timing: { withinMs: 3_600_000 } }] } });
    expect(timed).not.toHaveProperty("timing");

    const renamed = handled.named("v");
    expect(renamed).toMatchObject({ workflowName: "v", inputSchema: schema, labels: { a: "1" } });
    expect(compile(renamed).graph.nodes).toMatchObject([{ id: "v", kind: "scope" }]);
  });
});

describe("task definitions", () => {
  test("hold the name, the options and the code", async () => {
    const resize = task("image.resize", { queue: "cpu", timeout: "30s" }, (input: { width: number }) => input.width);
    expect(resize.taskName).toBe("image.resize");
    expect(resize.definition).toMatchObject({ name: "image.resize", options: { queue: "cpu", timeoutMs: 30_000 } });
    expect(resize.definition.handler({ width: 3 }, wrong({}))).toBe(3);
  });

  test("a contract has no code until it is implemented, and is not changed by that", () => {
    const schema = jsonSchema<{ n: number }>({ type: "object" });
    const twice = contract("math.twice", { input: schema, output: schema, queue: "math" });
    const local = implement(twice, ({ n }) => ({ n: n * 2 }));
    expect(twice.definition.handler).toBeUndefined();
    expect(local.definition).toEqual({ ...twice.definition, handler: local.definition.handler });
    expect(local.definition.handler({ n: 2 }, wrong({}))).toEqual({ n: 4 });
  });

  test("a func is called with the list of its arguments, and refuses another number of them", () => {
    expect(add.definition.handler([1, 2], wrong({}))).toBe(3);
    for (const args of [3, [1], [1, 2, 3], null]) {
      expect(caught(() => add.definition.handler(args, wrong({})))).toMatchObject({ code: "TASK_FAILED_PERMANENTLY" });
    }
  });
});

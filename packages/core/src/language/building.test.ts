import { describe, expect, test } from "vitest";
import {
  chain,
  chord,
  contract,
  func,
  group,
  implement,
  isCanvas,
  jsonSchema,
  map,
  mapSettled,
  task,
} from "../index.ts";
import { workflow } from "../index.ts";
import { formOf } from "./canvas-value.ts";

const inc = task("math.inc", (n: number) => n + 1);
const area = task("math.area", (r: { width: number; height: number }) => r.width * r.height);
const add = func("math.add", (a: number, b: number) => a + b);

/** What a JavaScript caller may pass where the compiler would refuse it. */
const wrong = (value: unknown): never => value as never;

describe("building errors name the place", () => {
  test.each([
    ["CHAIN_EMPTY", () => chain(...([] as unknown as [typeof inc])), "chain() has no steps"],
    ["CANVAS_EXPECTED", () => chain(inc, wrong(undefined)), "step 2 of chain() is undefined"],
    ["CANVAS_EXPECTED", () => inc.pipe(wrong({ a: 1 })), "what follows 'math.inc' is {\"a\":1}"],
    ["CANVAS_EXPECTED", () => group([inc, wrong(3)]), "member 1 of group() is 3"],
    ["CANVAS_EXPECTED", () => group({ a: inc, b: wrong(null) }), "member 'b' of group() is null"],
    ["CANVAS_EXPECTED", () => group(wrong("x")), "what group() is given"],
    ["GROUP_KEY_INVALID", () => group({ ["__proto__"]: inc }), "group() has a member '__proto__'"],
    ["CANVAS_EXPECTED", () => map(wrong(() => 1)), "the body of map() is a function"],
    ["CANVAS_EXPECTED", () => mapSettled(wrong(1n)), "the body of mapSettled() is 1n"],
    ["CHORD_BODY_MISSING", () => chord(group([inc]), wrong(undefined)), "chord(group, …) has no body"],
    ["CANVAS_EXPECTED", () => chord(wrong(null), inc), "the header of chord()"],
    ["CANVAS_EXPECTED", () => workflow("w", wrong(undefined)), "the canvas of workflow 'w'"],
    ["TASK_NAME_INVALID", () => task("", () => 1), '"" is not a name for a task'],
    ["TASK_NAME_INVALID", () => task("a..b", () => 1), '"a..b"'],
    ["TASK_NAME_INVALID", () => task("a/b", () => 1), '"a/b"'],
    ["TASK_NAME_INVALID", () => task("1st", () => 1), '"1st"'],
    ["TASK_NAME_INVALID", () => task("a".repeat(201), () => 1), "is not a name for a task"],
    ["TASK_NAME_INVALID", () => workflow("my flow", inc), '"my flow" is not a name for a workflow'],
    ["TASK_NAME_INVALID", () => inc.named("inc~2"), '"inc~2" is not a name for a step'],
    ["BINDING_INVALID", () => area.s(wrong(3)), "math.area.s(3): expected one object of fields"],
    ["BINDING_INVALID", () => area.s(wrong([1])), "math.area.s([1])"],
    ["BINDING_INVALID", () => add.s(...(wrong([1, 2, 3]) as [number])), "given 3 arguments, but the function has 2"],
    ["BINDING_INVALID", () => task("a", wrong("code")), "the code of task 'a' is \"code\", not a function"],
    ["CONSTANT_INVALID", () => area.s({ width: Number.NaN }), "math.area.s(…): the value.width is NaN"],
    [
      "CONSTANT_INVALID",
      () => area.s(wrong({ width: Object.assign([], { length: 4_000_000_000 }) })),
      "the value.width is a list of 4000000000 places with more than 10000 gaps",
    ],
    [
      "CONSTANT_INVALID",
      () => area.s(wrong({ ["__proto__"]: 1 })),
      "math.area.s(…): the value.__proto__ is a field of",
    ],
    ["OPTION_INVALID", () => task("a", wrong({ que: "x" }), () => 1), "option 'que'"],
    ["SCHEMA_INVALID", () => task("a", wrong({ input: { type: "object" } }), () => 1), "the input of task 'a' is"],
    ["SCHEMA_INVALID", () => contract("a", wrong({ input: jsonSchema({}), output: 3 })), "the output of task 'a' is 3"],
  ])("%s %#", (code, build, message) => {
    const thrown = caught(build);
    expect(thrown).toMatchObject({ code });
    expect(thrown.message).toContain(message);
    expect(thrown.hint).toMatch(/\w+ .*\.$/);
  });
});

describe("canvases are immutable values", () => {
  test("every method gives a new one and leaves the old as it was", () => {
    const before = formOf(inc);
    const made = [inc.with({ queue: "x" }), inc.named("y"), inc.ignoreInput(1), inc.pipe(inc), inc.select((n) => [n])];
    expect(new Set([inc, ...made]).size).toBe(6);
    expect(formOf(inc)).toBe(before);
    expect(made.map((one) => Object.isFrozen(formOf(one)))).toEqual([true, true, true, true, true]);
  });

  test("what is bound is a copy", () => {
    const fields = { width: 3 };
    const bound = area.s(fields);
    fields.width = 4;
    expect(formOf(bound)).toMatchObject({ fields: { const: { width: 3 } } });
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

function caught(run: () => unknown): Error & { code: string; hint: string } {
  try {
    run();
  } catch (error) {
    return error as Error & { code: string; hint: string };
  }
  throw new Error("nothing was thrown");
}

import { describe, expect, test } from "vitest";
import {
  any,
  batch,
  chain,
  choose,
  chord,
  chunks,
  contract,
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
  t,
  task,
  workflow,
} from "../index.ts";
import type { AnySchema } from "../index.ts";
import { add, area, inc, sum } from "../testing/arithmetic-tasks.ts";
import { caught, wrong } from "../testing/wrong-building.ts";

const schemaOfInt = t.int();
/** Of a make that cannot say itself as JSON Schema. */
const wrongSchema: AnySchema = { "~standard": { version: 1, vendor: "x", validate: (value) => ({ value }) } };

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
    ["TASK_NAME_INVALID", () => task("__proto__", () => 1), '"__proto__" is not a name for a task'],
    ["TASK_NAME_INVALID", () => inc.named("__proto__"), '"__proto__" is not a name for a step'],
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
    ["BRANCHES_EMPTY", () => race(wrong([])), "race() has no members"],
    ["BRANCHES_EMPTY", () => any(wrong({})), "any() has no members"],
    ["BRANCHES_EMPTY", () => quorum(1, wrong([])), "quorum() has no members"],
    ["CANVAS_EXPECTED", () => race([inc, wrong(3)]), "member 1 of race() is 3"],
    ["CANVAS_EXPECTED", () => any({ a: inc, b: wrong(null) }), "member 'b' of any() is null"],
    ["CANVAS_EXPECTED", () => quorum(1, wrong(undefined)), "what quorum() is given is undefined"],
    ["GROUP_KEY_INVALID", () => race({ ["__proto__"]: inc }), "race() has a member '__proto__'"],
    ["OPTION_INVALID", () => quorum(3, [inc, inc]), "the count of quorum(): expected an integer from 1 to 2, got 3"],
    ["OPTION_INVALID", () => quorum(0, [inc, inc]), "an integer from 1 to 2"],
    ["OPTION_INVALID", () => quorum(1.5, [inc, inc]), "an integer from 1 to 2"],
    ["CANVAS_EXPECTED", () => settled(wrong(3)), "what settled() is given is 3"],
    [
      "OPTION_INVALID",
      () => settled(group([inc]), { maxFailures: 2 }),
      "'maxFailures' is 2; expected an integer from 0 to 1",
    ],
    ["OPTION_INVALID", () => settled(group([inc]), { maxFailures: -1 }), "'maxFailures' is -1"],
    ["OPTION_INVALID", () => settled(inc, wrong({ maxFailures: 1 })), "'math.inc' is one canvas, and no group"],
    ["OPTION_INVALID", () => settled(group([inc]), wrong({ max: 1 })), "option 'max'"],
    ["OPTION_INVALID", () => mapSettled(inc, { maxFailures: "101%" }), 'or a share such as "10%"'],
    ["OPTION_INVALID", () => mapSettled(inc, { maxFailures: wrong("ten") }), "'maxFailures' is \"ten\""],
    ["OPTION_INVALID", () => map(inc, { concurrency: 0 }), "'concurrency' is 0; expected an integer from 1 to"],
    ["OPTION_INVALID", () => map(inc, { chunk: 2.5 }), "'chunk' is 2.5; expected an integer from 1 to"],
    ["OPTION_INVALID", () => map(inc, wrong({ chunks: 2 })), "option 'chunks'"],
    ["OPTION_INVALID", () => chunks(inc, 0), "'chunk' is 0"],
    ["OPTION_INVALID", () => batch(sum, wrong("3")), "'chunk' is \"3\""],
    ["BINDING_INVALID", () => chunks(wrong(chain(inc, inc)), 2), "'… → math.inc' is more than that"],
    ["BINDING_INVALID", () => map(area.s({ width: 1 }), { chunk: wrong(2) }), "'math.area' is more than that"],
    ["BINDING_INVALID", () => starmap(wrong(inc)), "starmap() calls a func, but 'math.inc' is none"],
    ["BINDING_INVALID", () => starmap(wrong(add.s(1))), "or has arguments given"],
    ["CANVAS_EXPECTED", () => batch(wrong({}), 2), "the body of batch() is {}"],
    ["OPTION_INVALID", () => choose(inc, wrong(undefined)), "'cases' is undefined; expected an object"],
    ["OPTION_INVALID", () => choose(inc, wrong([inc])), "option 'cases' is"],
    ["OPTION_INVALID", () => choose(inc, wrong({})), "expected at least one case"],
    ["GROUP_KEY_INVALID", () => choose(inc, wrong({ ["__proto__"]: inc }), inc), "choose() has a case '__proto__'"],
    ["CANVAS_EXPECTED", () => choose(inc, wrong({ a: 1 }), inc), "case 'a' of choose() is 1"],
    ["CANVAS_EXPECTED", () => choose(inc, {}, wrong(null)), "the otherwise of choose() is null"],
    [
      "MAPPING_INVALID",
      () => choose(wrong(undefined), {}, inc),
      "the mapping of the selector of choose() is not a function",
    ],
    [
      "MAPPING_INVALID",
      () =>
        inc.choose(
          wrong((n: unknown) => n === 1),
          {},
          inc,
        ),
      "choose() after 'math.inc' always gives false",
    ],
    [
      "MAPPING_INVALID",
      () =>
        inc.when(
          wrong((n: unknown) => n !== 1),
          inc,
        ),
      "the test of when() after 'math.inc' always gives true",
    ],
    ["CANVAS_EXPECTED", () => inc.when((n) => wrong(n), wrong(undefined)), "what when() does is undefined"],
    ["CANVAS_EXPECTED", () => inc.when((n) => wrong(n), inc, wrong(3)), "what when() does else is 3"],
    [
      "CANVAS_EXPECTED",
      () => loop(wrong(undefined), { until: wrong(() => 1), max: 1 }),
      "the body of loop() is undefined",
    ],
    [
      "MAPPING_INVALID",
      () => loop(inc, { until: wrong((n: unknown) => !n), max: 1 }),
      "the 'until' of loop(math.inc) always gives false",
    ],
    [
      "OPTION_INVALID",
      () => loop(inc, wrong({ until: (n: unknown) => n })),
      "'max' is undefined; expected an integer from 1 to",
    ],
    ["OPTION_INVALID", () => loop(inc, { until: (n) => wrong(n), max: 0 }), "'max' is 0"],
    [
      "OPTION_INVALID",
      () => loop(inc, { until: (n) => wrong(n), max: 1, every: wrong("5 min") }),
      "'every' is \"5 min\"",
    ],
    ["OPTION_INVALID", () => loop(inc, wrong(undefined)), "the options of loop(): expected an object, got undefined"],
    ["TASK_NAME_INVALID", () => signal("go now"), '"go now" is not a name for a signal'],
    ["TASK_NAME_INVALID", () => signal(wrong(undefined)), "undefined is not a name for a signal"],
    ["OPTION_INVALID", () => signal("go", undefined, { timeout: 0 }), "'timeout' is 0; expected at least 1 ms"],
    ["SCHEMA_INVALID", () => signal("go", wrong({ type: "object" })), "the schema of signal 'go' is"],
    ["SCHEMA_INVALID", () => signal("go", wrongSchema), "the schema of signal 'go' cannot be said as JSON Schema"],
    ["OPTION_INVALID", () => sleep(wrong("soon")), "'sleep' is \"soon\""],
    ["OPTION_INVALID", () => inc.sleep(-1), "'sleep' is -1"],
    ["CANVAS_EXPECTED", () => inc.recover(wrong(() => 1)), "the handler of recover() of 'math.inc' is a function"],
    ["CANVAS_EXPECTED", () => inc.onError(wrong(undefined)), "the handler of onError() of 'math.inc' is undefined"],
    ["CANVAS_EXPECTED", () => inc.compensate(wrong(1)), "the handler of compensate() of 'math.inc' is 1"],
    ["CANVAS_EXPECTED", () => inc.finally(wrong(1)), "the handler of finally() of 'math.inc' is 1"],
    ["OPTION_INVALID", () => task("a", wrong({ que: "x" }), () => 1), "option 'que'"],
    ["SCHEMA_INVALID", () => task("a", wrong({ input: { type: "object" } }), () => 1), "the input of task 'a' is"],
    ["SCHEMA_INVALID", () => contract("a", wrong({ input: jsonSchema({}), output: 3 })), "the output of task 'a' is 3"],
    ["CANVAS_EXPECTED", () => group(wrong(inc)), "is the canvas 'math.inc', not a list or an object of canvases"],
    ["CANVAS_EXPECTED", () => race(wrong(inc)), "what race() is given is the canvas 'math.inc', not a list"],
    ["CANVAS_EXPECTED", () => chain(wrong([inc, add])), `step 1 of chain() is ["the canvas 'math.inc'","the canvas`],
    ["CANVAS_EXPECTED", () => workflow(wrong("w"), wrong(schemaOfInt)), "the canvas of workflow 'w' is"],
    [
      "TASK_NAME_INVALID",
      () => workflow(wrong(inc), wrong(undefined)),
      "the canvas 'math.inc' is not a name for a workflow",
    ],
    [
      "TASK_NAME_INVALID",
      () =>
        task(
          wrong(() => 1),
          wrong(undefined),
        ),
      "a function is not a name for a task",
    ],
    ["BINDING_INVALID", () => task("a", wrong(undefined)), "the code of task 'a' is undefined, not a function"],
    [
      "OPTION_INVALID",
      () =>
        task(
          "a",
          wrong(() => 1),
          wrong({}),
        ),
      "the options of task 'a': expected an object, got a func",
    ],
    ["OPTION_INVALID", () => workflow("w", inc, wrong({ inputs: 1 })), "workflow 'w': there is no option 'inputs'"],
  ])("%s %#", (code, build, message) => {
    const thrown = caught(build);
    expect(thrown).toMatchObject({ code });
    expect(thrown.message).toContain(message);
    expect(thrown.hint).toMatch(/\w+ .*\.$/);
  });
});

test("hints name what was meant", () => {
  const hintOf = (build: () => unknown) => caught(build).hint;
  expect(hintOf(() => workflow("w", inc, wrong({ inputs: 1 })))).toContain(
    "Did you mean 'input'? It is one of input, queue",
  );
  expect(hintOf(() => task("a", wrong({ timout: 1 }), () => 1))).toContain("Did you mean 'timeout'?");
  expect(hintOf(() => map(inc, wrong({ width: 1 })))).toBe("It is one of concurrency, chunk.");
  expect(hintOf(() => group(wrong(inc)))).toContain("group([a, b]) or group({ x: a, y: b })");
  expect(hintOf(() => chain(wrong([inc, inc])))).toContain("chain(...steps)");
  expect(hintOf(() => chain(wrong((n: number) => n)))).toContain("task(name, function)");
  expect(hintOf(() => starmap(wrong(inc)))).toContain("what func() made");
  expect(hintOf(() => chunks(wrong(chain(inc, inc)), 2))).toContain("batch()");
  expect(hintOf(() => task("a", wrong({}), wrong({})))).toContain("task(name, options, function)");
});

import { describe, expect, test } from "vitest";
import { compile, eq, flow, task } from "../index.ts";
import type { FlowStep, Ref, Reference } from "../index.ts";
import { add, download, inc, tick } from "../testing/flow-tasks.ts";
import type { Url } from "../testing/flow-tasks.ts";

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

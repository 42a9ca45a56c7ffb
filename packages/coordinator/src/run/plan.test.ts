import {
  argumentPlace,
  compile,
  chain,
  decodePayload,
  encodePayload,
  GraphInvalidError,
  group,
  task,
} from "@arpeggio/core";
import type { AnyCanvas, Expr, GraphNode, WorkflowGraph } from "@arpeggio/core";
import { describe, expect, test } from "vitest";
import { PlanCache } from "./plan-cache.ts";
import { planGraph } from "./plan.ts";
import { payloadOf, splice } from "./value.ts";
import { planValue } from "./value-plan.ts";

const graphOf = (nodes: readonly GraphNode[]): WorkflowGraph => ({ canvas: 1, name: "w", nodes, output: { const: 1 } });
const node = (id: string, needs: readonly string[], input: Expr): GraphNode => ({
  id,
  kind: "task",
  task: id,
  needs,
  input,
});

describe("a plan", () => {
  test("has needs, successors and readers by number", () => {
    const work = (name: string) => task(name, (input: unknown): unknown => input);
    const plan = planGraph("h", compile(chain(work("a"), group([work("b"), work("c")]), work("d"))).graph);
    const [level] = plan.levels;
    expect(level?.nodes.map(({ needs, successors }) => [needs, successors])).toEqual([
      [[], [1, 2]],
      [[0], [3]],
      [[0], [3]],
      [[1, 2], []],
    ]);
    expect(level?.entry).toEqual([0]);
    expect([...(level?.userCounts ?? [])]).toEqual([2, 1, 1, 1]);
    expect([...(level?.needCounts ?? [])]).toEqual([0, 1, 1, 2]);
  });

  test.each([
    ["a node of an unknown kind", [{ ...node("a", [], { const: 1 }), kind: "dance" } as unknown as GraphNode]],
    ["a need that is not there", [node("a", ["z"], { const: 1 })]],
    ["a need that comes later", [node("a", ["b"], { const: 1 }), node("b", [], { const: 1 })]],
    ["a reading without a need", [node("a", [], { const: 1 }), node("b", [], { ref: "a" })]],
    ["a name twice", [node("a", [], { const: 1 }), node("a", [], { const: 1 })]],
  ])("is refused for %s", (_what, nodes) => {
    expect(() => planGraph("h", graphOf(nodes))).toThrow(GraphInvalidError);
  });
});

describe("an input", () => {
  const sources = ["a", "b"];
  const values = [encodePayload("value of a"), [encodePayload(1), [encodePayload("two")]]] as const;
  const plan = (expr: Expr) => planValue(expr, (ref) => sources.indexOf(ref));

  test("of constants, references, lists and objects is put together from bytes", () => {
    const made = plan({
      object: { x: { array: [{ ref: "a" }, { const: { k: 1 } }] }, y: { ref: "b" }, z: { const: null } },
    });
    if (made.kind !== "splice") throw new Error(made.kind);
    const value = splice(made, (source) => values[source] ?? values[0]);
    expect(decodePayload(payloadOf(value))).toEqual({ x: ["value of a", { k: 1 }], y: [1, ["two"]], z: null });
    expect(made.sources).toEqual([0, 1]);
  });

  test("that is one whole value is that value, not a copy", () => {
    const made = plan({ ref: "a" });
    expect(made.kind === "splice" && splice(made, (source) => values[source] ?? values[0])).toBe(values[0]);
  });

  test.each([0, 1, 15, 16, 255, 256, 65_535, 65_536])(
    "of %i members has the same bytes as when encoded whole",
    (count) => {
      const made = plan({ array: Array.from({ length: count }, () => ({ ref: "a" })) });
      if (made.kind !== "splice") throw new Error(made.kind);
      const whole = encodePayload(new Array(count).fill("value of a"));
      expect(Buffer.compare(payloadOf(splice(made, () => values[0])), whole)).toBe(0);
    },
  );

  test("that reads into many values names only the first of them", () => {
    const expr = { array: Array.from({ length: 200 }, (_, i) => ({ ref: String(i), path: ["x"] })) };
    const made = planValue(expr, Number);
    expect(made).toMatchObject({ kind: "expression", sources: expr.array.map((_, i) => i) });
    const refs = made.kind === "expression" && "array" in made.expr ? made.expr.array : [];
    expect(refs.map((one) => "ref" in one && argumentPlace(one.ref))).toEqual(expr.array.map((_, i) => i));
    expect(refs.at(-1)).toMatchObject({ ref: "199" });
  });

  test("that reads into a value is an expression over numbered arguments", () => {
    const made = plan({ merge: [{ ref: "b", path: ["x"] }, { object: { y: { ref: "a" }, z: { ref: "b" } } }] });
    expect(made).toMatchObject({
      kind: "expression",
      sources: [1, 0],
      expr: { merge: [{ ref: "0:b", path: ["x"] }, { object: { y: { ref: "1:a" }, z: { ref: "0:b" } } }] },
    });
    expect(made.kind === "expression" && decodePayload(made.bytes)).toEqual(made.kind === "expression" && made.expr);
  });
});

test("five hundred groups in each other that read into a value have a plan", () => {
  let canvas: AnyCanvas = task("a", (input: unknown): { k: number } => ({ k: Number(input) })).select((out) => out.k);
  for (let i = 0; i < 500; i++) canvas = group([canvas]);
  const plan = planGraph("h", compile(canvas).graph);
  const output = plan.levels[0]?.output;
  expect(output?.kind === "expression" && decodePayload(output.bytes)).toEqual(
    output?.kind === "expression" && output.expr,
  );
});

test("the cache of plans forgets the oldest", () => {
  const cache = new PlanCache(2);
  for (const hash of ["one", "two", "three"]) cache.add(planGraph(hash, graphOf([])));
  expect([cache.get("one"), cache.get("two")?.hash, cache.get("three")?.hash]).toEqual([undefined, "two", "three"]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chain, compile, group, jsonSchema, map, mapSettled, task, workflow } from "../index.ts";
import type { Canvas } from "../index.ts";
import { canonicalText, graphHash } from "./graph-hash.ts";

const a = task("a", (x: unknown) => x);
const b = task("b", (x: unknown) => x);
const hash = (canvas: Canvas<never, unknown>): string => compile(canvas).hash;

test("is 32 hex digits, the same for the same canvas, and fixed for ever", () => {
  expect(hash(chain(a, b))).toBe(hash(a.pipe(b)));
  // A change of this value makes every stored version look new.
  expect(hash(chain(a, map(b.with({ queue: "q", retry: 2 })).ignoreInput([1, "x"])))).toBe(
    "30b38362845c57032a4d25c67fe5509e",
  );
});

test("names of workflows and ids of nodes do not count", () => {
  const twice = chain(a, b, a, b);
  const { graph } = compile(twice);
  const renamed = JSON.parse(JSON.stringify(graph).replaceAll("~2", "~7")) as typeof graph;
  expect(hash(workflow("one", twice))).toBe(hash(workflow("two", twice)));
  expect(graphHash(renamed)).toBe(graphHash(graph));
});

test("names of steps count: results are asked for by them", () => {
  const hashes = [a, a.named("x"), a.named("y"), chain(a, b).named("x"), chain(a, b)].map(hash);
  expect(new Set(hashes).size).toBe(5);
});

describe("everything else counts", () => {
  const base = group([a, b]);
  const schema = jsonSchema<unknown>({ type: "string" });
  test.each<[string, Canvas<never, unknown>]>([
    ["another task", group([a, a])],
    ["the order", group([b, a])],
    ["what needs what", chain(a, b)],
    ["the output", base.select((both) => both[0])],
    ["keys of the output", group({ x: a, y: b })],
    ["a constant", group([a, b.ignoreInput(1)])],
    ["another constant", group([a, b.ignoreInput("1")])],
    ["an option", base.with({ queue: "x" })],
    ["labels", base.with({ labels: { x: "1" } })],
    ["a map", map(a)],
    ["a settled map", mapSettled(a)],
    ["the input schema", workflow("w", base, { input: schema })],
  ])("%s", (_, other) => {
    expect(hash(other)).not.toBe(hash(base));
  });

  test("no two of them are alike", () => {
    const bytes = new Uint8Array([49]);
    const constants = [
      1,
      "1",
      1n,
      new Date(1),
      bytes,
      [1],
      { 0: 1 },
      null,
      true,
      "n1",
      "MQ==",
      [bytes],
      [[1], []],
      [[], [1]],
    ];
    const texts = constants.map((value) => canonicalText(compile(a.ignoreInput(value)).graph));
    expect(new Set(texts).size).toBe(constants.length);
  });
});

test("bigints are written in decimal digits, very large ones in such as take no longer than they are long", () => {
  const text = (value: bigint) => canonicalText(compile(a.ignoreInput(value)).graph);
  const bound = 2n ** 4_095n;
  expect(text(bound - 1n)).toContain(`n${bound - 1n}`);
  expect(text(-bound)).toContain(`n-${bound}`);
  expect(text(bound)).toContain(`x8${"0".repeat(1_023)}`);
  expect(text(-bound - 1n)).toContain(`x-8${"0".repeat(1_022)}1`);
  expect(text(2n ** 40_000_000n)).toContain("x1000");
});

test("needs are a set", () => {
  const { graph } = compile(chain(group([a, b]), a));
  const nodes = graph.nodes.map((node) => ({ ...node, needs: node.needs.toReversed() }));
  expect(graphHash({ ...graph, nodes })).toBe(graphHash(graph));
});

test("the order of keys does not count, in constants, options and documents", () => {
  expect(hash(a.ignoreInput({ x: 1, y: { p: 1, q: 2 } }))).toBe(hash(a.ignoreInput({ y: { q: 2, p: 1 }, x: 1 })));
  expect(hash(a.with({ queue: "x", priority: 1 }))).toBe(hash(a.with({ priority: 1, queue: "x" })));
  const { graph } = compile(chain(a, b));
  const { nodes, name, canvas, output } = graph;
  expect(graphHash({ output, canvas, name, nodes })).toBe(graphHash(graph));
});

test("different JSON constants have different texts, equal ones the same", () => {
  const text = (value: unknown) => canonicalText(compile(a.ignoreInput(value)).graph);
  const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes("__proto__"));
  fc.assert(
    fc.property(json, json, (x, y) => {
      // -0 is 0 in JSON, and in the text.
      const same = JSON.stringify(sorted(x)) === JSON.stringify(sorted(y));
      expect(text(x) === text(y)).toBe(same);
      expect(text(x)).toBe(text(JSON.parse(JSON.stringify(x))));
    }),
  );
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([p], [q]) => (p < q ? -1 : 1));
  return { object: entries.map(([key, item]) => [key, sorted(item)]) };
}

import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chain, compile, group, map, task, workflow } from "../index.ts";
import type { WorkflowGraph } from "../index.ts";
import { assertGraph, graphProblems } from "./graph-problems.ts";
import { graphSchema } from "./graph-schema.ts";
import { shapeProblems } from "./shape-problems.ts";

const a = task("a", (n: number) => n);
const list = task("list", (n: number) => [n]);
const document = (): WorkflowGraph =>
  structuredClone(compile(workflow("w", chain(group([a, a]), list.ignoreInput(1), map(chain(a, a))))).graph);
type Loose = Record<string, never>;
/** The document with one change. */
const changed = (change: (graph: { nodes: Loose[]; output: unknown } & Loose) => void): unknown => {
  const copy = document();
  change(copy as never);
  return copy;
};

const node = (graph: { nodes: Loose[] }, i: number): Loose => graph.nodes[i] as Loose;

test("what compile makes is valid, also with constants of other kinds", () => {
  expect(graphProblems(document())).toEqual([]);
  const constants = a.ignoreInput([new Date(), new Uint8Array([1]), 5n] as never);
  expect(graphProblems(compile(constants).graph)).toEqual([]);
  expect(() => assertGraph(document())).not.toThrow();
});

describe("shape", () => {
  test.each<[string, unknown, string]>([
    ["nothing", undefined, ""],
    ["text", "graph", ""],
    ["another version", changed((g) => (g["canvas"] = 2 as never)), "/canvas"],
    ["no name", changed((g) => (g["name"] = "" as never)), "/name"],
    ["an unknown field", changed((g) => (g["more"] = 1 as never)), ""],
    ["a node without a kind", changed((g) => delete node(g, 0)["kind"]), "/nodes/0/kind"],
    ["a kind of the future", changed((g) => (node(g, 0)["kind"] = "oracle" as never)), "/nodes/0/kind"],
    ["an id that no field may have", changed((g) => (node(g, 0)["id"] = "__proto__" as never)), "/nodes/0/id"],
    ["a bad id", changed((g) => (node(g, 0)["id"] = "a/b" as never)), "/nodes/0/id"],
    ["a bad option", changed((g) => (node(g, 0)["options"] = { priority: 12 } as never)), "/nodes/0/options/priority"],
    ["an unknown expression", changed((g) => (g.output = { op: "guess", args: [] })), "/output/op"],
    ["an expression of two kinds", changed((g) => (g.output = { const: 1, ref: "a" })), "/output"],
    ["an empty path", changed((g) => (g.output = { ref: "map", path: [] })), "/output/path"],
  ])("%s", (_, graph, path) => {
    expect(graphProblems(graph)).toContainEqual(expect.objectContaining({ path }));
  });

  test("a document that is too deep for the check, or contains itself, is refused by a check that does not recurse", () => {
    let output: unknown = { const: 1 };
    for (let i = 0; i < 100_000; i++) output = { array: [output] };
    expect(graphProblems({ ...document(), output })).toEqual([
      { path: "", message: expect.stringContaining("nests deeper than") },
    ]);
    const circle: { more?: unknown; again?: unknown } = {};
    circle.more = circle.again = circle;
    expect(graphProblems(circle)).toHaveLength(1);
  });
});

test("a kind that contains itself is told, not stumbled over", () => {
  const kind: Record<string, unknown> = {};
  kind["kind"] = kind;
  const graph = changed((g) => (node(g, 0)["kind"] = kind as never));
  expect(graphProblems(graph)).not.toEqual([]);
  expect(shapeProblems(graph)).toContainEqual(expect.objectContaining({ path: "/nodes/0/kind" }));
});

test("the published schema and the check say the same of every document", () => {
  const published = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(graphSchema);
  const pieces = fc.constantFrom<unknown>(
    undefined,
    null,
    1,
    "a",
    "task",
    "map",
    true,
    [],
    {},
    ["x"],
    { const: 1 },
    { ref: "$in" },
    { ref: "a" },
    { array: [{ const: 1 }] },
    { array: [3] },
    { get: { ref: "a" }, path: ["x"] },
    { nodes: [], output: { const: 1 } },
  );
  const places = fc.constantFrom(
    "canvas",
    "name",
    "input",
    "nodes",
    "output",
    "nodes.0",
    "nodes.0.id",
    "nodes.0.kind",
    "nodes.0.needs",
    "nodes.0.task",
    "nodes.0.input",
    "nodes.0.options",
    "nodes.0.more",
    "nodes.3.over",
    "nodes.3.body",
    "nodes.3.settle",
    "nodes.3.body.nodes.0",
    "nodes.3.body.output",
  );
  const seen = new Set<boolean>();
  fc.assert(
    fc.property(fc.array(fc.tuple(places, pieces), { maxLength: 2 }), (changes) => {
      const copy = document();
      for (const [place, piece] of changes) put(copy as never, place.split("."), piece);
      const valid = published(copy);
      seen.add(valid);
      expect({ copy, problems: shapeProblems(copy).length === 0 }).toEqual({ copy, problems: valid });
    }),
    { numRuns: 500 },
  );
  expect(seen).toEqual(new Set([true, false]));
});

function put(target: Record<string, unknown>, [key, ...rest]: readonly string[], piece: unknown): void {
  const inner = target[key as string];
  if (rest.length === 0) target[key as string] = piece;
  else if (typeof inner === "object" && inner !== null) put(inner as Record<string, unknown>, rest, piece);
}

describe("references", () => {
  test.each<[string, unknown, string, string]>([
    [
      "unknown",
      changed((g) => (node(g, 2)["needs"] = ["a", "a~2", "zz"] as never)),
      "/nodes/2/needs/2",
      "'zz' is not a node of this level",
    ],
    [
      "forward",
      changed((g) => (node(g, 0)["needs"] = ["list"] as never)),
      "/nodes/0/needs/0",
      "'list' does not stand before this one",
    ],
    [
      "itself",
      changed((g) => (node(g, 0)["needs"] = ["a"] as never)),
      "/nodes/0/needs/0",
      "'a' does not stand before this one",
    ],
    [
      "duplicate id",
      changed((g) => (node(g, 1)["id"] = "a" as never)),
      "/nodes/1/id",
      "'a' is the id of another node, too",
    ],
    [
      "duplicate need",
      changed((g) => (node(g, 2)["needs"] = ["a", "a~2", "a"] as never)),
      "/nodes/2/needs/2",
      "'a' is needed twice",
    ],
    [
      "used but not needed",
      changed(
        (g) => (node(g, 2)["input"] = { object: { x: { get: { merge: [{ ref: "map" }] }, path: ["x"] } } } as never),
      ),
      "/nodes/2/input",
      "'map' is read but not needed",
    ],
    [
      "over what is not needed",
      changed((g) => (node(g, 3)["over"] = { ref: "a" } as never)),
      "/nodes/3/over",
      "'a' is read but not needed",
    ],
    [
      "unknown in the output",
      changed((g) => (g.output = { array: [{ ref: "zz" }] })),
      "/output",
      "'zz' is not a node of this level",
    ],
    [
      "in a body, a node of the level above",
      changed((g) => (node(g, 3)["body"] = { nodes: [], output: { ref: "list" } } as never)),
      "/nodes/3/body/output",
      "'list' is not a node of this level",
    ],
    [
      "a constant that cannot be stored",
      changed((g) => (g.output = { const: { f: () => 1 } })),
      "/output",
      "a constant: the value.f is a function",
    ],
  ])("%s", (_, graph, path, message) => {
    expect(graphProblems(graph)).toContainEqual({ path, message });
  });

  test("assertGraph says the first five", () => {
    const broken = changed((g) => (node(g, 0)["needs"] = ["p", "q", "r", "s", "t", "u"] as never));
    expect(() => assertGraph(broken)).toThrow(
      expect.objectContaining({
        code: "GRAPH_INVALID",
        message: expect.stringMatching(/^not a valid graph: \/nodes\/0\/needs\/0 'p' is not .*; and 1 more$/),
        problems: expect.objectContaining({ length: 6 }),
      }),
    );
  });
});

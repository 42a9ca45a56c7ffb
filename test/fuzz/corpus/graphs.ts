import type { Expr, Graph, GraphNode, NodeTiming, TaskNode, WorkflowGraph } from "@arpeggio/core";
import { forms } from "./expressions.ts";
import { defaults, everyValue } from "./parts.ts";

const input: Expr = { ref: "$in" };

function step(id: string, needs: readonly string[] = [], more: Partial<TaskNode> = {}): TaskNode {
  const [before] = needs;
  return { kind: "task", id, task: id, needs, input: before === undefined ? input : { ref: before }, ...more };
}

function level(...nodes: readonly GraphNode[]): Graph {
  const last = nodes.at(-1);
  return { nodes, output: last === undefined ? input : { ref: last.id } };
}

const timing: Required<NodeTiming> = { delayMs: 5, atMs: 1_005, expiresMs: 60, withinMs: 90 };
const schema = { type: "object", properties: { ok: { type: "boolean" } } };

/** A node of every kind with all that it can have. */
export const nodes: { readonly [K in GraphNode["kind"]]: Required<Extract<GraphNode, { readonly kind: K }>> } = {
  task: {
    ...step("task"),
    kind: "task",
    id: "task",
    needs: [],
    input,
    task: "image.resize",
    options: defaults,
    each: true,
    timing,
    keep: true,
  },
  map: {
    kind: "map",
    id: "map",
    needs: [],
    over: { const: [1, 2, 3, 4] },
    body: level(step("a"), step("b", ["a"])),
    settle: true,
    maxFailures: { count: 1 },
    concurrency: 2,
    timing: { ...timing, delayMs: 0 },
    keep: true,
  },
  scope: {
    kind: "scope",
    id: "scope",
    needs: [],
    input,
    body: level(step("a"), step("b", ["a"])),
    onError: level(step("tell")),
    recover: level(step("instead")),
    finally: level(step("close")),
    undo: level(step("undo")),
    settle: true,
    timing,
    keep: true,
  },
  branches: {
    kind: "branches",
    id: "branches",
    needs: [],
    input,
    branches: [level(step("a")), level(step("b")), level()],
    keys: ["left", "right", "none"],
    until: "quorum",
    count: 2,
    maxFailures: { share: 0.5 },
    timing,
    keep: true,
  },
  choose: {
    kind: "choose",
    id: "choose",
    needs: [],
    input,
    on: { op: "size", args: [input] },
    cases: { 4: level(step("a")), left: level(), "": level() },
    otherwise: level(step("b")),
    timing,
    keep: true,
  },
  loop: {
    kind: "loop",
    id: "loop",
    needs: [],
    input,
    body: level(step("again")),
    until: { op: "exists", args: [input] },
    max: 3,
    everyMs: 10,
    timing,
    keep: true,
  },
  signal: { kind: "signal", id: "signal", needs: [], signal: "approved", schema, timing, keep: true },
};

const plainNodes: readonly GraphNode[] = Object.values(nodes).map(({ timing: _timing, ...node }) => node as GraphNode);
const whole = { canvas: 1, input: schema } as const;

/** Graphs of every kind of node, side by side, one after another and in each other, and of every form of expression. */
export const graphs: readonly WorkflowGraph[] = [
  {
    ...whole,
    name: "side.by.side",
    nodes: Object.values(nodes) as readonly GraphNode[],
    output: { array: [{ ref: "map" }, { ref: "signal" }] },
  },
  {
    ...whole,
    name: "in.a.row",
    nodes: plainNodes.map((node, i) => ({
      ...node,
      needs: plainNodes.slice(Math.max(0, i - 1), i).map(({ id }) => id),
    })),
    output: { object: Object.fromEntries(plainNodes.map(({ id }) => [id, { ref: id }])) },
  },
  {
    ...whole,
    name: "forms",
    nodes: [
      step("first"),
      step("second"),
      ...Object.entries(forms).map(([form, expr]) => step(form, ["first", "second"], { input: renamed(expr) })),
    ],
    output: input,
  },
  {
    canvas: 1,
    name: "nested",
    ...level(
      plainNodes.reduce<GraphNode>((inner, node) => {
        if ("body" in node) return { ...node, body: level(inner) } as GraphNode;
        return node.kind === "choose" ? { ...node, otherwise: level(inner) } : inner;
      }, step("innermost")),
    ),
  },
  { canvas: 1, name: "none", nodes: [], output: { const: everyConstant() } },
];

/** Only finite numbers can stand in a graph. */
function everyConstant(): unknown {
  return { ...everyValue, nan: 0, infinities: [] };
}

/** The expression with references to nodes in the place of those to arguments. */
function renamed(expr: Expr): Expr {
  if ("const" in expr) return expr;
  if ("ref" in expr) return { ...expr, ref: expr.ref.startsWith("0") ? "first" : "second" };
  if ("array" in expr) return { array: expr.array.map(renamed) };
  if ("merge" in expr) return { merge: expr.merge.map(renamed) };
  if ("concat" in expr) return { concat: expr.concat.map(renamed) };
  if ("get" in expr) return { get: renamed(expr.get), path: expr.path };
  if ("op" in expr) return { op: expr.op, args: expr.args.map(renamed) };
  return { object: Object.fromEntries(Object.entries(expr.object).map(([key, one]) => [key, renamed(one)])) };
}

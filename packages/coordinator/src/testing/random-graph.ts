import fc from "fast-check";
import { evaluate } from "@arpeggio/core";
import type { Expr, Graph, GraphNode, WorkflowGraph } from "@arpeggio/core";

/**
 * A random graph: nodes of all kinds with random needs, inputs of every form of expression, maps in maps, empty levels
 * and empty lists. `list` tasks yield lists, `value` tasks texts.
 */
export const randomGraph: fc.Arbitrary<WorkflowGraph> = fc
  .array(fc.nat(1_000_000), { minLength: 400, maxLength: 400 })
  .map((numbers) => {
    let at = 0;
    const next = (below: number) => (numbers[at++ % numbers.length] as number) % below;
    return { canvas: 1, name: "random", ...levelOf(next, 0) };
  });

type Next = (below: number) => number;

function levelOf(next: Next, depth: number): Graph {
  const nodes: GraphNode[] = [];
  const count = next(depth === 0 ? 7 : 4);
  for (let i = 0; i < count; i++) {
    const before = nodes.map((node) => node.id);
    const needs = before.filter(() => next(3) === 0);
    const kind = next(10);
    const readable = needs.filter(() => next(4) > 0);
    if (kind < 5 || depth > 2) {
      const task = next(3) === 0 ? "list" : "value";
      nodes.push({ id: `n${i}`, kind: "task", task, needs, input: exprOf(next, readable, 0) });
    } else {
      const lists = nodes.filter((node) => needs.includes(node.id) && yieldsList(node)).map((node) => node.id);
      const over = listOf(next, lists, readable);
      const settle = next(2) === 0;
      const body = levelOf(next, depth + 1);
      nodes.push({ id: `n${i}`, kind: "map", needs, over, body, ...(settle ? { settle: true } : {}) });
    }
  }
  return {
    nodes,
    output: exprOf(
      next,
      nodes.map((node) => node.id).filter(() => next(2) === 0),
      0,
    ),
  };
}

function yieldsList(node: GraphNode): boolean {
  return node.kind === "map" || (node.kind === "task" && node.task === "list");
}

function listOf(next: Next, lists: readonly string[], readable: readonly string[]): Expr {
  if (lists.length > 0 && next(3) > 0) return { ref: lists[next(lists.length)] as string };
  const items = Array.from({ length: next(4) }, () => exprOf(next, readable, 1));
  return next(3) === 0 ? { concat: [{ array: items }, { const: [7] }] } : { array: items };
}

function exprOf(next: Next, refs: readonly string[], depth: number): Expr {
  const ref = (): Expr =>
    refs.length === 0 || next(4) === 0 ? { ref: "$in" } : { ref: refs[next(refs.length)] as string };
  const parts = () => Array.from({ length: next(3) }, () => exprOf(next, refs, depth + 1));
  switch (depth > 2 ? next(2) : next(8)) {
    case 0:
      return { const: [next(9), "text", null, { deep: true }][next(4)] };
    case 1:
    case 2:
      return ref();
    case 3:
      return { array: parts() };
    case 4:
      return { object: Object.fromEntries(parts().map((part, i) => [`k${i}`, part])) };
    case 5:
      return { merge: [{ object: { a: ref() } }, { const: { b: 1 } }] };
    case 6:
      return { get: { array: [ref(), { const: 1 }] }, path: [0] };
    default:
      return { array: [ref(), ref()] };
  }
}

/** What a task of the tests yields: depends on nothing but its name and its input. */
export function taskResult(task: string, input: unknown): unknown {
  const text = JSON.stringify(input);
  let hash = 7;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) >>> 0;
  return task === "list" ? Array.from({ length: hash % 4 }, (_, i) => `${hash}.${i}`) : `${hash}`;
}

/** What a graph comes to by plain recursion, where nothing fails. */
export function expectedValue(graph: Graph, input: unknown): unknown {
  const values = new Map<string, unknown>([["$in", input]]);
  const valueOf = (expr: Expr) => evaluate(expr, (ref) => values.get(ref));
  for (const node of graph.nodes) {
    if (node.kind === "task") values.set(node.id, taskResult(node.task, valueOf(node.input)));
    else if (node.kind === "map") {
      const items = (valueOf(node.over) as unknown[]).map((item) => expectedValue(node.body, item));
      values.set(node.id, node.settle === true ? items.map((value) => ({ ok: true, value })) : items);
    }
  }
  return valueOf(graph.output);
}

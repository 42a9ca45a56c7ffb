import { evaluate } from "@arpeggio/core";
import type { BranchesNode, Expr, Graph, GraphNode } from "@arpeggio/core";

/** What a task of the tests yields: depends on nothing but its name and its input. */
export function taskResult(task: string, input: unknown): unknown {
  if (task === "count") return (input as number) + 1;
  const text = JSON.stringify(input);
  let hash = 7;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) >>> 0;
  return task === "list" ? Array.from({ length: hash % 4 }, (_, i) => `${hash}.${i}`) : `${hash}`;
}

/** What everybody sends with a signal of this name. */
export function signalPayload(signal: string): unknown {
  return { signal };
}

/** What a graph comes to by plain recursion, where nothing fails and nothing is left to chance. */
export function expectedValue(graph: Graph, input: unknown): unknown {
  const values = new Map<string, unknown>([["$in", input]]);
  const valueOf = (expr: Expr) => evaluate(expr, (ref) => values.get(ref));
  for (const node of graph.nodes) values.set(node.id, nodeValue(node, valueOf));
  return valueOf(graph.output);
}

function nodeValue(node: GraphNode, valueOf: (expr: Expr) => unknown): unknown {
  switch (node.kind) {
    case "task":
      return taskResult(node.task, valueOf(node.input));
    case "map": {
      const items = (valueOf(node.over) as unknown[]).map((item) => expectedValue(node.body, item));
      return node.settle === true ? items.map(success) : items;
    }
    case "scope": {
      const value = expectedValue(node.body, valueOf(node.input));
      return node.settle === true ? success(value) : value;
    }
    case "branches":
      return branchesValue(node, valueOf(node.input));
    case "choose": {
      const chosen = node.cases[String(valueOf(node.on))] ?? node.otherwise;
      if (chosen === undefined) throw new Error(`${node.id} has no case`);
      return expectedValue(chosen, valueOf(node.input));
    }
    case "loop": {
      let value = valueOf(node.input);
      const isOver = () => evaluate(node.until, () => value) === true;
      do value = expectedValue(node.body, value);
      while (!isOver());
      return value;
    }
    case "signal":
      return signalPayload(node.signal);
  }
}

function branchesValue({ branches, keys, until }: BranchesNode, input: unknown): unknown {
  const values = branches.map((branch) => expectedValue(branch, input));
  if (until === "quorum") return values;
  if (until !== "all") return values[0];
  const outcomes = values.map(success);
  return keys === undefined ? outcomes : Object.fromEntries(outcomes.map((outcome, i) => [keys[i], outcome]));
}

function success(value: unknown): unknown {
  return { ok: true, value };
}

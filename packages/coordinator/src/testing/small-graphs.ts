import type { Expr, Graph, GraphNode, TaskNode, WorkflowGraph } from "@arpeggio/core";

/** A task of its own name, which gets what the level gets unless `needs` names the node before it. */
export function step(task: string, needs: readonly string[] = [], more: Partial<TaskNode> = {}): TaskNode {
  const [before] = needs;
  return { kind: "task", id: task, task, needs, input: { ref: before ?? "$in" }, ...more };
}

/** Nodes one after another; the result is the last one's. */
export function steps(...tasks: readonly string[]): Graph {
  return levelOf(tasks.map((task, i) => step(task, tasks.slice(Math.max(0, i - 1), i))));
}

/** A level with these nodes; its result is the last one's unless it is given. */
export function levelOf(nodes: readonly GraphNode[], output?: Expr): Graph {
  const last = nodes.at(-1)?.id;
  return { nodes, output: output ?? { ref: last ?? "$in" } };
}

export function graphWith(nodes: readonly GraphNode[], output?: Expr): WorkflowGraph {
  return { canvas: 1, name: "w", ...levelOf(nodes, output) };
}

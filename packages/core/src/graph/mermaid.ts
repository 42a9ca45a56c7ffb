import { borderOf, edgesOf, innerIndent, labelOf, levelLabelOf } from "./edges.ts";
import { levelsOf } from "./graph.ts";
import type { Graph, GraphNode } from "./graph.ts";

/**
 * A graph as Mermaid text (`flowchart`). A node with levels is a box around them; a dashed arrow is order without data.
 *
 * ```ts
 * console.log(toMermaid(compile(picture).graph));
 * ```
 */
export function toMermaid(graph: Graph): string {
  const lines = ["flowchart LR"];
  const keys = keyMaker();
  const open: (string | Level)[] = [{ graph, indent: "  " }];
  let top: ReadonlyMap<string, string> = new Map();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === "string") {
      lines.push(next);
      continue;
    }
    const { level, parts } = drawnLevel(next, keys);
    if (next.graph === graph) top = level;
    for (const part of parts.toReversed()) open.push(part);
  }
  const { first, last } = borderOf(graph);
  lines.push("  in((in))", "  out((out))");
  for (const id of first) lines.push(`  in --> ${top.get(id)}`);
  for (const id of last) lines.push(`  ${top.get(id)} --> out`);
  if (graph.nodes.length === 0) lines.push("  in --> out");
  return `${lines.join("\n")}\n`;
}

interface Level {
  readonly graph: Graph;
  readonly indent: string;
}

function keyMaker(): () => string {
  let count = 0;
  return () => `n${count++}`;
}

function drawnLevel({ graph, indent }: Level, nextKey: () => string) {
  const level = new Map(graph.nodes.map((node) => [node.id, nextKey()]));
  const parts: (string | Level)[] = [];
  for (const node of graph.nodes)
    for (const part of drawnNode(node, level.get(node.id) ?? "", indent)) parts.push(part);
  for (const { from, to, data } of edgesOf(graph)) {
    parts.push(`${indent}${level.get(from)} ${data ? "-->" : "-.->"} ${level.get(to)}`);
  }
  return { level, parts };
}

function drawnNode(node: GraphNode, key: string, indent: string): (string | Level)[] {
  const text = labelOf(node).replaceAll('"', "#quot;");
  const levels = levelsOf(node).filter(([, level]) => level.nodes.length > 0);
  const inside = innerIndent(indent);
  if (levels.length === 0) return [`${indent}${key}["${text}"]`];
  const [only] = levels;
  const inner: (string | Level)[] =
    levels.length === 1 && only?.[0] === "body"
      ? [{ graph: only[1], indent: inside }]
      : levels.flatMap(([place, graph], i) => [
          `${inside}subgraph ${key}_${i}["${levelLabelOf(node, place).replaceAll('"', "#quot;")}"]`,
          { graph, indent: innerIndent(inside) },
          `${inside}end`,
        ]);
  return [`${indent}subgraph ${key}["${text}"]`, ...inner, `${indent}end`];
}

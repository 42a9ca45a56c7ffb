import { borderOf, edgesOf, innerIndent, labelOf, levelLabelOf } from "./edges.ts";
import { levelsOf } from "./graph.ts";
import type { Graph, GraphNode } from "./graph.ts";

/**
 * A graph as DOT text for Graphviz. A map is a cluster around its body; a dashed arrow is order without data.
 */
export function toDot(graph: Graph): string {
  const lines = ["digraph workflow {", "  rankdir=LR;", "  compound=true;", "  node [shape=box];"];
  let count = 0;
  const nextKey = (): string => `n${count++}`;
  const open: (string | Level)[] = [{ graph, indent: "  " }];
  let top: ReadonlyMap<string, string> = new Map();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === "string") {
      lines.push(next);
      continue;
    }
    const keys = new Map(next.graph.nodes.map((node) => [node.id, nextKey()]));
    if (next.graph === graph) top = keys;
    for (const part of drawnLevel(next, keys).toReversed()) open.push(part);
  }
  lines.push("  in [shape=circle];", "  out [shape=circle];");
  const clusters = clustersOf(graph);
  const { first, last } = borderOf(graph);
  for (const id of first) lines.push(`  in -> ${top.get(id)}${attributes({ lhead: cluster(clusters, id, top) })};`);
  for (const id of last) lines.push(`  ${top.get(id)} -> out${attributes({ ltail: cluster(clusters, id, top) })};`);
  if (graph.nodes.length === 0) lines.push("  in -> out;");
  lines.push("}");
  return `${lines.join("\n")}\n`;
}

interface Level {
  readonly graph: Graph;
  readonly indent: string;
}

function drawnLevel({ graph, indent }: Level, keys: ReadonlyMap<string, string>): (string | Level)[] {
  const parts: (string | Level)[] = [];
  for (const node of graph.nodes) for (const part of drawnNode(node, keys.get(node.id) ?? "", indent)) parts.push(part);
  const clusters = clustersOf(graph);
  for (const { from, to, data } of edgesOf(graph)) {
    const style = attributes({
      ...(data ? {} : { style: "dashed" }),
      ltail: cluster(clusters, from, keys),
      lhead: cluster(clusters, to, keys),
    });
    parts.push(`${indent}${keys.get(from)} -> ${keys.get(to)}${style};`);
  }
  return parts;
}

function drawnNode(node: GraphNode, key: string, indent: string): (string | Level)[] {
  const text = JSON.stringify(labelOf(node));
  const levels = innerLevels(node);
  const inside = innerIndent(indent);
  if (levels.length === 0) return [`${indent}${key} [label=${text}];`];
  const [only] = levels;
  const inner: (string | Level)[] =
    levels.length === 1 && only?.[0] === "body"
      ? [{ graph: only[1], indent: inside }]
      : levels.flatMap(([place, graph], i) => [
          `${inside}subgraph cluster_${key}_${i} {`,
          `${innerIndent(inside)}label=${JSON.stringify(levelLabelOf(node, place))};`,
          { graph, indent: innerIndent(inside) },
          `${inside}}`,
        ]);
  // Arrows cannot end at a cluster: they go to this point in it and are cut at its border.
  return [
    `${indent}subgraph cluster_${key} {`,
    `${inside}label=${text};`,
    `${inside}${key} [shape=point, style=invis];`,
    ...inner,
    `${indent}}`,
  ];
}

function innerLevels(node: GraphNode): readonly (readonly [place: string, level: Graph])[] {
  return levelsOf(node).filter(([, level]) => level.nodes.length > 0);
}

function clustersOf(graph: Graph): ReadonlySet<string> {
  return new Set(graph.nodes.filter((node) => innerLevels(node).length > 0).map((node) => node.id));
}

function cluster(clusters: ReadonlySet<string>, id: string, keys: ReadonlyMap<string, string>): string | undefined {
  return clusters.has(id) ? `cluster_${keys.get(id)}` : undefined;
}

function attributes(all: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return given.length === 0 ? "" : ` [${given.map(([key, value]) => `${key}=${value}`).join(", ")}]`;
}

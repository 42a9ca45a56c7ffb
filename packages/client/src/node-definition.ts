import type { Graph, GraphNode } from "@arpeggio/core";

/**
 * What a node does, without what its inner levels do: two nodes with the same text come to the same result from the same
 * inputs. Names for people, labels and times are no part of it.
 */
export function headerOf(node: GraphNode): string {
  switch (node.kind) {
    case "task": {
      const { labels: _, ...options } = node.options ?? {};
      return text([node.kind, node.task, node.input, node.each ?? false, options]);
    }
    case "map":
      return text([node.kind, node.over, node.settle ?? false, node.maxFailures ?? null]);
    case "scope":
      return text([node.kind, node.input, node.settle ?? false]);
    case "branches": {
      const { kind, input, until, keys = null, count = null, maxFailures = null, branches } = node;
      return text([kind, input, until, keys, count, maxFailures, branches.length]);
    }
    case "choose":
      return text([node.kind, node.input, node.on]);
    case "loop":
      return text([node.kind, node.input, node.until, node.max]);
    case "signal":
      return text([node.kind, node.signal, node.schema ?? null]);
  }
}

/** A level inside a node, and how the paths of its nodes begin after the node's own. */
export interface InnerLevel {
  /** `[` is followed by the number of an item or round; anything else stands as it is. */
  readonly mark: string;
  readonly level: Graph;
}

/** The levels whose results make the node's; what runs when something goes wrong is none of them. */
export function innerLevelsOf(node: GraphNode): readonly InnerLevel[] {
  switch (node.kind) {
    case "task":
    case "signal":
      return [];
    case "map":
    case "loop":
      return [{ mark: "[", level: node.body }];
    case "scope":
      return [{ mark: "/", level: node.body }];
    case "branches":
      return node.branches.map((level, i) => ({
        mark: node.keys === undefined ? `[${i}]/` : `.${node.keys[i]}/`,
        level,
      }));
    case "choose":
      return [
        ...Object.entries(node.cases).map(([key, level]) => ({ mark: `.${key}/`, level })),
        ...(node.otherwise === undefined ? [] : [{ mark: "!otherwise/", level: node.otherwise }]),
      ];
  }
}

/** Whether two nodes, with everything in them that makes their results, do the same. */
export function isSameNode(one: GraphNode, other: GraphNode): boolean {
  if (headerOf(one) !== headerOf(other)) return false;
  const [levels, others] = [innerLevelsOf(one), innerLevelsOf(other)];
  if (levels.length !== others.length) return false;
  return levels.every(({ mark, level }, i) => {
    const same = others[i];
    return same?.mark === mark && isSameLevel(level, same.level);
  });
}

/** Whether two levels come to the same result from the same input. */
export function isSameLevel(level: Graph, other: Graph): boolean {
  if (text(level.output) !== text(other.output)) return false;
  const nodes = new Map(other.nodes.map((node) => [node.id, node]));
  if (nodes.size !== level.nodes.length) return false;
  return level.nodes.every((node) => {
    const same = nodes.get(node.id);
    return same !== undefined && isSameNode(node, same);
  });
}

/** Equal for equal values, whatever the order of their keys. */
function text(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === "bigint") return `${part}n`;
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

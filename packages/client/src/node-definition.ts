import { createHash } from "node:crypto";
import { deeply, valueText } from "@arpeggio/core";
import type { DeepCall, Graph, GraphNode } from "@arpeggio/core";

/**
 * What a node does, without what its inner levels do: two nodes with the same text come to the same result from the same
 * inputs. Names for people, labels and times are no part of it.
 */
export function headerOf(node: GraphNode): string {
  switch (node.kind) {
    case "task": {
      const { labels: _, ...options } = node.options ?? {};
      return valueText([node.kind, node.task, node.input, node.each ?? false, options]);
    }
    case "map":
      return valueText([node.kind, node.over, node.settle ?? false, node.maxFailures ?? null]);
    case "scope":
      return valueText([node.kind, node.input, node.settle ?? false]);
    case "branches": {
      const { kind, input, until, keys = null, count = null, maxFailures = null, branches } = node;
      return valueText([kind, input, until, keys, count, maxFailures, branches.length]);
    }
    case "choose":
      return valueText([node.kind, node.input, node.on]);
    case "loop":
      return valueText([node.kind, node.input, node.until, node.max]);
    case "signal":
      return valueText([node.kind, node.signal, node.schema ?? null]);
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

/**
 * Whether nodes and levels come to the same results from the same inputs, with everything in them that makes these. Each is
 * looked at once, however often it is asked for and however deep it lies.
 */
export class Definitions {
  readonly #known = new Map<GraphNode | Graph, string>();

  isSameNode(one: GraphNode, other: GraphNode): boolean {
    return deeply(this.#ofNode(one)) === deeply(this.#ofNode(other));
  }

  isSameLevel(one: Graph, other: Graph): boolean {
    return deeply(this.#ofLevel(one)) === deeply(this.#ofLevel(other));
  }

  *#ofNode(node: GraphNode): DeepCall<string> {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const parts = [headerOf(node)];
    for (const { mark, level } of innerLevelsOf(node)) parts.push(mark, (yield this.#ofLevel(level)) as string);
    return this.#note(node, parts);
  }

  *#ofLevel(level: Graph): DeepCall<string> {
    const known = this.#known.get(level);
    if (known !== undefined) return known;
    const parts = [valueText(level.output)];
    for (const node of level.nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
      parts.push(node.id, (yield this.#ofNode(node)) as string);
    return this.#note(level, parts);
  }

  #note(one: GraphNode | Graph, parts: readonly string[]): string {
    const definition = createHash("sha256").update(JSON.stringify(parts)).digest("base64");
    this.#known.set(one, definition);
    return definition;
  }
}

import { nodesReadBy } from "./expression.ts";
import { readsOf } from "./graph.ts";
import type { Graph } from "./graph.ts";

/** "`to` needs `from`". */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Whether `to` also reads the result of `from`; else it only waits for it. */
  readonly data: boolean;
}

/** The edges of one level, in the order of the nodes. */
export function edgesOf(level: Graph): readonly Edge[] {
  return level.nodes.flatMap((node) => {
    const reads = new Set(readsOf(node).flatMap((expr) => [...nodesReadBy(expr)]));
    return node.needs.map((from) => ({ from, to: node.id, data: reads.has(from) }));
  });
}

/** Where a level begins and ends: the nodes that need none, and those that no other node needs. */
export function borderOf(level: Graph): { readonly first: readonly string[]; readonly last: readonly string[] } {
  const needed = new Set(level.nodes.flatMap((node) => node.needs));
  return {
    first: level.nodes.filter((node) => node.needs.length === 0).map((node) => node.id),
    last: level.nodes.filter((node) => !needed.has(node.id)).map((node) => node.id),
  };
}

/** What a drawing writes at a node: its id, and its task where the id does not say it. */
export function labelOf(node: Graph["nodes"][number]): string {
  if (node.kind === "map") return node.settle ? `each, settled: ${node.id}` : `each: ${node.id}`;
  if (node.kind === "branches") return said(BRANCHES[node.until], node.id);
  if (node.kind === "signal") return `signal: ${node.signal}`;
  if (node.kind === "scope" && node.body.nodes.length === 0 && node.timing?.delayMs !== undefined) {
    return said("sleep", node.id);
  }
  if (node.kind !== "task") return said(node.kind, node.id);
  return node.id === node.task || node.id.startsWith(`${node.task}~`) ? node.id : `${node.id} (${node.task})`;
}

/** What a drawing writes at one of several levels of a node, whose place in the document is `place`. */
export function levelLabelOf(node: Graph["nodes"][number], place: string): string {
  const [part = "", ...rest] = place.split("/");
  const key = rest.join("/");
  if (part === "cases") return `case ${key}`;
  if (part !== "branches" || node.kind !== "branches") return part;
  return node.keys?.[Number(key)] ?? `branch ${key}`;
}

const INDENT_MAX = 80;

/** The indent of what stands inside. Far in, it grows no more: a drawing of a thousand levels would be little else. */
export function innerIndent(indent: string): string {
  return indent.length < INDENT_MAX ? `${indent}  ` : indent;
}

/** The language's words for what ends branches. */
const BRANCHES = { ended: "race", succeeded: "any", quorum: "quorum", all: "settled" } as const;

/** `what`, and the id where it says more than that. */
function said(what: string, id: string): string {
  return id === what || id.startsWith(`${what}~`) ? id : `${what}: ${id}`;
}

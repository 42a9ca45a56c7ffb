import { arrayExpr, INPUT_REF, measureOf, refExpr } from "./expression.ts";
import type { Expr } from "./expression.ts";
import type { Point } from "./graph-level.ts";
import type { MapNode } from "./graph.ts";

/** A group of groups gets a join node where it would otherwise have more edges than this. */
const BARRIER_EDGES_MAX = 4_096;

/** Whether a join makes less edges and parts than the `readers` nodes that read this point make by themselves. */
export function isJoinCheaper(point: Point, readers: number): boolean {
  // What each reader costs: edges, or parts of its input.
  const cost = Math.max(point.ends.length, measureOf(point.out).parts);
  return cost > 1 && readers > 1 && cost * readers > BARRIER_EDGES_MAX;
}

/**
 * Gathers a value in one node, so that n results read by m steps make n + m edges and not n × m: a map over a list of that one
 * value, whose body gives it back.
 */
export function joinNode(value: Expr): Omit<MapNode, "id" | "needs"> {
  return { kind: "map", over: arrayExpr([value]), body: { nodes: [], output: refExpr(INPUT_REF) } };
}

import type { NodeAnswer } from "@arpeggio/core";
import { nodeStatusOf } from "./run-status.ts";
import { itemPathOf, nodePathOf } from "../run/node-path.ts";
import { hasEnded } from "../run/node-table.ts";
import { nodePlanOf, stateOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { firstNodeOf } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";
import { payloadOf } from "../run/value.ts";

/** How many paths are told to who asked for one that is not there. */
const KNOWN_MAX = 200;
/** What may follow the path of a node in the path of a node inside of it. */
const INNER = /^[[./!]/;

/** One node of a run; `inlineBytesMax` is the largest result that goes along. */
export function nodeAnswerOf(run: RunState, path: string, inlineBytesMax: number): NodeAnswer {
  const node = nodeAt(run, path);
  if (node === undefined) return { mayCome: mayCome(run, path), known: knownPaths(run) };
  const result = stateOf(run, node) === "succeeded" ? run.results[node] : undefined;
  const value = result === undefined ? undefined : payloadOf(result);
  const failure = run.failures.find((one) => one.node === path);
  return {
    status: nodeStatusOf(run, node),
    ...(value === undefined || value.length > inlineBytesMax ? {} : { value }),
    ...(failure === undefined ? {} : { failure }),
    mayCome: false,
    known: [],
  };
}

/** The number of the node with this path. */
export function nodeAt(run: RunState, path: string): number | undefined {
  for (const scope of run.scopes) {
    const node = nodeIn(run, scope, path);
    if (node !== undefined) return node;
  }
  return undefined;
}

function nodeIn(run: RunState, scope: Scope, path: string): number | undefined {
  if (scope.width === 0) return undefined;
  const item = scope.parentNode < 0 ? 0 : itemIn(run, scope, path);
  if (item === undefined) return undefined;
  const inside = itemPathOf(run, scope, item);
  if (inside !== "" && !path.startsWith(`${inside}/`)) return undefined;
  const id = inside === "" ? path : path.slice(inside.length + 1);
  const index = scope.level.nodes.findIndex((node) => node.id === id);
  return index < 0 ? undefined : firstNodeOf(scope, item) + index;
}

/** The item that the path may mean. */
function itemIn(run: RunState, scope: Scope, path: string): number | undefined {
  // Most scopes are ruled out without the cost of putting their path together.
  const parent = nodePlanOf(run.scopes[scope.parentScope] as Scope, scope.parentNode);
  if (!path.includes(parent.id)) return undefined;
  if (scope.width === 1) return 0;
  const before = `${nodePathOf(run, scope.parentNode)}[`;
  if (!path.startsWith(before)) return undefined;
  const item = Number.parseInt(path.slice(before.length), 10);
  return item >= 0 && item < scope.width ? item : undefined;
}

/** Whether something that has not ended could open a part in which the path lies. */
function mayCome(run: RunState, path: string): boolean {
  for (let end = path.length - 1; end > 0; end--) {
    if (!INNER.test(path.slice(end, end + 1))) continue;
    const outer = nodeAt(run, path.slice(0, end));
    if (outer !== undefined) return !hasEnded(run.states[outer] as number);
  }
  return false;
}

function knownPaths(run: RunState): readonly string[] {
  const paths: string[] = [];
  for (let node = 0; node < run.nodeCount && paths.length < KNOWN_MAX; node++) paths.push(nodePathOf(run, node));
  return paths;
}

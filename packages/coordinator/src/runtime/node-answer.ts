import { isInside } from "@arpeggio/core";
import type { NodeAnswer } from "@arpeggio/core";
import { nodeStatusOf } from "./run-status.ts";
import { itemPathOf, nodePathOf } from "../run/node-path.ts";
import { hasEnded } from "../run/node-table.ts";
import { nodePlanOf, resultOf, stateOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { firstNodeOf } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";
import { payloadOf } from "../run/value.ts";

/** How many paths are told to who asked for one that is not there. */
const KNOWN_MAX = 200;

/** One node of a run; `bytesMax` is the largest result that goes along. */
export function nodeAnswerOf(run: RunState, path: string, bytesMax = Infinity): NodeAnswer {
  const node = nodeAt(run, path);
  if (node === undefined) return { mayCome: mayCome(run, path), known: knownPaths(run) };
  const held = run.archive === undefined ? resultOf(run, node) : run.archive.resultOf(node);
  const result = stateOf(run, node) === "succeeded" ? held : undefined;
  const value = result === undefined ? undefined : payloadOf(result);
  const failure = run.failures.find((one) => one.node === path);
  return {
    status: nodeStatusOf(run, node),
    ...(value === undefined || value.length > bytesMax ? {} : { value }),
    ...(failure === undefined ? {} : { failure }),
    mayCome: false,
    known: [],
  };
}

/** The number of the node with this path. */
function nodeAt(run: RunState, path: string): number | undefined {
  for (const { scope, item, rest } of partsAround(run, path)) {
    const index = scope.level.nodes.findIndex(({ id }) => id === rest);
    if (index >= 0) return firstNodeOf(scope, item) + index;
  }
  return undefined;
}

/** Whether something that has not ended could open a part in which the path lies. */
function mayCome(run: RunState, path: string): boolean {
  let deepest: Part | undefined;
  for (const part of partsAround(run, path))
    if (deepest === undefined || part.rest.length < deepest.rest.length) deepest = part;
  if (deepest === undefined) return false;
  const { scope, item, rest } = deepest;
  return scope.level.nodes.some(({ id, index, kind }) => {
    if (!isInside(rest, id)) return false;
    const node = firstNodeOf(scope, item) + index;
    // A map opens all its items at once, so what is not among them never will be.
    return !hasEnded(run.states[node] as number) && !(kind === "map" && run.opened?.has(node) === true);
  });
}

/** An item in which a path lies, with what of the path is left inside of it. */
interface Part {
  readonly scope: Scope;
  readonly item: number;
  readonly rest: string;
}

function* partsAround(run: RunState, path: string): Iterable<Part> {
  for (const scope of run.scopes) {
    const item = scope.parentNode < 0 ? 0 : itemIn(run, scope, path);
    if (item === undefined || scope.width === 0) continue;
    const inside = itemPathOf(run, scope, item);
    if (inside === "") yield { scope, item, rest: path };
    else if (path.startsWith(`${inside}/`)) yield { scope, item, rest: path.slice(inside.length + 1) };
  }
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

function knownPaths(run: RunState): readonly string[] {
  const paths: string[] = [];
  for (let node = 0; node < run.nodeCount && paths.length < KNOWN_MAX; node++) paths.push(nodePathOf(run, node));
  return paths;
}

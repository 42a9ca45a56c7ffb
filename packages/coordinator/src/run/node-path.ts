import type { RunState } from "./run-state.ts";
import { nodePlanOf, scopeOf } from "./run-state.ts";
import { itemOf } from "./scope.ts";
import type { Scope } from "./scope.ts";

/** What a node is called in its run: its id, with the nodes and parts that it lies in, e.g. `map[3]/image.resize`. */
export function nodePathOf(run: RunState, node: number): string {
  const scope = scopeOf(run, node);
  const { id } = nodePlanOf(scope, node);
  return scope.parentNode < 0 ? id : `${itemPathOf(run, scope, itemOf(scope, node))}/${id}`;
}

/** The paths of all that a node lies in, the outermost first and its own last: `map`, `map[3]`, `map[3]/image.resize`. */
export function placesOfNode(run: RunState, node: number): readonly string[] {
  // The innermost first.
  const places = [nodePathOf(run, node)];
  for (let at = scopeOf(run, node), inner = node; at.parentNode >= 0;) {
    const part = itemPathOf(run, at, itemOf(at, inner));
    inner = at.parentNode;
    at = run.scopes[at.parentScope] as Scope;
    const owner = nodePathOf(run, inner);
    // The body of a scope is called as the scope.
    if (owner !== part) places.push(part);
    places.push(owner);
  }
  return places.toReversed();
}

/** What a part of a node is called, e.g. `map[3]`, `any.alpha` or `order!undo`; empty for the one item of the run's own scope. */
export function itemPathOf(run: RunState, scope: Scope, item: number): string {
  let path = "";
  let at = scope;
  let place = item;
  while (at.parentNode >= 0) {
    const parent = run.scopes[at.parentScope] as Scope;
    const part = nodePlanOf(parent, at.parentNode).id + suffixOf(at, place);
    path = path === "" ? part : `${part}/${path}`;
    place = itemOf(parent, at.parentNode);
    at = parent;
  }
  return path;
}

function suffixOf({ part }: Scope, item: number): string {
  switch (part?.role) {
    case undefined:
      return `[${item}]`;
    case "body":
      return "";
    case "branch":
      return part.name === undefined ? `[${part.place}]` : `.${part.name}`;
    case "round":
      return `[${part.place}]`;
    case "case":
      return part.name === undefined ? "!otherwise" : `.${part.name}`;
    case "replacement":
      return "!replaced";
    case "onError":
    case "recover":
    case "finally":
    case "undo":
      return `!${part.role}`;
  }
}

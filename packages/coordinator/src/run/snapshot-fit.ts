import { nodeStates, RecordUndecodableError } from "@arpeggio/core";
import { parseTarget } from "./evaluation-target.ts";
import type { ExtrasSnapshot } from "./extras-snapshot.ts";
import type { RunSnapshot, ScopeSnapshot, ValuesSnapshot } from "./run-snapshot.ts";
import { itemState } from "./scope.ts";
import { parseTimer } from "./timer-ids.ts";

const ITEM_STATES = Object.keys(itemState).length;

/**
 * Refuses a state whose parts do not fit together: numbers of nodes, scopes and items that there are none of would be looked up in
 * vain, or without end.
 *
 * @param sizeOf how many nodes the level of a scope has.
 * @throws {@link RecordUndecodableError}
 */
export function checkSnapshotFit(snapshot: RunSnapshot, sizeOf: (scope: ScopeSnapshot) => number): void {
  const { states, resultNodes, results, attempts, scopes, extras } = snapshot;
  const nodeCount = states.length;
  const need = (isSo: boolean, what: string): void => {
    if (!isSo) throw new RecordUndecodableError(`the state of a run does not fit together: ${what}`);
  };
  const needNode = (node: number): void =>
    need(Number.isInteger(node) && node >= 0 && node < nodeCount, `node ${node} of ${nodeCount}`);

  need(
    states.every((code) => code < nodeStates.length),
    "a node in no state",
  );
  need(scopes.length > 0 && resultNodes.length === results.length, "as many results as their nodes");
  for (const node of resultNodes) needNode(node);
  for (const [node] of attempts) needNode(node);
  let base = 0;
  for (const [index, scope] of scopes.entries()) {
    const { parentScope, parentNode } = scope;
    const above = scopes[parentScope];
    // Numbers are given out in the order of the scopes, and each scope lies in one before it.
    need(scope.base === base, `scope ${index} begins at ${scope.base}, not at ${base}`);
    if (index === 0) need(parentScope === -1 && parentNode === -1, "the first scope lies in none");
    else
      need(parentScope < index && above !== undefined && hasNode(above, parentNode), `scope ${index} lies in no node`);
    need(isOfItems(scope), `the items of scope ${index}`);
    base += scope.width * sizeOf(scope);
  }
  need(base === nodeCount, `${nodeCount} nodes, and scopes of ${base}`);
  for (const [timer] of snapshot.timers) {
    const { node } = parseTimer(timer) ?? {};
    if (node !== undefined) needNode(node);
  }
  for (const text of snapshot.evaluations) {
    const target = parseTarget(text);
    need(target !== undefined, `the evaluation '${text}'`);
    if (target?.what === "output") {
      need(
        Number.isInteger(target.item) && target.item >= 0 && target.item < (scopes[target.scope]?.width ?? 0),
        `the evaluation '${text}'`,
      );
    } else if (target !== undefined) needNode(target.node);
  }
  if (extras !== undefined) checkExtras(extras, scopes, needNode, need);

  function hasNode(scope: ScopeSnapshot, node: number): boolean {
    return node >= scope.base && node < scope.base + scope.width * sizeOf(scope);
  }
}

type Need = (isSo: boolean, what: string) => void;

function checkExtras(
  extras: ExtrasSnapshot,
  scopes: readonly ScopeSnapshot[],
  needNode: (node: number) => void,
  need: Need,
): void {
  const { composites = [], undos = [], compensations = [], waiters = [], held = [] } = extras;
  for (const [node, { parts }] of composites) {
    needNode(node);
    // A part that lay elsewhere, or around its node, would be gone through without end.
    for (const scope of parts) need(scopes[scope]?.parentNode === node, `scope ${scope} is no part of node ${node}`);
  }
  for (const [, list] of undos) for (const { node } of list) needNode(node);
  for (const [, { scope, left, running }] of compensations) {
    need(scope < scopes.length, `scope ${scope} of ${scopes.length}`);
    for (const { node } of left) needNode(node);
    for (const node of running) needNode(node);
  }
  for (const [, nodes] of waiters) for (const node of nodes) needNode(node);
  for (const one of held) if (typeof one === "number") needNode(one);
}

/** What was let go when all items had ended may be missing. */
function isOfItems({ width, itemStates, inputs, outputs, itemsLeft, begun }: ScopeSnapshot): boolean {
  const areStates = [...itemStates].every((state) => state < ITEM_STATES);
  const isCounted = itemStates.length === width && begun <= width && itemsLeft <= width;
  return areStates && isCounted && isForItems(inputs, width) && isForItems(outputs, width);
}

function isForItems(values: ValuesSnapshot, width: number): boolean {
  const length = "count" in values ? values.count : values.length;
  return length === width || length === 0;
}

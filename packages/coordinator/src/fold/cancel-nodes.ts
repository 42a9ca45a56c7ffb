import { SortedTexts } from "@arpeggio/core";
import type { NodesCancelRequested } from "@arpeggio/core";
import { cancelNode } from "./fail.ts";
import type { FoldContext } from "./fold-context.ts";
import { itemPathOf } from "../run/node-path.ts";
import { hasEnded } from "../run/node-table.ts";
import type { NodePlan } from "../run/plan.ts";
import { isRunEnded } from "../run/run-machine.ts";
import { compositeOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { firstNodeOf, itemState } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";

/** Ends the nodes that are meant and have not ended; what lies in a node that is meant ends with it. */
export function nodesCancelRequested(context: FoldContext, event: NodesCancelRequested): void {
  const { run } = context;
  const message = event.reason === "" ? "it was cancelled" : event.reason;
  for (const node of meantNodes(run, event)) {
    if (isRunEnded(run.life)) return;
    cancelNode(context, node, message);
  }
}

/** A path leads down to its node, so nothing is looked at that does not lie on the way; labels may stand anywhere. */
function meantNodes(run: RunState, { nodes, label }: NodesCancelRequested): number[] {
  const paths = new Set(nodes);
  // A message has room for 50,000 paths, and a run for millions of nodes.
  const sorted = new SortedTexts(paths);
  const found: number[] = [];
  const open: [scope: Scope, item: number, path: string][] = [[run.scopes[0] as Scope, 0, ""]];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const [scope, item, prefix] = one;
    const first = firstNodeOf(scope, item);
    for (const plan of scope.level.nodes) {
      const node = first + plan.index;
      if (hasEnded(run.states[node] as number)) continue;
      const path = `${prefix}${plan.id}`;
      if (paths.has(path) || (label !== undefined && hasLabel(run, plan, label))) found.push(node);
      else if (label !== undefined || sorted.hasBeginning(path)) addParts(run, node, open);
    }
  }
  return found;
}

function addParts(run: RunState, node: number, open: [Scope, number, string][]): void {
  const opened = run.opened?.get(node);
  for (const index of opened === undefined ? (compositeOf(run, node)?.parts ?? []) : [opened]) {
    const scope = run.scopes[index] as Scope;
    for (let item = 0; item < scope.width; item++) {
      if ((scope.itemStates[item] as number) > itemState.evaluating) continue;
      open.push([scope, item, `${itemPathOf(run, scope, item)}/`]);
    }
  }
}

function hasLabel({ start }: RunState, { kind, options }: NodePlan, [key, value]: readonly [string, string]): boolean {
  if (kind !== "task") return false;
  return (options.labels?.[key] ?? start.defaults?.labels?.[key] ?? start.labels?.[key]) === value;
}

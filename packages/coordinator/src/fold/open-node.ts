import { openBranches } from "./composites/branches.ts";
import { openChoice } from "./composites/choose.ts";
import { openLoop } from "./composites/loop.ts";
import { openMap } from "./composites/open-map.ts";
import { openScope } from "./composites/scope.ts";
import { openSignal } from "./composites/signal.ts";
import type { FoldContext } from "./fold-context.ts";
import { requestEvaluation } from "./request-evaluation.ts";
import { nodeTarget } from "../run/evaluation-target.ts";
import { createComposite } from "../run/extras.ts";
import { nodeCode } from "../run/node-table.ts";
import { extrasOf, nodePlanOf, scopeOf, sourceValue } from "../run/run-state.ts";
import { itemOf } from "../run/scope.ts";
import { splice } from "../run/value.ts";
import type { Value } from "../run/value.ts";

/** The needs of a node that is no task have ended. */
export function openNode(context: FoldContext, node: number): void {
  const { run } = context;
  // The event that has released it may have cut it off, too.
  if (run.states[node] !== nodeCode.running) return;
  const scope = scopeOf(run, node);
  const { kind, own, input } = nodePlanOf(scope, node);
  if (kind === "map") openMap(context, node);
  else if (own?.kind === "signal") openSignal(context, node, own);
  else if (input.kind === "expression") requestEvaluation(context, nodeTarget("input", node));
  else {
    openWith(
      context,
      node,
      splice(input, (source) => sourceValue(run, scope, itemOf(scope, node), source)),
    );
  }
}

/** What `$in` is in a node's parts is known. */
export function openWith(context: FoldContext, node: number, input: Value): void {
  const { run } = context;
  const { own } = nodePlanOf(scopeOf(run, node), node);
  extrasOf(run).composites.set(node, createComposite(input));
  switch (own?.kind) {
    case "scope":
      return openScope(context, node, own, input);
    case "branches":
      return openBranches(context, node, own, input);
    case "choose":
      return openChoice(context, node, own);
    case "loop":
      return openLoop(context, node, own, input);
    default:
  }
}

import type { FoldContext } from "./fold-context.ts";
import { release } from "./release.ts";
import { dropTiming } from "./timing.ts";
import { nodeCode } from "../run/node-table.ts";
import type { NodePlan } from "../run/plan.ts";
import { isAttempted, scopeOf, setResult, stepNode } from "../run/run-state.ts";
import { firstNodeOf, itemOf } from "../run/scope.ts";
import { kept } from "../run/value.ts";
import type { Value } from "../run/value.ts";

/** A node has ended well: keeps its result, starts what waited for it alone, and ends its item if it was the last. */
export function succeed(context: FoldContext, node: number, value: Value): void {
  const { run } = context;
  const isUnbegun = run.states[node] === nodeCode.blocked;
  if (!stepNode(run, node, "succeed")) return;
  const scope = scopeOf(run, node);
  const item = itemOf(scope, node);
  const first = firstNodeOf(scope, item);
  const { nodes } = scope.level;
  const plan = nodes[node - first] as NodePlan;
  if (!isUnbegun && isAttempted(run, plan, node)) run.inFlight--;
  if (plan.timing !== undefined) dropTiming(run, node);
  if (run.extras !== undefined) run.extras.composites.delete(node);

  run.archive?.addResult(node, value);
  if ((run.users[node] as number) > 0) setResult(run, node, value instanceof Uint8Array ? kept(value) : value);
  for (const source of plan.reads) {
    const users = (run.users[first + source] as number) - 1;
    run.users[first + source] = users;
    if (users === 0) setResult(run, first + source, undefined);
  }
  // Each node steps into a final state once, so each need counts down once, however often its end is reported.
  for (const successor of plan.successors) {
    const next = first + successor;
    const left = (run.left[next] as number) - 1;
    run.left[next] = left;
    if (left === 0) release(context, next, nodes[successor] as NodePlan);
  }
  const open = (scope.open[item] as number) - 1;
  scope.open[item] = open;
  if (open === 0) context.agenda.push({ todo: "end-item", scope, item });
}

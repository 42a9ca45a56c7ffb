import type { FoldContext } from "./fold-context.ts";
import type { LevelPlan } from "../run/plan.ts";
import { RUN_NODES_MAX } from "../run/run-limits.ts";
import { addNodes, compositeOf, scopeOf } from "../run/run-state.ts";
import { createScope } from "../run/scope.ts";
import type { ScopePart } from "../run/scope.ts";
import type { Value } from "../run/value.ts";

/** Opens a part of a node: one of its levels, with this as its `$in`. Gives why not, where the run would get too large. */
export function openPart(
  context: FoldContext,
  node: number,
  part: ScopePart,
  level: number | LevelPlan,
  input: Value,
): { readonly code: string; readonly message: string } | undefined {
  const { run, agenda } = context;
  const parent = scopeOf(run, node);
  const plan = typeof level === "number" ? (parent.level.plan.levels[level] as LevelPlan) : level;
  const size = plan.nodes.length;
  if (run.nodeCount + size > RUN_NODES_MAX) {
    const message = `with ${size} more nodes the run would have more than ${RUN_NODES_MAX} nodes`;
    return { code: "RUN_TOO_LARGE", message };
  }
  const base = addNodes(run, plan, 1);
  const place = { index: run.scopes.length, level: plan, parentNode: node, parentScope: parent.index, base, part };
  const scope = createScope(place, [input]);
  scope.begun = 1;
  run.scopes.push(scope);
  compositeOf(run, node)?.parts.add(scope.index);
  agenda.push({ todo: "begin", scope });
  return undefined;
}

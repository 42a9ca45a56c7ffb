import type { AttemptReplaced } from "@arpeggio/core";
import { isCurrent } from "../attempt-events.ts";
import { failNode, failTask } from "../fail.ts";
import type { FoldContext, PlanOf } from "../fold-context.ts";
import { openPart } from "../open-part.ts";
import { createComposite } from "../../run/extras.ts";
import { createTimes } from "../../run/node-times.ts";
import type { LevelPlan } from "../../run/plan.ts";
import { extrasOf, scopeOf, stepNode } from "../../run/run-state.ts";
import type { RunState } from "../../run/run-state.ts";
import type { Scope } from "../../run/scope.ts";
import { kept } from "../../run/value.ts";

/** How deep graphs may lie in each other that tasks have put in their places. */
export const REPLACE_DEPTH_MAX = 50;

/** A task has given a graph in its place: that is what the node is from now on. */
export function attemptReplaced(context: FoldContext, event: AttemptReplaced, planOf: PlanOf): void {
  const { run } = context;
  if (!isCurrent(run, event)) return;
  const { node, graph } = event;
  const plan = graph === run.plan.hash ? run.plan : (run.extras?.plans?.get(graph) ?? planOf(graph));
  if ("code" in plan) return failTask(context, node, plan);
  const depth = depthOf(run, node) + 1;
  if (depth > REPLACE_DEPTH_MAX) {
    const message = `tasks have put graphs in their places ${depth} times in each other, and ${REPLACE_DEPTH_MAX} is the most`;
    return failTask(context, node, { code: "REPLACE_TOO_DEEP", message });
  }
  const extras = extrasOf(run);
  run.times ??= { ...createTimes(), nowMs: context.timestampMs - run.startedAtMs };
  if (plan !== run.plan) (extras.plans ??= new Map()).set(graph, plan);
  stepNode(run, node, "start");
  run.inFlight--;
  extras.composites.set(node, createComposite(undefined));
  const part = { role: "replacement", place: 0, name: undefined } as const;
  const refusal = openPart(context, node, part, plan.levels[0] as LevelPlan, kept(event.input));
  if (refusal !== undefined) failNode(context, node, refusal);
}

/** In how many graphs a node lies that tasks have put in their places. */
function depthOf(run: RunState, node: number): number {
  let depth = 0;
  for (let at = scopeOf(run, node); at.parentNode >= 0; at = run.scopes[at.parentScope] as Scope) {
    if (at.part?.role === "replacement") depth++;
  }
  return depth;
}

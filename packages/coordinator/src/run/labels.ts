import { labelsOfStep } from "@arpeggio/core";
import { nodePlanOf, scopeOf } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import type { Scope } from "./scope.ts";

type Labels = Readonly<Record<string, string>>;

/** What a node's handler gets as labels: its own over those of the tasks in whose place it stands, and these over the run's. */
export function labelsOf(run: RunState, node: number): Labels | undefined {
  const scope = scopeOf(run, node);
  const { options } = nodePlanOf(scope, node);
  const around = labelsAround(run, scope);
  return labelsOfStep(around === undefined ? options : { labels: { ...around, ...options.labels } }, run.start);
}

/** The nearer the task, the stronger; undefined where there is none, as mostly. */
function labelsAround(run: RunState, scope: Scope): Labels | undefined {
  let labels: Labels | undefined;
  for (let at = scope; at.parentNode >= 0; at = run.scopes[at.parentScope] as Scope) {
    if (at.part?.role !== "replacement") continue;
    const { options } = nodePlanOf(run.scopes[at.parentScope] as Scope, at.parentNode);
    if (options.labels !== undefined) labels = { ...options.labels, ...labels };
  }
  return labels;
}

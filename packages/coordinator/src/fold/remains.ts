import type { DoneNode, RunRemains } from "@arpeggio/core";
import type { CutOff, FoldContext } from "./fold-context.ts";
import { valueOfSuccess } from "./outcome-value.ts";
import { itemPathOf, nodePathOf } from "../run/node-path.ts";
import { nodeCode } from "../run/node-table.ts";
import { nodePlanOf, scopeOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { firstNodeOf, itemState, itemValue } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";
import { payloadOf } from "../run/value.ts";
import type { Value } from "../run/value.ts";

/** So much of a run that has not succeeded can be kept by a redrive; the rest runs again. */
const REMAINS_NODES_MAX = 100_000;
const REMAINS_BYTES_MAX = 16 * 1024 * 1024;

/**
 * What a run that ends with this event leaves to go on with: what had succeeded in the parts that this very event has cut
 * off. What failed earlier has been dealt with, and may have been undone.
 */
export function remainsOf({ run, cutOff, dropped }: FoldContext): RunRemains | undefined {
  const root = run.scopes[0] as Scope;
  const input = itemValue(root.inputs, 0);
  if (input === undefined) return undefined;
  const found = new Remains();
  for (const one of cutOff ?? []) collect(run, one, dropped, found);
  const { start } = run;
  return {
    run: start.run,
    workflow: start.workflow,
    graph: start.graph,
    input: payloadOf(input),
    ...(start.labels === undefined ? {} : { labels: start.labels }),
    ...(start.timeoutMs === undefined ? {} : { timeoutMs: start.timeoutMs }),
    ...(start.defaults === undefined ? {} : { defaults: start.defaults }),
    succeeded: found.succeeded,
    failed: found.failed,
    isComplete: found.isComplete && cutOff !== undefined,
  };
}

class Remains {
  readonly succeeded: DoneNode[] = [];
  readonly failed: string[] = [];
  isComplete = true;
  #bytes = 0;

  add(path: () => string, value: Value | undefined): void {
    const payload = value === undefined ? undefined : payloadOf(value);
    const bytes = this.#bytes + (payload?.length ?? 0);
    if (this.succeeded.length === REMAINS_NODES_MAX || bytes > REMAINS_BYTES_MAX) {
      this.isComplete = false;
      return;
    }
    this.#bytes = bytes;
    this.succeeded.push({ node: path(), ...(payload === undefined ? {} : { value: payload }) });
  }

  addFailed(path: () => string): void {
    if (this.failed.length < REMAINS_NODES_MAX) this.failed.push(path());
  }
}

function collect(run: RunState, one: CutOff, dropped: ReadonlyMap<number, Value> | undefined, found: Remains): void {
  if ("outcomes" in one) {
    const { node, outcomes } = one;
    const { own } = nodePlanOf(scopeOf(run, node), node);
    const keys = own?.kind === "branches" ? own.keys : undefined;
    for (const [i, outcome] of outcomes.entries()) {
      const name = keys === undefined ? `[${i}]` : `.${keys[i]}`;
      if (outcome?.ok === true) found.add(() => `${nodePathOf(run, node)}${name}`, outcome.value);
    }
    return;
  }
  const { scope, item } = one;
  const first = firstNodeOf(scope, item);
  for (const { index, kind, settle } of scope.level.nodes) {
    const node = first + index;
    const state = run.states[node];
    if (state === nodeCode.succeeded) found.add(() => nodePathOf(run, node), run.results[node] ?? dropped?.get(node));
    else if (state === nodeCode.failed) found.addFailed(() => nodePathOf(run, node));
    const opened = state === nodeCode.succeeded || kind !== "map" ? undefined : run.opened?.get(node);
    if (opened !== undefined) collectItems(run, run.scopes[opened] as Scope, settle, found);
  }
}

function collectItems(run: RunState, scope: Scope, settle: boolean, found: Remains): void {
  for (let item = 0; item < scope.width; item++) {
    if (scope.itemStates[item] !== itemState.succeeded) continue;
    const output = itemValue(scope.outputs, item);
    const value = settle && output !== undefined ? valueOfSuccess(output) : output;
    if (value !== undefined) found.add(() => itemPathOf(run, scope, item), value);
  }
}

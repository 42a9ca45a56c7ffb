import type { RunRemains } from "@arpeggio/core";
import type { FoldContext } from "./fold-context.ts";
import { RemainsCollector } from "./remains-collector.ts";
import type { RunArchive } from "../run/run-archive.ts";
import { resultOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { itemValue } from "../run/scope.ts";
import type { Scope } from "../run/scope.ts";
import { payloadOf } from "../run/value.ts";
import type { Value } from "../run/value.ts";

/**
 * What a run that ends with this event leaves to go on with: what had succeeded in the parts that this very event has cut
 * off. What failed earlier has been dealt with, and may have been undone.
 */
export function remainsOf({ run, cutOff, dropped }: FoldContext): RunRemains | undefined {
  const root = run.scopes[0] as Scope;
  const input = itemValue(root.inputs, 0);
  if (input === undefined) return undefined;
  const found = new RemainsCollector(run, (node) => resultOf(run, node) ?? dropped?.get(node));
  found.addAll(cutOff ?? []);
  return remainsWith(run, input, found, cutOff !== undefined);
}

/**
 * The same of a run that has been folded again, with all results that its archive has; of one that succeeded, everything.
 *
 * @param within a path: only of the nodes around it is it told what is in them. Of all nodes where it is undefined.
 */
export function remainsOfPast(run: RunState, archive: RunArchive, within: string | undefined): RunRemains {
  const found = new RemainsCollector(run, (node) => archive.resultOf(node), { archive, within });
  const isSuccess = run.life === "succeeded";
  found.addAll(isSuccess ? [{ scope: run.scopes[0] as Scope, item: 0 }] : archive.cutOff);
  return remainsWith(run, archive.input, found, archive.isComplete && (isSuccess || archive.cutOff.length > 0));
}

function remainsWith({ start }: RunState, input: Value, found: RemainsCollector, isWhole: boolean): RunRemains {
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
    isComplete: found.isComplete && isWhole,
  };
}

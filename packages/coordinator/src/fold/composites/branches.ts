import { splicePayloadObject } from "@arpeggio/core";
import type { NodeFailure } from "@arpeggio/core";
import { closeItem } from "../close.ts";
import { endPart } from "../end-part.ts";
import { causeOf, failNode } from "../fail.ts";
import type { FoldContext } from "../fold-context.ts";
import { takeCompensation } from "../leftovers.ts";
import { openPart } from "../open-part.ts";
import { outcomeOfFailure, successOf } from "../outcome-value.ts";
import type { BranchOutcome, Composite } from "../../run/extras.ts";
import { exceeds } from "../../run/kind-plan.ts";
import type { BranchesPlan } from "../../run/kind-plan.ts";
import { compositeOf, nodePlanOf } from "../../run/run-state.ts";
import { itemState } from "../../run/scope.ts";
import type { Scope } from "../../run/scope.ts";
import { payloadOf } from "../../run/value.ts";
import type { Value } from "../../run/value.ts";

/** The needs of branches have ended: all of them begin. */
export function openBranches(context: FoldContext, node: number, own: BranchesPlan, input: Value): void {
  const { levels, keys, until, count } = own;
  const composite = compositeOf(context.run, node) as Composite;
  composite.outcomes = new Array<BranchOutcome | undefined>(levels.length).fill(undefined);
  if (until === "all" && levels.length === 0) return succeedWith(context, node, outcomesOf(own, composite));
  if (until === "quorum" && count === 0) return succeedWith(context, node, []);
  if (levels.length === 0 || (until === "quorum" && levels.length < count)) return failNode(context, node, tooFew(own));
  for (const [place, level] of levels.entries()) {
    const refusal = openPart(context, node, { role: "branch", place, name: keys?.[place] }, level, input);
    if (refusal !== undefined) return failNode(context, node, refusal);
  }
}

export function branchSucceeded(context: FoldContext, scope: Scope, place: number, value: Value): void {
  const { own, composite, node } = stateOf(context, scope);
  composite.ended++;
  note(composite, place, { ok: true, value });
  switch (own.until) {
    case "ended":
    case "succeeded":
      return decide(context, scope, composite, value);
    case "quorum":
      if (composite.ended - composite.failed < own.count) return undefined;
      return decide(context, scope, composite, valuesOf(composite));
    case "all":
      if (composite.ended === own.levels.length) succeedWith(context, node, outcomesOf(own, composite));
  }
}

/** A branch has failed, which is not yet the end of the others. */
export function branchFailed(context: FoldContext, scope: Scope, place: number, failure: NodeFailure): void {
  const { own, composite, node } = stateOf(context, scope);
  const total = own.levels.length;
  composite.ended++;
  composite.failed++;
  note(composite, place, { ok: false, error: failure });
  const { failed } = composite;
  const lastOne = `the last of them with ${failure.code}: ${failure.message}`;
  if (own.until === "succeeded" && failed === total) {
    const message = `all ${total} branches have failed, ${lastOne}`;
    failNode(context, node, { code: "ALL_BRANCHES_FAILED", message, ...causeOf(failure) });
  } else if (own.until === "quorum" && total - failed < own.count) {
    const message = `${failed} of ${total} branches have failed, so ${own.count} can no longer succeed; ${lastOne}`;
    failNode(context, node, { code: "QUORUM_NOT_REACHED", message, ...causeOf(failure) });
  } else if (own.until === "all" && own.maxFailures !== undefined && exceeds(own.maxFailures, failed, total)) {
    const message = `${failed} of ${total} branches have failed, ${lastOne}`;
    failNode(context, node, { code: "TOO_MANY_FAILURES", message, ...causeOf(failure) });
  } else if (own.until === "all" && composite.ended === total) {
    succeedWith(context, node, outcomesOf(own, composite));
  }
}

/** The result is there: what the other branches are at is cut off, and what they have done is undone first. */
function decide(context: FoldContext, scope: Scope, composite: Composite, value: Value): void {
  const { run } = context;
  for (const index of composite.parts) {
    const other = run.scopes[index] as Scope;
    if ((other.itemStates[0] as number) <= itemState.evaluating) closeItem(context, other, 0, "skip");
    else takeCompensation(context, other, 0);
  }
  composite.parts.clear();
  composite.parts.add(scope.index);
  endPart(context, scope, 0, { kind: "node", value });
}

function succeedWith({ agenda }: FoldContext, node: number, value: Value): void {
  agenda.push({ todo: "succeed", node, value });
}

function note(composite: Composite, place: number, outcome: BranchOutcome): void {
  if (composite.outcomes !== undefined) composite.outcomes[place] = outcome;
}

function valuesOf({ outcomes = [] }: Composite): Value {
  return outcomes.flatMap((outcome) => (outcome?.ok === true ? [outcome.value] : []));
}

function outcomesOf({ keys }: BranchesPlan, { outcomes = [] }: Composite): Value {
  const values = outcomes.map((outcome) => {
    if (outcome === undefined) throw new TypeError("a branch has not ended");
    return outcome.ok ? successOf(outcome.value) : outcomeOfFailure(outcome.error);
  });
  if (keys === undefined) return values;
  return splicePayloadObject(values.map((value, i) => [keys[i] ?? String(i), payloadOf(value)]));
}

function tooFew({ until, levels, count }: BranchesPlan): { code: string; message: string } {
  if (until !== "quorum") return { code: "ALL_BRANCHES_FAILED", message: "there are no branches, so none can succeed" };
  return { code: "QUORUM_NOT_REACHED", message: `${count} successes cannot come of ${levels.length} branches` };
}

function stateOf({ run }: FoldContext, scope: Scope): { own: BranchesPlan; composite: Composite; node: number } {
  const { parentNode: node, parentScope } = scope;
  const { own } = nodePlanOf(run.scopes[parentScope] as Scope, node);
  const composite = compositeOf(run, node);
  if (own?.kind !== "branches" || composite === undefined) throw new TypeError(`node ${node} has no branches at work`);
  return { own, composite, node };
}

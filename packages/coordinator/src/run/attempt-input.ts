import type { AttemptInput, Expr, Payload } from "@arpeggio/core";
import { parseTarget } from "./evaluation-target.ts";
import { compositeOf, nodePlanOf, scopeOf, sourceValue } from "./run-state.ts";
import type { RunState } from "./run-state.ts";
import { itemOf } from "./scope.ts";
import type { Scope } from "./scope.ts";
import { payloadOf, splice } from "./value.ts";
import type { Value } from "./value.ts";
import type { ValuePlan } from "./value-plan.ts";

/** What an attempt of a node gets: the value if bytes alone make it, otherwise an expression for the worker. */
export function attemptInputOf(run: RunState, node: number): AttemptInput {
  const scope = scopeOf(run, node);
  const item = itemOf(scope, node);
  const { input } = nodePlanOf(scope, node);
  if (input.kind === "expression") {
    return { kind: "expression", expr: input.bytes, args: argsOf(run, scope, item, input) };
  }
  return new ValueInput(payloadOf(splice(input, (source) => sourceValue(run, scope, item, source))));
}

class ValueInput {
  readonly kind = "value";
  readonly payload: Payload;

  constructor(payload: Payload) {
    this.payload = payload;
  }
}

/** What has to be evaluated for a target: an expression over arguments, which are its references `0`, `1` … */
export interface Evaluation {
  readonly expr: Expr;
  readonly args: readonly Payload[];
}

/** The evaluation of a target that the run waits for; undefined if it does not wait for it any more. */
export function evaluationOf(run: RunState, target: string): Evaluation | undefined {
  const parsed = run.evaluations?.has(target) === true ? parseTarget(target) : undefined;
  if (parsed === undefined) return undefined;
  if (parsed.what === "output") {
    const scope = run.scopes[parsed.scope] as Scope;
    return evaluationIn(run, scope, parsed.item, scope.level.output);
  }
  const scope = scopeOf(run, parsed.node);
  const { input, own } = nodePlanOf(scope, parsed.node);
  if (parsed.what === "until" && own?.kind === "loop") {
    const { value } = compositeOf(run, parsed.node) ?? {};
    return value === undefined ? undefined : evaluationOver(own.until, () => value);
  }
  const plan = parsed.what === "on" && own?.kind === "choose" ? own.on : input;
  return evaluationIn(run, scope, itemOf(scope, parsed.node), plan);
}

function evaluationIn(run: RunState, scope: Scope, item: number, plan: ValuePlan): Evaluation {
  return evaluationOver(plan, (source) => sourceValue(run, scope, item, source));
}

function evaluationOver(plan: ValuePlan, valueOf: (source: number) => Value): Evaluation {
  if (plan.kind === "expression")
    return { expr: plan.expr, args: plan.sources.map((source) => payloadOf(valueOf(source))) };
  // It lies in the blob store, and its value is all that is asked for.
  return { expr: { ref: "0" }, args: [payloadOf(splice(plan, valueOf))] };
}

function argsOf(run: RunState, scope: Scope, item: number, plan: ValuePlan): Payload[] {
  return plan.sources.map((source) => payloadOf(sourceValue(run, scope, item, source)));
}

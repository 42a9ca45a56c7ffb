import { encodePayload } from "@arpeggio/core";
import { failNode } from "../fail.ts";
import type { FoldContext } from "../fold-context.ts";
import { hold } from "../hold.ts";
import { openPart } from "../open-part.ts";
import { requestEvaluation } from "../request-evaluation.ts";
import { arm } from "../timing.ts";
import { nodeTarget } from "../../run/evaluation-target.ts";
import type { LoopPlan } from "../../run/kind-plan.ts";
import { nodeCode } from "../../run/node-table.ts";
import { compositeOf, nodePlanOf, scopeOf } from "../../run/run-state.ts";
import type { RunState } from "../../run/run-state.ts";
import { roundTimer } from "../../run/timer-ids.ts";
import { payloadOf, splice } from "../../run/value.ts";
import type { Value } from "../../run/value.ts";

/** The needs of a loop have ended: its first round begins. */
export function openLoop(context: FoldContext, node: number, own: LoopPlan, input: Value): void {
  round(context, node, own, input);
}

/** A round has come to a value: asks whether it was the last one. */
export function roundSucceeded(context: FoldContext, node: number, value: Value): void {
  const composite = compositeOf(context.run, node);
  const own = planOf(context.run, node);
  if (composite === undefined || own === undefined) return;
  composite.value = value;
  const { until } = own;
  if (until.kind === "expression") requestEvaluation(context, nodeTarget("until", node));
  else
    roundDecided(
      context,
      node,
      splice(until, () => value),
    );
}

const TRUE = encodePayload(true)[0];
/** What is missing, or null, is not true: so types say of conditions. */
const NOT_TRUE = [encodePayload(false)[0], encodePayload(null)[0]];

/** Whether the loop is at its end is known. */
export function roundDecided(context: FoldContext, node: number, answer: Value): void {
  const { run, agenda, timestampMs } = context;
  const composite = compositeOf(run, node);
  const own = planOf(run, node);
  if (composite?.value === undefined || own === undefined) return;
  const bytes = payloadOf(answer);
  const isOver = bytes.length === 1 && bytes[0] === TRUE;
  if (isOver) return void agenda.push({ todo: "succeed", node, value: composite.value });
  if (bytes.length !== 1 || !NOT_TRUE.includes(bytes[0])) {
    const message = "what ends the loop (until) has to come to true or false, but comes to something else";
    return failNode(context, node, { code: "EXPRESSION_FAILED", message });
  }
  if (composite.round >= own.max) {
    const message = `its body has run ${composite.round} times, and what ends it (until) is still not true`;
    return failNode(context, node, { code: "LOOP_MAX_REACHED", message });
  }
  if (own.everyMs > 0) arm(context, roundTimer(node), timestampMs + own.everyMs);
  else if (!hold(run, roundTimer(node))) beginRound(context, node);
}

/** The next round begins, with what the last one came to. */
export function beginRound(context: FoldContext, node: number): void {
  const { run } = context;
  const composite = compositeOf(run, node);
  const own = planOf(run, node);
  if (composite?.value === undefined || own === undefined || run.states[node] !== nodeCode.running) return;
  const { value } = composite;
  composite.value = undefined;
  round(context, node, own, value);
}

function round(context: FoldContext, node: number, own: LoopPlan, input: Value): void {
  const composite = compositeOf(context.run, node);
  if (composite === undefined) return;
  const place = composite.round++;
  const refusal = openPart(context, node, { role: "round", place, name: undefined }, own.body, input);
  if (refusal !== undefined) failNode(context, node, refusal);
}

function planOf(run: RunState, node: number): LoopPlan | undefined {
  const { own } = nodePlanOf(scopeOf(run, node), node);
  return own?.kind === "loop" ? own : undefined;
}

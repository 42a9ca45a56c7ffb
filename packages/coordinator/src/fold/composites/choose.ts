import { decodePayload, isBlobReference } from "@arpeggio/core";
import type { Payload } from "@arpeggio/core";
import { failNode } from "../fail.ts";
import type { FoldContext } from "../fold-context.ts";
import { openPart } from "../open-part.ts";
import { requestEvaluation } from "../request-evaluation.ts";
import { nodeTarget } from "../../run/evaluation-target.ts";
import type { ChoosePlan } from "../../run/kind-plan.ts";
import { compositeOf, nodePlanOf, scopeOf, sourceValue } from "../../run/run-state.ts";
import { itemOf } from "../../run/scope.ts";
import { payloadOf, splice } from "../../run/value.ts";

/** The needs of a choice have ended: finds out which case is meant. */
export function openChoice(context: FoldContext, node: number, { on }: ChoosePlan): void {
  const { run } = context;
  if (on.kind === "expression") return requestEvaluation(context, nodeTarget("on", node));
  const scope = scopeOf(run, node);
  const value = payloadOf(splice(on, (source) => sourceValue(run, scope, itemOf(scope, node), source)));
  if (isBlobReference(value)) requestEvaluation(context, nodeTarget("on", node));
  else choose(context, node, value);
}

/** The case is known: it begins. */
export function choose(context: FoldContext, node: number, on: Payload): void {
  const { run } = context;
  const { own } = nodePlanOf(scopeOf(run, node), node);
  const composite = compositeOf(run, node);
  if (own?.kind !== "choose" || composite?.input === undefined) return;
  const key = keyOf(on);
  const chosen = key === undefined ? undefined : own.cases.get(key);
  if (chosen === undefined && own.otherwise < 0) {
    const known = [...own.cases.keys()].slice(0, 20).join("', '");
    const meant = key === undefined ? "no text, number, boolean or null came" : `'${key.slice(0, 100)}' came`;
    return failNode(context, node, {
      code: "CASE_MISSING",
      message: `${meant}, and there are only the cases '${known}' and no otherwise`,
    });
  }
  const part = { role: "case", place: 0, name: chosen === undefined ? undefined : key } as const;
  const refusal = openPart(context, node, part, chosen ?? own.otherwise, composite.input);
  if (refusal !== undefined) failNode(context, node, refusal);
}

const KEY_BITS_MAX = 4_096;

/** The name of the case that a value means; undefined where it can mean none. */
function keyOf(on: Payload): string | undefined {
  try {
    const value = decodePayload(on);
    // The digits of one of a million bits take long, and no case is called so.
    if (typeof value === "bigint" && BigInt.asIntN(KEY_BITS_MAX, value) !== value) return undefined;
    const isKey = value === null || ["string", "number", "boolean", "bigint"].includes(typeof value);
    return isKey ? String(value) : undefined;
  } catch {
    return undefined; // a list or an object with parts that lie in the blob store
  }
}

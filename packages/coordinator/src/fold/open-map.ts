import { decodePayload, isBlobReference, payloadArrayLength, splitPayloadArray } from "@arpeggio/core";
import type { Payload } from "@arpeggio/core";
import { endItem } from "./end-item.ts";
import { overTarget } from "../run/evaluation-target.ts";
import { failNode } from "./fail.ts";
import type { FoldContext } from "./fold-context.ts";
import { release } from "./release.ts";
import { requestEvaluation } from "./request-evaluation.ts";
import type { LevelPlan, NodePlan } from "../run/plan.ts";
import { addNodes, nodePlanOf, scopeOf, sourceValue } from "../run/run-state.ts";
import { PackedValues } from "../run/packed-values.ts";
import { createScope, firstNodeOf, itemOf } from "../run/scope.ts";
import type { ItemValues, Scope } from "../run/scope.ts";
import { splice } from "../run/value.ts";

/** How many nodes a run may come to, the items of its maps included. */
export const RUN_NODES_MAX = 10_000_000;

/** The needs of a map have ended: opens it with its items, or asks for them where bytes alone do not tell. */
export function openMap(context: FoldContext, node: number): void {
  const { run } = context;
  const scope = scopeOf(run, node);
  const { input } = nodePlanOf(scope, node);
  if (input.kind === "expression") return requestEvaluation(context, overTarget(node));
  const list = splice(input, (source) => sourceValue(run, scope, itemOf(scope, node), source));
  if (list instanceof PackedValues) openMapWith(context, node, list);
  else if (!(list instanceof Uint8Array)) openMapWith(context, node, [...list]);
  else if (isBlobReference(list)) requestEvaluation(context, overTarget(node));
  else openMapWithPayload(context, node, list);
}

/** Opens a map with an encoded list. */
export function openMapWithPayload(context: FoldContext, node: number, list: Payload): void {
  const length = payloadArrayLength(list);
  if (length === undefined) {
    failNode(context, node, {
      code: "MAP_OVER_NOT_A_LIST",
      message: `a map can only run over a list, but ${textOf(list)} came`,
    });
  } else {
    const isWide = length >= context.run.limits.packedFrom;
    openMapWith(context, node, isWide ? PackedValues.ofList(list) : splitPayloadArray(list));
  }
}

function openMapWith(context: FoldContext, node: number, items: ItemValues): void {
  const { run } = context;
  if (items.length === 0) {
    context.agenda.push({ todo: "succeed", node, value: [] });
    return;
  }
  const parent = scopeOf(run, node);
  const level = run.plan.levels[nodePlanOf(parent, node).body] as LevelPlan;
  const size = level.nodes.length;
  if (run.nodeCount + items.length * size > RUN_NODES_MAX) {
    const message = `with ${items.length} items of ${size} nodes the run would have more than ${RUN_NODES_MAX} nodes`;
    return failNode(context, node, { code: "RUN_TOO_LARGE", message });
  }
  const base = addNodes(run, level, items.length);
  const place = { index: run.scopes.length, level, parentNode: node, parentScope: parent.index, base };
  const scope = createScope(place, items);
  run.scopes.push(scope);
  run.opened ??= new Map();
  run.opened.set(node, scope.index);
  // Maps that begin with maps put nothing under way by themselves, so the number of items is bounded, too.
  const most = Math.min(scope.width, run.limits.inFlightMax);
  while (scope.begun < most && hasRoom(context)) beginItem(context, scope);
  if (scope.begun < scope.width) (run.unbegun ??= []).push(scope.index);
}

/**
 * Begins one item that has waited until less of its run is under way; false if none has to or may begin. Items of the map that
 * opened last come first: what is in the middle of its work ends before more is begun.
 */
export function beginNextItem(context: FoldContext): boolean {
  const { unbegun, scopes } = context.run;
  if (unbegun === undefined || !hasRoom(context)) return false;
  for (let index = unbegun.at(-1); index !== undefined; index = unbegun.at(-1)) {
    const scope = scopes[index] as Scope;
    if (scope.begun < scope.width) {
      beginItem(context, scope);
      return true;
    }
    unbegun.pop();
  }
  context.run.unbegun = undefined;
  return false;
}

function hasRoom({ run }: FoldContext): boolean {
  return run.inFlight + (run.evaluations?.size ?? 0) < run.limits.inFlightMax;
}

function beginItem(context: FoldContext, scope: Scope): void {
  const { level } = scope;
  const item = scope.begun++;
  if (level.nodes.length === 0) return endItem(context, scope, item);
  const first = firstNodeOf(scope, item);
  for (const entry of level.entry) release(context, first + entry, level.nodes[entry] as NodePlan);
}

const TEXT_CHARS_MAX = 100;

function textOf(value: Payload): string {
  try {
    const text = JSON.stringify(decodePayload(value));
    return text.length > TEXT_CHARS_MAX ? `${text.slice(0, TEXT_CHARS_MAX)}…` : text;
  } catch {
    return "another value"; // a bigint, or parts that lie in the blob store
  }
}

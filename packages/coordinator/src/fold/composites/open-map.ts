import { decodePayload, isBlobReference, payloadArrayLength, splitPayloadArray } from "@arpeggio/core";
import type { Payload } from "@arpeggio/core";
import { overTarget } from "../../run/evaluation-target.ts";
import { failNode } from "../fail.ts";
import type { FoldContext } from "../fold-context.ts";
import { requestEvaluation } from "../request-evaluation.ts";
import { startItem } from "../start-item.ts";
import { createComposite } from "../../run/extras.ts";
import { canBegin, noteUnbegun } from "../../run/item-window.ts";
import type { LevelPlan } from "../../run/plan.ts";
import { RUN_NODES_MAX } from "../../run/run-limits.ts";
import { addNodes, extrasOf, nodePlanOf, scopeOf, sourceValue } from "../../run/run-state.ts";
import { PackedList } from "../../run/packed-list.ts";
import { PackedValues } from "../../run/packed-values.ts";
import { createScope, itemOf } from "../../run/scope.ts";
import type { ItemValues, Scope } from "../../run/scope.ts";
import { splice } from "../../run/value.ts";

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
    openMapWith(context, node, isWide ? PackedList.of(list) : splitPayloadArray(list));
  }
}

function openMapWith(context: FoldContext, node: number, items: ItemValues): void {
  const { run } = context;
  if (items.length === 0) {
    context.agenda.push({ todo: "succeed", node, value: [] });
    return;
  }
  const parent = scopeOf(run, node);
  const { body, own } = nodePlanOf(parent, node);
  const level = parent.level.plan.levels[body] as LevelPlan;
  const size = level.nodes.length;
  if (run.nodeCount + items.length * size > RUN_NODES_MAX) {
    const message = `with ${items.length} items of ${size} nodes the run would have more than ${RUN_NODES_MAX} nodes`;
    return failNode(context, node, { code: "RUN_TOO_LARGE", message });
  }
  if (own !== undefined) extrasOf(run).composites.set(node, createComposite(undefined));
  const base = addNodes(run, level, items.length);
  const place = { index: run.scopes.length, level, parentNode: node, parentScope: parent.index, base };
  const scope = createScope(place, items);
  run.scopes.push(scope);
  run.opened ??= new Map();
  run.opened.set(node, scope.index);
  // Maps that begin with maps put nothing under way by themselves, so the number of items is bounded, too.
  const most = Math.min(scope.width, run.limits.inFlightMax);
  while (scope.begun < most && canBegin(run, scope) && hasRoom(context)) beginItem(context, scope);
  if (canBegin(run, scope)) noteUnbegun(run, scope);
}

/**
 * Begins one item that has waited until less of its run is under way; false if none has to or may begin. Items of the map that
 * opened last come first: what is in the middle of its work ends before more is begun.
 */
export function beginNextItem(context: FoldContext): boolean {
  const { run } = context;
  const { unbegun, scopes, extras } = run;
  if (unbegun === undefined || extras?.paused !== undefined || !hasRoom(context)) return false;
  for (let index = unbegun.at(-1); index !== undefined; index = unbegun.at(-1)) {
    const scope = scopes[index] as Scope;
    if (canBegin(run, scope)) {
      beginItem(context, scope);
      return true;
    }
    unbegun.pop();
  }
  run.unbegun = undefined;
  return false;
}

function hasRoom({ run }: FoldContext): boolean {
  return run.inFlight + (run.evaluations?.size ?? 0) < run.limits.inFlightMax;
}

function beginItem(context: FoldContext, scope: Scope): void {
  startItem(context, scope, scope.begun++);
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

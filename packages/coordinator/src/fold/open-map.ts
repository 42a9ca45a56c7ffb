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
import { createScope, firstNodeOf, itemOf } from "../run/scope.ts";
import { splice } from "../run/value.ts";
import type { Value } from "../run/value.ts";

/** How many nodes a run may come to, the items of its maps included. */
export const RUN_NODES_MAX = 10_000_000;

/** The needs of a map have ended: opens it with its items, or asks for them where bytes alone do not tell. */
export function openMap(context: FoldContext, node: number): void {
  const { run } = context;
  const scope = scopeOf(run, node);
  const { input } = nodePlanOf(scope, node);
  if (input.kind === "expression") return requestEvaluation(context, overTarget(node));
  const list = splice(input, (source) => sourceValue(run, scope, itemOf(scope, node), source));
  if (!(list instanceof Uint8Array)) openMapWith(context, node, [...list]);
  else if (isBlobReference(list)) requestEvaluation(context, overTarget(node));
  else openMapWithPayload(context, node, list);
}

/** Opens a map with an encoded list. */
export function openMapWithPayload(context: FoldContext, node: number, list: Payload): void {
  if (payloadArrayLength(list) === undefined) {
    failNode(context, node, {
      code: "MAP_OVER_NOT_A_LIST",
      message: `a map can only run over a list, but ${textOf(list)} came`,
    });
  } else openMapWith(context, node, splitPayloadArray(list));
}

function openMapWith(context: FoldContext, node: number, items: Value[]): void {
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
  for (let item = 0; item < scope.width; item++) {
    const first = firstNodeOf(scope, item);
    if (size === 0) endItem(context, scope, item);
    else for (const entry of level.entry) release(context, first + entry, level.nodes[entry] as NodePlan);
  }
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

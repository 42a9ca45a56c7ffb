import { packedCounts } from "./node-counts.ts";
import type { NodeCounts } from "./node-counts.ts";
import { PackedSlots } from "./packed-slots.ts";
import { PackedValues } from "./packed-values.ts";
import type { LevelPlan } from "./plan.ts";
import { payloadOf } from "./value.ts";
import type { Value } from "./value.ts";

/** A value for each item; packed in wide scopes. */
export type ItemValues = (Value | undefined)[] | PackedValues;

/** Which part of a node a scope is; scopes without one are a run's own, or the items of a map. */
export interface ScopePart {
  readonly role: PartRole;
  /** Which branch, or which round, from 0. */
  readonly place: number;
  /** What paths call it: the case of a choice, the key of a branch. */
  readonly name: string | undefined;
}

export type PartRole =
  | "body"
  | "onError"
  | "recover"
  | "finally"
  | "undo"
  | "branch"
  | "case"
  | "round"
  | "replacement";

/**
 * One level at work: the nodes of the workflow itself or of a part of a node (one item), or of a map's body, once for each
 * item. The node of item `i` with index `k` on its level has the number `base + i * level.nodes.length + k`.
 */
export interface Scope {
  /** Its place among the run's scopes, which are numbered in the order in which they open. */
  readonly index: number;
  readonly level: LevelPlan;
  /** The number of the node that opened it; -1 for the run's own scope. */
  readonly parentNode: number;
  /** The scope of that node; -1 for the run's own scope. */
  readonly parentScope: number;
  readonly base: number;
  readonly part: ScopePart | undefined;
  /** How many items there are. */
  readonly width: number;
  /** What each item's `$in` is; undefined once the item has ended, unless they are packed. */
  inputs: ItemValues;
  /** What each item came to; handed on as the map's result when the last one has ended. */
  outputs: ItemValues;
  /** How many nodes of each item have not ended. */
  open: NodeCounts;
  /** One of {@link itemState} for each item. */
  readonly itemStates: number[] | Uint8Array;
  /** How many items have begun: those from here on have to wait until fewer attempts of the run are under way. */
  begun: number;
  /** How many items have not ended. */
  itemsLeft: number;
}

export const itemState = {
  open: 0,
  /** All nodes have ended well; its output waits for an evaluation. */
  evaluating: 1,
  succeeded: 2,
  failed: 3,
} as const;

export interface ScopePlace {
  readonly index: number;
  readonly level: LevelPlan;
  readonly parentNode: number;
  readonly parentScope: number;
  readonly base: number;
  readonly part?: ScopePart | undefined;
}

/** A scope whose items have all yet to begin. It takes `inputs` over. */
export function createScope(place: ScopePlace, inputs: ItemValues): Scope {
  const { index, level, parentNode, parentScope, base, part } = place;
  const width = inputs.length;
  const size = level.nodes.length;
  const isSingle = width === 1;
  const isPacked = inputs instanceof PackedValues;
  // Literals for the one item that nearly every run has: filling an array of one costs as much as all the rest.
  return {
    index,
    level,
    parentNode,
    parentScope,
    base,
    part,
    width,
    inputs,
    outputs: isPacked ? new PackedSlots(width) : isSingle ? [undefined] : unset(width),
    open: isPacked ? packedCounts(width, size).fill(size) : isSingle ? [size] : new Array<number>(width).fill(size),
    itemStates: isPacked
      ? new Uint8Array(width)
      : isSingle
        ? [itemState.open]
        : new Array<number>(width).fill(itemState.open),
    begun: 0,
    itemsLeft: width,
  };
}

function unset(width: number): undefined[] {
  return new Array<undefined>(width).fill(undefined);
}

export function itemValue(values: ItemValues, item: number): Value | undefined {
  return values instanceof PackedValues ? values.get(item) : values[item];
}

export function setOutput({ outputs }: Scope, item: number, value: Value | undefined): void {
  if (outputs instanceof PackedSlots) outputs.set(item, value === undefined ? undefined : payloadOf(value));
  else if (Array.isArray(outputs)) outputs[item] = value;
}

/** The item has ended: nobody reads its input any more. Packed ones go all together, since others may share them. */
export function dropInput({ inputs }: Scope, item: number): void {
  if (!(inputs instanceof PackedValues)) inputs[item] = undefined;
}

/** The item that a node of the scope belongs to. */
export function itemOf(scope: Scope, node: number): number {
  return Math.floor((node - scope.base) / scope.level.nodes.length);
}

/** The node's index on its level. */
export function indexOf(scope: Scope, node: number): number {
  return (node - scope.base) % scope.level.nodes.length;
}

/** The number of an item's first node. */
export function firstNodeOf(scope: Scope, item: number): number {
  return scope.base + item * scope.level.nodes.length;
}

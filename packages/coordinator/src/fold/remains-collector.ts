import { isInside } from "@arpeggio/core";
import type { DoneNode } from "@arpeggio/core";
import { valueOfSuccess } from "./outcome-value.ts";
import type { BranchesPlan } from "../run/kind-plan.ts";
import { itemPathOf, nodePathOf } from "../run/node-path.ts";
import { nodeCode } from "../run/node-table.ts";
import type { NodePlan } from "../run/plan.ts";
import type { CutOff, RunArchive } from "../run/run-archive.ts";
import { nodePlanOf, scopeOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { firstNodeOf, itemState, itemValue } from "../run/scope.ts";
import type { ItemValues, Scope } from "../run/scope.ts";
import { payloadOf } from "../run/value.ts";
import type { Value } from "../run/value.ts";

/** So much of a run can be kept by a redrive; the rest runs again. */
const REMAINS_NODES_MAX = 100_000;
const REMAINS_BYTES_MAX = 16 * 1024 * 1024;

/** How far to look into nodes that have succeeded, and where what has come of their parts is found. */
export interface Inside {
  readonly archive: RunArchive;
  /** Only into those around this path. */
  readonly within: string | undefined;
}

/** An item to go through; where what had succeeded in it does not count any more, only for what has failed. */
interface OpenItem {
  readonly scope: Scope;
  readonly item: number;
  readonly counts: boolean;
}

/** Gathers what a redrive can go on with. */
export class RemainsCollector {
  readonly succeeded: DoneNode[] = [];
  readonly failed: string[] = [];
  isComplete = true;
  readonly #run: RunState;
  readonly #valueOf: (node: number) => Value | undefined;
  readonly #inside: Inside | undefined;
  #bytes = 0;
  /** The parts of each node, where it is looked into nodes. */
  #parts: ReadonlyMap<number, readonly Scope[]> | undefined;

  constructor(run: RunState, valueOf: (node: number) => Value | undefined, inside?: Inside) {
    this.#run = run;
    this.#valueOf = valueOf;
    this.#inside = inside;
  }

  addAll(cutOff: readonly CutOff[]): void {
    // From the outside to the inside: what lies deeper is needed only where what is around it runs again.
    const open: OpenItem[] = [];
    for (const one of cutOff) {
      if ("outcomes" in one) this.#addBranches(one.node, one.outcomes);
      else open.push({ ...one, counts: true });
    }
    for (let next = 0; next < open.length; next++) this.#addItem(open[next] as OpenItem, open);
  }

  #addBranches(node: number, outcomes: Extract<CutOff, { node: number }>["outcomes"]): void {
    const { own } = nodePlanOf(scopeOf(this.#run, node), node);
    const keys = own?.kind === "branches" ? own.keys : undefined;
    for (const [i, outcome] of outcomes.entries()) {
      const name = keys === undefined ? `[${i}]` : `.${keys[i]}`;
      if (outcome?.ok === true) this.#add(() => `${nodePathOf(this.#run, node)}${name}`, outcome.value);
    }
  }

  #addItem({ scope, item, counts }: OpenItem, open: OpenItem[]): void {
    const { states } = this.#run;
    const first = firstNodeOf(scope, item);
    for (const plan of scope.level.nodes) {
      const node = first + plan.index;
      const isSuccess = states[node] === nodeCode.succeeded;
      if (isSuccess && counts && this.#inside?.archive.enders.has(node) !== true)
        this.#add(() => nodePathOf(this.#run, node), this.#valueOf(node));
      else if (states[node] === nodeCode.failed) this.#addFailed(() => nodePathOf(this.#run, node));
      if (plan.kind === "map") this.#addItems(plan, node, { isSuccess, counts }, open);
      else if (this.#looksInto(() => nodePathOf(this.#run, node)))
        for (const part of this.#partsOf(node)) this.#addPart(plan, part, { isSuccess, counts }, open);
    }
  }

  /** What the items of a map have come to; what is in them, where it is looked into it. */
  #addItems(
    { settle }: NodePlan,
    node: number,
    { isSuccess, counts }: { readonly isSuccess: boolean; readonly counts: boolean },
    open: OpenItem[],
  ): void {
    const opened = this.#run.opened?.get(node);
    const looksInto = this.#looksInto(() => nodePathOf(this.#run, node));
    // One that has ended well tells what it came to itself.
    if (opened === undefined || (isSuccess && !looksInto)) return;
    const scope = this.#run.scopes[opened] as Scope;
    const outputs = isSuccess ? listIn(this.#valueOf(node)) : scope.outputs;
    for (let item = 0; item < scope.width; item++) {
      const isDone = scope.itemStates[item] === itemState.succeeded;
      const output = isDone && counts && outputs !== undefined ? itemValue(outputs, item) : undefined;
      const value = settle && output !== undefined ? valueOfSuccess(output) : output;
      const path = () => itemPathOf(this.#run, scope, item);
      if (value !== undefined) this.#add(path, value);
      // Open items of a map that was cut off were cut off themselves.
      if (looksInto && (isDone || isSuccess) && this.#looksInto(path))
        open.push({ scope, item, counts: counts && isDone });
    }
  }

  #addPart(
    { own }: NodePlan,
    scope: Scope,
    { isSuccess, counts }: { readonly isSuccess: boolean; readonly counts: boolean },
    open: OpenItem[],
  ): void {
    const role = scope.part?.role;
    // What deals with a failure begins anew when what it belongs to does.
    if (role === undefined || role === "onError" || role === "recover" || role === "finally" || role === "undo") return;
    const isDone = scope.itemStates[0] === itemState.succeeded;
    // Where the first branches decide, a branch that is known to have succeeded would do so before any other has begun.
    const isKept = role !== "branch" || (own as BranchesPlan).until === "all";
    const path = () => itemPathOf(this.#run, scope, 0);
    // The branches of a node that was cut off are told by that.
    const isTold = role === "branch" && isDone && counts && isKept && isSuccess;
    const value = isTold ? this.#inside?.archive.partOf(scope.index) : undefined;
    if (value !== undefined) this.#add(path, value);
    if (role !== "branch" || this.#looksInto(path)) open.push({ scope, item: 0, counts: counts && isDone && isKept });
  }

  #looksInto(path: () => string): boolean {
    const inside = this.#inside;
    if (inside === undefined) return false;
    if (inside.within === undefined) return true;
    const around = path();
    return inside.within === around || isInside(inside.within, around);
  }

  #partsOf(node: number): readonly Scope[] {
    if (this.#parts === undefined) {
      const parts = new Map<number, Scope[]>();
      for (const scope of this.#run.scopes) {
        if (scope.part === undefined) continue;
        const known = parts.get(scope.parentNode);
        if (known === undefined) parts.set(scope.parentNode, [scope]);
        else known.push(scope);
      }
      this.#parts = parts;
    }
    return this.#parts.get(node) ?? [];
  }

  #add(path: () => string, value: Value | undefined): void {
    const payload = value === undefined ? undefined : payloadOf(value);
    const bytes = this.#bytes + (payload?.length ?? 0);
    if (this.succeeded.length === REMAINS_NODES_MAX || bytes > REMAINS_BYTES_MAX) {
      this.isComplete = false;
      return;
    }
    this.#bytes = bytes;
    this.succeeded.push({ node: path(), ...(payload === undefined ? {} : { value: payload }) });
  }

  #addFailed(path: () => string): void {
    if (this.failed.length < REMAINS_NODES_MAX) this.failed.push(path());
  }
}

/** What the items of a map came to that its result is a list of; undefined of a result that an earlier run has come to. */
function listIn(result: Value | undefined): ItemValues | undefined {
  return result === undefined || result instanceof Uint8Array ? undefined : (result as ItemValues);
}
